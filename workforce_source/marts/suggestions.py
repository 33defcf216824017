"""Suggested aliases: skills whose names are so nearly alike that they may be one.

Suggestions only: what is merged is what the company writes into `skill_alias.csv`.
"""

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import combinations

import dlt

from workforce_source.marts.cells import written
from workforce_source.marts.warehouse import Warehouse, open_warehouse

_PEOPLE = """
select s.skill_key, min(s.skill_name), coalesce(sum(p.people), 0)
from marts.dim_skill s
left join (
  select organization_id, skill_key, count(*) as people
  from marts.fct_employee_skill group by organization_id, skill_key
) p on p.organization_id = s.organization_id and p.skill_key = s.skill_key
group by s.skill_key
"""
_LETTERS = re.compile(r"[^\w+#]|_")
_TELLING = re.compile(r"[\d+#]+")
_LONG, _VERY_LONG = 6, 12
"""Letters from which one different letter, or two, may be a slip."""


@dataclass(frozen=True)
class AliasSuggestion:
    """Two skills that may be one.

    Attributes:
        alias: The spelling fewer people have.
        skill: The spelling it may mean.
        people: Employees who have or had the alias.
        reason: What makes them alike.
    """

    alias: str
    skill: str
    people: int
    reason: str


def suggest_aliases(pipeline: dlt.Pipeline) -> list[AliasSuggestion]:
    """Get pairs of skills that may be one, the spelling fewer people have as the alias.

    Args:
        pipeline: The pipeline whose marts are built.

    Raises:
        ConfigError: The marts are not built.
        DestinationError: The destination refused.
    """
    with open_warehouse(pipeline) as warehouse:
        warehouse.require("marts", _PEOPLE)
        return near_duplicates(warehouse, datetime.now(UTC).date())


def aliases_csv(suggestions: Iterable[AliasSuggestion]) -> str:
    """Write suggestions in the form of `skill_alias.csv`, to be read and cut down by a person."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("alias", "skill", "note"))
    writer.writerows(
        (written(s.alias), written(s.skill), f"suggested: {s.reason}") for s in suggestions
    )
    return text.getvalue()


def near_duplicates(warehouse: Warehouse, as_of: date) -> list[AliasSuggestion]:
    """Get the suggestions from an open destination."""
    skills = [(key, name, int(people)) for key, name, people in warehouse.fetch(_PEOPLE, as_of)]
    found = []
    for one, other in _candidates(skills):
        if reason := likeness(one[0], other[0]):
            # by people, then by name: the same data gives the same suggestions
            alias, skill = sorted((one, other), key=lambda s: (s[2], s[1]))
            found.append(AliasSuggestion(alias[1], skill[1], alias[2], reason))
    return sorted(found, key=lambda s: (-s.people, s.alias, s.skill))


def likeness(one: str, other: str) -> str:
    """Say what makes two skill keys alike; empty when they are not.

    Digits, `+` and `#` tell skills apart (Python 2 and 3, C and C++), so they must be equal.
    """
    if _TELLING.findall(one) != _TELLING.findall(other):
        return ""
    bare, other_bare = _LETTERS.sub("", one), _LETTERS.sub("", other)
    if bare == other_bare:
        return "only spaces and punctuation differ"
    if sorted(_LETTERS.sub(" ", one).split()) == sorted(_LETTERS.sub(" ", other).split()):
        return "the same words in another order"
    shorter = min(len(bare), len(other_bare))
    if shorter >= _LONG and {bare, other_bare} & {f"{bare}s", f"{other_bare}s"}:
        return "singular and plural"
    allowed = 2 if shorter >= _VERY_LONG else 1 if shorter >= _LONG else 0
    if allowed and _distance(bare, other_bare, allowed) <= allowed:
        return "all but a letter or two are equal"
    return ""


def _candidates(
    skills: list[tuple[str, str, int]],
) -> Iterator[tuple[tuple[str, str, int], tuple[str, str, int]]]:
    """Get the pairs worth comparing: those that share a beginning, an end, or all letters.

    Comparing everything with everything takes minutes at 5,000 skills.
    """
    groups: dict[tuple[str, str], list[tuple[str, str, int]]] = defaultdict(list)
    for skill in skills:
        bare = _LETTERS.sub("", skill[0])
        for place, part in (
            ("begins", bare[:4]),
            ("ends", bare[-4:]),
            ("letters", "".join(sorted(bare))),
        ):
            groups[place, part].append(skill)
    seen = set()
    for group in groups.values():
        for one, other in combinations(group, 2):
            pair = (one[0], other[0]) if one[0] < other[0] else (other[0], one[0])
            if pair not in seen:
                seen.add(pair)
                yield one, other


def _distance(one: str, other: str, limit: int) -> int:
    """Count the letters to add, drop, change or swap; more than `limit` is `limit` + 1."""
    if abs(len(one) - len(other)) > limit:
        return limit + 1
    before: list[int] = []
    above: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        before, above, row = above, row, [i]
        for j, b in enumerate(other, 1):
            cost = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return limit + 1
    return row[-1]
