"""What a company fills in: aliases of skills, targets, its own issuers, read from CSV files.

The files are checked line by line; nothing here talks to a destination.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from difflib import SequenceMatcher
from pathlib import Path
from typing import Final, TypeVar

from workforce_source.csv_files import Refused as _Refused
from workforce_source.csv_files import Row
from workforce_source.csv_files import each_row as _each_row
from workforce_source.csv_files import filled as _filled
from workforce_source.exceptions import ConfigError
from workforce_source.marts.definitions import DIMENSIONS
from workforce_source.tables.values import skill_key

FILES: Final = ("skill_alias.csv", "skill_target.csv", "own_issuer.csv")
"""The files a company may fill in."""
_BESIDE: Final = ("skill_library.csv", "skill_review.csv")
"""Names of files of other flags that stand well in the same folder."""
_ALIKE: Final = 0.8
"""How alike a name is to one of them that is meant to be it."""
_Parsed = TypeVar("_Parsed")


@dataclass(frozen=True)
class Alias:
    """One spelling that means another skill."""

    alias_key: str
    skill_key: str
    skill_name: str
    note: str | None = None


@dataclass(frozen=True)
class Target:
    """A skill wanted in a group.

    Attributes:
        dimension: What the group is formed by, `team` say, or `all`.
        dimension_value: The group, as the employees' column spells it.
        skill_key: Key of the skill, aliases followed.
        skill_name: The skill as the file spells it.
        min_people: At least so many people.
        min_coverage: At least this share of the known, 0 to 1.
        organization_id: The organization it is for; null for every one.
    """

    dimension: str
    dimension_value: str
    skill_key: str
    skill_name: str
    min_people: int | None = None
    min_coverage: Decimal | None = None
    organization_id: str | None = None


@dataclass(frozen=True)
class Seeds:
    """Everything a company filled in; empty unless it did."""

    aliases: tuple[Alias, ...] = ()
    targets: tuple[Target, ...] = ()
    own_issuers: tuple[str, ...] = ()
    lines: Mapping[str, int] = field(default_factory=dict, compare=False)
    """Lines of `skill_alias.csv` by the key of the alias."""

    @classmethod
    def read(cls, folder: str | Path) -> "Seeds":
        """Get the seeds of a folder: `skill_alias.csv`, `skill_target.csv`, `own_issuer.csv`.

        A file that is not there is empty. docs/metrics.md says what the columns are.

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
        alias, target, issuer = (folder / name for name in FILES)
        aliases, lines = _aliases(alias)
        merged = {alias.alias_key: alias.skill_key for alias in aliases}
        return cls(
            aliases,
            _targets(target, merged),
            _own_issuers(issuer),
            lines=lines,
        )


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


def _aliases(path: Path) -> tuple[tuple[Alias, ...], dict[str, int]]:
    rows: dict[str, Alias] = {}
    lines: dict[str, int] = {}

    def parse(row: Row) -> None:
        alias, skill = _filled(row, "alias"), _filled(row, "skill")
        found = Alias(skill_key(alias), skill_key(skill), skill, row.get("note") or None)
        if found.alias_key == found.skill_key:
            raise _Refused("alias and skill are the same but for case, width and spaces")
        if found.alias_key in rows:
            raise _Refused("the same alias is in an earlier line")
        step = found.skill_key
        while step in rows:
            step = rows[step].skill_key
            if step == found.alias_key:
                raise _Refused("with earlier lines it goes in a circle")
        rows[found.alias_key] = found
        lines[found.alias_key] = row.line

    _each_row(path, ("alias", "skill"), ("note",), parse)
    return tuple(_followed(alias, rows) for alias in rows.values()), lines


def _followed(alias: Alias, rows: Mapping[str, Alias]) -> Alias:
    """Follow an alias of an alias to the skill at the end."""
    last = alias
    while last.skill_key in rows:
        last = rows[last.skill_key]
    return Alias(alias.alias_key, last.skill_key, last.skill_name, alias.note)


def _targets(path: Path, aliases: Mapping[str, str]) -> tuple[Target, ...]:
    rows: dict[tuple[str | None, str, str, str], Target] = {}

    def parse(row: Mapping[str, str]) -> None:
        dimension, skill = _filled(row, "dimension"), _filled(row, "skill")
        if dimension not in DIMENSIONS:
            raise _Refused(f"dimension is one of {', '.join(DIMENSIONS)}")
        people = _number(row, "min_people", int, "a whole number from 1 up")
        share = _number(row, "min_coverage", Decimal, "a share above 0 and up to 1, such as 0.25")
        if people is None and share is None:
            raise _Refused("neither min_people nor min_coverage is given")
        if people is not None and people < 1:
            raise _Refused("min_people is a whole number from 1 up")
        if share is not None and not (share.is_finite() and 0 < share <= 1):
            raise _Refused("min_coverage is a share above 0 and up to 1, such as 0.25")
        key = skill_key(skill)
        target = Target(
            dimension,
            "all" if dimension == "all" else _filled(row, "dimension_value"),
            aliases.get(key, key),
            skill,
            people,
            share,
            row.get("organization_id") or None,
        )
        identity = (
            target.organization_id,
            target.dimension,
            target.dimension_value,
            target.skill_key,
        )
        if identity in rows:
            raise _Refused("the same target is in an earlier line")
        rows[identity] = target

    _each_row(
        path,
        ("dimension", "dimension_value", "skill"),
        ("min_people", "min_coverage", "organization_id"),
        parse,
    )
    return tuple(rows.values())


def _own_issuers(path: Path) -> tuple[str, ...]:
    names: dict[str, None] = {}
    _each_row(path, ("issuer_name",), (), lambda row: names.setdefault(_filled(row, "issuer_name")))
    return tuple(names)


def _number(
    row: Mapping[str, str], name: str, type_: Callable[[str], _Parsed], wanted: str
) -> _Parsed | None:
    text = row.get(name)
    if not text:
        return None
    try:
        return type_(text)
    except (ValueError, InvalidOperation):
        raise _Refused(f"{name} is {wanted}") from None
