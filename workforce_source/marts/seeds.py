"""Everything a company fills in, read from a folder of CSV files, as rows of tables.

What a row means is in `seed_rows.py`; nothing here talks to a destination.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any, Final

from workforce_source.exceptions import ConfigError
from workforce_source.marts.seed_rows import (
    Alias,
    Category,
    Cost,
    Requirement,
    Target,
    aliases_in,
    categories_in,
    costs_in,
    own_issuers_in,
    requirements_in,
    targets_in,
)

FILES: Final = (
    *("skill_alias.csv", "skill_target.csv", "own_issuer.csv"),
    *("requirement.csv", "skill_category.csv", "badge_cost.csv"),
)
"""The files a company may fill in."""
_BESIDE: Final = ("skill_library.csv", "skill_review.csv")
"""Names of files of other flags that stand well in the same folder."""
_ALIKE: Final = 0.8
"""How alike a name is to one of them that is meant to be it."""


@dataclass(frozen=True)
class Seeds:
    """Everything a company filled in; empty unless it did."""

    aliases: tuple[Alias, ...] = ()
    targets: tuple[Target, ...] = ()
    own_issuers: tuple[str, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    categories: tuple[Category, ...] = ()
    costs: tuple[Cost, ...] = ()
    lines: Mapping[str, int] = field(default_factory=dict, compare=False)
    """Lines of `skill_alias.csv` by the key of the alias."""

    @classmethod
    def read(cls, folder: str | Path) -> "Seeds":
        """Get the seeds of a folder, whose files are named as the seeds are: `skill_alias.csv`.

        A file that is not there is empty. docs/metrics.md says which there are, and their columns.

        Args:
            folder: Where the files are.

        Raises:
            ConfigError: The folder is not there, a file in it is misnamed, or a row cannot be used;
                the message names file, line and reason.
        """
        folder = Path(folder)
        if not folder.is_dir():
            raise ConfigError(
                f"The folder of seeds {folder} is not there. Make it, or leave the setting out."
            )
        _refuse_misnamed(folder)
        aliases, lines = aliases_in(folder / "skill_alias.csv")
        merged = {alias.alias_key: alias.skill_key for alias in aliases}
        return cls(
            aliases,
            targets_in(folder / "skill_target.csv", merged),
            own_issuers_in(folder / "own_issuer.csv"),
            requirements_in(folder / "requirement.csv", merged),
            categories_in(folder / "skill_category.csv", merged),
            costs_in(folder / "badge_cost.csv"),
            lines,
        )

    def tables(self) -> dict[str, Sequence[dict[str, Any]]]:
        """Get the rows of each seed by the name of its table, values by column."""
        return {
            "skill_alias": [asdict(alias) for alias in self.aliases],
            "skill_target": [asdict(target) for target in self.targets],
            "own_issuer": [{"issuer_name": name} for name in self.own_issuers],
            "requirement": [asdict(requirement) for requirement in self.requirements],
            "skill_category": [asdict(category) for category in self.categories],
            "badge_cost": [asdict(cost) for cost in self.costs],
        }


def _refuse_misnamed(folder: Path) -> None:
    # nothing would be read of such a file, and what it says be taken back without a word
    others = sorted(p.name for p in folder.iterdir() if p.is_file() and p.name not in FILES)
    missing = [known for known in FILES if not (folder / known).exists()]
    for name in others:
        for known in missing:
            stem, wanted = name.casefold().partition(".")[0], known.partition(".")[0]
            if SequenceMatcher(None, stem, wanted).ratio() >= _ALIKE:
                raise ConfigError(
                    f"The folder of seeds has the file {name}, which is not read: did you mean"
                    f" {known}? Rename it, or move it elsewhere; then run again."
                )
    tables = [n for n in others if n.casefold().endswith(".csv") and n not in _BESIDE]
    if tables and len(missing) == len(FILES):
        raise ConfigError(
            f"The folder of seeds {folder} has none of {', '.join(FILES)}, but {tables[0]}, which"
            " is not read. Rename it, or leave the setting out."
        )
