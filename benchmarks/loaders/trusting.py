"""This project's own load as it would be if it believed every answer and told nobody of a run.

Neither the guard of values nor `load_audit`: what both cost is the difference to `ours`.
"""

from typing import Any
from unittest.mock import patch

from benchmarks.loaders import ours
from workforce_source.loading import load as loading
from workforce_source.loading.audit import Audit
from workforce_source.loading.value_table import ValueTable
from workforce_source.sync import context
from workforce_source.sync.values import Columns, ValueGuard


class Believing(ValueGuard):
    """Counts nothing and holds nothing back."""

    def saw(self, *_: Any) -> None:
        """Count nothing."""

    def settle(self, *_: Any) -> None:
        """Hold nothing back."""

    def keep(self, *_: Any) -> None:
        """Note nothing."""

    def news(self) -> list[str]:
        """Have nothing to tell."""
        return []


class Forgetful(ValueTable):
    """Remembers nothing from run to run."""

    def __init__(self, *_: Any) -> None:
        self.columns: Columns = {}
        self.other_release = False

    def save(self, *_: Any) -> None:
        """Write nothing."""

    def save_so_far(self, *_: Any, **__: Any) -> None:
        """Write nothing."""


class Silent(Audit):
    """Leaves no row."""

    def leave(self, *_: Any) -> None:
        """Write nothing."""
        self._written = True


def main() -> None:
    """Load once and tell the summary."""
    # another way to leave them out would be a setting that nobody needs
    with (
        patch.object(context, "ValueGuard", Believing),
        patch.object(loading, "ValueTable", Forgetful),
        patch.object(loading, "Audit", Silent),
    ):
        ours.main()


if __name__ == "__main__":
    main()
