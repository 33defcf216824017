"""A library of skills, a company's own or ESCO's: names, other names, categories.

Files only; which of its skills an organization has is not known here.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from workforce_source.csv_files import Refused, Row, columns_of, each_row, filled
from workforce_source.exceptions import ConfigError
from workforce_source.tables.text import trimmed
from workforce_source.tables.values import skill_key

_SEVERAL: Final = re.compile(r"[\n|]")
"""What stands between other names in one cell: line breaks in ESCO's list of skills, bars in its
collections."""
_ESCO: Final = "preferredLabel"
_BROADER: Final = "broaderRelationsSkillPillar"
_GROUPS: Final = "skillGroups"


@dataclass(frozen=True)
class LibrarySkill:
    """One skill of a library.

    Attributes:
        key: Its key.
        name: Its name as the library writes it.
        category: What the library puts it under; None where it says nothing.
    """

    key: str
    name: str
    category: str | None = None


@dataclass(frozen=True)
class SkillLibrary:
    """The skills of a library, and the other names it lists for them.

    Attributes:
        skills: Skills by key.
        listed: Keys of the skills by the key of another name of theirs; a name may be several's.
    """

    skills: Mapping[str, LibrarySkill] = field(default_factory=dict)
    listed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def read(cls, path: str | Path) -> "SkillLibrary":
        """Get the library of a CSV file.

        A company's own has the columns `skill`, and if it likes `aliases` (between them `|` or a
        line break) and `category`. ESCO's are taken as they are downloaded: `skills_en.csv`, with
        the groups of `broaderRelationsSkillPillar_en.csv` and `skillGroups_en.csv` for categories
        where those are beside it, and the collections, `digitalSkillsCollection_en.csv` say.

        Args:
            path: The file.

        Raises:
            ConfigError: It is not there, or a row cannot be used; the message says which and why.
        """
        path = Path(path)
        if not path.is_file():
            raise ConfigError(f"There is no library of skills {path}. Give the CSV file of one.")
        made = _Reading()
        if _ESCO in columns_of(path):
            categories = _esco_categories(path)
            each_row(path, (_ESCO,), (), lambda row: made.esco(row, categories), others=True)
        else:
            each_row(path, ("skill",), ("aliases", "category"), made.own)
        return cls(made.skills, {key: tuple(of) for key, of in made.listed.items()})


def files_of_library(path: Path) -> tuple[Path, ...]:
    """Get a library's file, and those ESCO hands out with it."""
    kind, underscore, language = path.name.partition("_")
    if kind != "skills" or not underscore:
        return (path,)
    return path, *(path.with_name(f"{each}_{language}") for each in (_BROADER, _GROUPS))


class _Reading:
    """What was read so far; of two rows of one key the first names it."""

    def __init__(self) -> None:
        self.skills: dict[str, LibrarySkill] = {}
        self.listed: dict[str, dict[str, None]] = defaultdict(dict)

    def own(self, row: Row) -> None:
        self._add(filled(row, "skill"), row.raw.get("aliases", ""), row.get("category") or None)

    def esco(self, row: Row, categories: Mapping[str, str]) -> None:
        others = "\n".join(row.raw.get(name) or "" for name in ("altLabels", "hiddenLabels"))
        own = _SEVERAL.split(row.raw.get("broaderConceptPT") or "")[0]
        category = trimmed(own) or categories.get(row.get("conceptUri", ""))
        self._add(filled(row, _ESCO), others, category or None)

    def _add(self, name: str, others: str, category: str | None) -> None:
        key = skill_key(name)
        if not key:
            raise Refused("nothing is to be seen of the name")
        before = self.skills.get(key)
        if before is None or (before.category is None and category):
            self.skills[key] = LibrarySkill(key, before.name if before else name, category)
        for other in _SEVERAL.split(others):
            listed = skill_key(other)
            if listed and listed != key:
                self.listed[listed][key] = None


def _esco_categories(path: Path) -> dict[str, str]:
    """Get the label of the nearest group above each concept; none where the files are not there."""
    _, *others = files_of_library(path)
    if not others or not all(file.is_file() for file in others):
        return {}
    broader, groups = others
    names: dict[str, str] = {}
    above: dict[str, list[str]] = defaultdict(list)

    def note_group(row: Row) -> None:
        names[row["conceptUri"]] = row[_ESCO]

    def note_above(row: Row) -> None:
        above[row["conceptUri"]].append(row["broaderUri"])

    each_row(groups, ("conceptUri", _ESCO), (), note_group, others=True)
    each_row(broader, ("conceptUri", "broaderUri"), (), note_above, others=True)
    return {
        concept: names[group] for concept in above if (group := _nearest(concept, above, names))
    }


def _nearest(
    concept: str, above: Mapping[str, Iterable[str]], groups: Mapping[str, str]
) -> str | None:
    seen, level = {concept}, list(above.get(concept, ()))
    while level:
        for one in level:
            if one in groups:
                return one
        seen.update(level)
        level = [up for one in level for up in above.get(one, ()) if up not in seen]
    return None
