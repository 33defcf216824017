"""An organization that was loaded once; each test gets a history of its own that begins there."""

import shutil
import tempfile
from pathlib import Path
from typing import Any

from tests.tools.histories import History


class Loaded:
    """A first load whose files are copied, which is faster than to load again.

    Args:
        max_badge_reads: Employees read by any of its runs, unless a run says otherwise.
        arguments: Of each `History`; one seed, so all have the same people.
    """

    def __init__(self, *, max_badge_reads: int | None = None, **arguments: Any) -> None:
        self._arguments = arguments
        self._settings = {"max_badge_reads": max_badge_reads}
        self._folder = Path(tempfile.mkdtemp(prefix="loaded-"))
        self._first = History(**arguments)
        try:
            self._first.run(**self._settings)
            shutil.copytree(self._first.folder, self._folder, dirs_exist_ok=True)
        finally:
            self._first.close()

    def copy(self) -> History:
        """A history just after its first load."""
        history = History(**self._arguments)
        shutil.copytree(self._folder, history.folder, dirs_exist_ok=True)
        history.settings |= self._settings
        history.clock.now = self._first.clock.now
        history.badges = {name: dict(rows) for name, rows in self._first.badges.items()}
        history.templates = {name: dict(rows) for name, rows in self._first.templates.items()}
        return history

    def close(self) -> None:
        """Leave nothing behind."""
        shutil.rmtree(self._folder, ignore_errors=True)
