"""Joins the seeds a company wrote with what it decided of the names of skills.

What a name means by itself is in the room `skills`; which aliases a build takes is decided here.
"""

from collections.abc import Iterable
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

import dlt

from workforce_source.exceptions import ConfigError
from workforce_source.marts.seed_rows import Alias, Category
from workforce_source.marts.seeds import FILES, Seeds
from workforce_source.marts.warehouse import Warehouse, open_warehouse
from workforce_source.skills import HeldSkill, Proposal, SkillLibrary, SkillNames, match

_HELD = """
with held as (
  select s.skill_key, s.skill_name, count(b.id) as badges
  from raw.badge_template_skills s
  left join raw.employee_badges b
    on b.organization_id = s.organization_id and b.badge_template_id = s.badge_template_id
    and b.removed_at is null
  where s.removed_at is null and s.skill_key <> ''
  group by s.skill_key, s.skill_name
  union all
  select s.skill_key, s.skill_name, count(*) as badges
  from raw.external_badge_skills s
  where s.removed_at is null and s.skill_key <> ''
  group by s.skill_key, s.skill_name
)
select skill_key, skill_name, cast(sum(badges) as bigint) as badges
from held
group by skill_key, skill_name
order by badges desc, skill_name
"""
_IN_MARTS = """
select skill_key, min(skill_name) from marts.dim_skill group by skill_key order by skill_key
"""


@dataclass(frozen=True)
class NamedSkills:
    """What a library and decisions make of the skills of a dataset.

    Attributes:
        seeds: The seeds, with aliases and categories of all that was accepted.
        proposals: What a person has to decide on.
        held: How many skills there are, before anything is merged.
        in_library: How many of them have a name that the library has or lists.
        merged: How many of them are another one by a decision, a rule or the company's aliases.
    """

    seeds: Seeds
    proposals: list[Proposal]
    held: int
    in_library: int
    merged: int


def name_skills(pipeline: dlt.Pipeline, seeds: Seeds, names: SkillNames) -> NamedSkills:
    """Get the seeds with the names that were accepted, and proposals for the others.

    Args:
        pipeline: The pipeline the organization was loaded with.
        seeds: What the company filled in.
        names: A library, decisions, and whether what the library lists is accepted.

    Raises:
        ConfigError: The raw tables are not there, or what the company wrote contradicts itself;
            the message names file and line.
        DestinationError: The destination refused.
    """
    with open_warehouse(pipeline) as warehouse:
        warehouse.require("raw", _HELD)
        held = held_skills(warehouse, datetime.now(UTC).date())
    joined = with_names(seeds, names, (skill.key for skill in held))
    merged = {alias.alias_key for alias in joined.aliases}
    library = names.library
    return NamedSkills(
        joined,
        names.propose([skill for skill in held if skill.key not in merged]),
        held=len(held),
        in_library=sum(s.key in library.skills or s.key in library.listed for s in held),
        merged=sum(skill.key in merged for skill in held),
    )


def held_skills(warehouse: Warehouse, as_of: date) -> list[HeldSkill]:
    """Get the skills of a dataset by their most used spellings, none merged."""
    found: dict[str, HeldSkill] = {}
    for key, name, badges in warehouse.fetch(_HELD, as_of):
        before = found.get(key)
        total = int(badges) + (before.badges if before else 0)
        found[key] = HeldSkill(key, before.name if before else name, total)
    return list(found.values())


def near_pairs(
    warehouse: Warehouse, as_of: date, decided: frozenset[tuple[str, str]] = frozenset()
) -> int:
    """Count the skills of the marts that are spelled nearly like another, and not decided on."""
    held = [HeldSkill(key, name) for key, name in warehouse.fetch(_IN_MARTS, as_of)]
    keys = {skill.name: skill.key for skill in held}
    found = (frozenset((keys[p.skill], keys[p.proposed])) for p in match(held, SkillLibrary()))
    return len(set(found) - {frozenset(pair) for pair in decided})


def with_names(seeds: Seeds, names: SkillNames, keys: Iterable[str]) -> Seeds:
    """Get seeds with the aliases and categories that were accepted for some skills.

    What a company wrote into its own files goes before a rule, and may not contradict a decision.

    Args:
        seeds: What the company filled in.
        names: What names mean.
        keys: The skills there are; those the seeds name come on top.

    Raises:
        ConfigError: A decision contradicts an alias, or they go in a circle.
    """
    following = _Following(seeds, names)
    rows: dict[str, Any] = {each.name: getattr(seeds, each.name) for each in fields(seeds)}
    named = {name: some for name, some in rows.items() if _of_skills(some)}
    wanted = dict.fromkeys(keys)
    wanted.update((row.skill_key, None) for some in named.values() for row in some)
    wanted.update((r.required_key, None) for r in seeds.requirements if r.required_kind == "skill")
    wanted.update((alias.alias_key, None) for alias in seeds.aliases)
    aliases = tuple(alias for key in wanted if (alias := following.alias(key)))
    to = {alias.alias_key: alias.skill_key for alias in aliases}
    followed: dict[str, Any] = {
        name: tuple(replace(row, skill_key=to.get(row.skill_key, row.skill_key)) for row in some)
        for name, some in named.items()
        if name != "aliases"
    }
    followed["requirements"] = tuple(
        replace(row, required_key=to.get(row.required_key, row.required_key))
        if row.required_kind == "skill"
        else row
        for row in seeds.requirements
    )
    ends = {to.get(key, key) for key in wanted}
    followed["categories"] = _categories(followed["categories"], names, sorted(ends))
    joined = replace(seeds, aliases=aliases, **followed)
    _refuse_doubled(joined, names)
    return joined


def _categories(
    written: Iterable[Category], names: SkillNames, keys: Iterable[str]
) -> tuple[Category, ...]:
    """Get the categories a company wrote, and those of the library for other skills."""
    found: dict[str, Category] = {}
    for one in written:
        other = found.setdefault(one.skill_key, one)
        if other.skill_category != one.skill_category:
            raise ConfigError(
                f"skill_category.csv puts {other.skill_name} into {other.skill_category} and"
                f" {one.skill_name} into {one.skill_category}, which are one skill by"
                f" {names.review.name} or the library. Keep one of them and run again."
            )
    for key in keys:
        if key not in found and (category := names.category(key)):
            found[key] = Category(key, names.library.skills[key].name, category)
    return tuple(found.values())


class _Following:
    """Follows names to the skill at the end."""

    def __init__(self, seeds: Seeds, names: SkillNames) -> None:
        self._written = {alias.alias_key: alias for alias in seeds.aliases}
        self._lines = seeds.lines
        self._names = names
        for pair, decision in names.review.decisions.items():
            alias, last = self._written.get(pair[0]), self._written.get(pair[1])
            same = alias is not None and alias.skill_key == (last.skill_key if last else pair[1])
            if alias and decision.verdict == ("rejected" if same else "accepted"):
                raise ConfigError(
                    f"{names.review.name}, line {decision.line}: {decision.skill} is"
                    f" {decision.verdict} as {decision.proposed}, but {FILES[0]}, line"
                    f" {self._line(pair[0])}, says that it is {alias.skill_name}. Mend one of them"
                    " and run again."
                )

    def alias(self, key: str) -> Alias | None:
        """Get what a key is an alias of; None where it is its own skill."""
        found: Alias | None = None
        before_rule: tuple[Alias | None] | None = None
        path = [key]
        while step := self._step(path[-1]):
            at, name, note, by_rule = step
            if at == path[-1]:
                break
            if by_rule and before_rule is None:
                before_rule = (found,)
            if at in path:
                if before_rule is None:
                    raise self._circle(path[path.index(at) :])
                # what somebody wrote leads back to where a rule begins, and goes before it
                return before_rule[0]
            path.append(at)
            found = Alias(key, at, name, note)
        return found

    def _step(self, key: str) -> tuple[str, str, str | None, bool] | None:
        if alias := self._written.get(key):
            return alias.skill_key, alias.skill_name, alias.note, False
        if meaning := self._names.meaning(key):
            note = "listed in the library" if meaning.by == "rule" else "accepted"
            return meaning.key, meaning.name, note, meaning.by == "rule"
        return None

    def _circle(self, keys: Iterable[str]) -> ConfigError:
        review = self._names.review
        places = [
            f"{FILES[0]}, line {self._line(key)}"
            if key in self._written
            else f"{review.name}, line {review.accepted[key].line}"
            for key in keys
        ]
        return ConfigError(f"{' and '.join(sorted(places))} go in a circle. Mend one of them.")

    def _line(self, key: str) -> int | str:
        return self._lines.get(key, "?")


def _of_skills(rows: Any) -> bool:
    return isinstance(rows, tuple) and all(
        is_dataclass(row) and hasattr(row, "skill_key") for row in rows
    )


def _refuse_doubled(seeds: Seeds, names: SkillNames) -> None:
    seen: dict[tuple[object, ...], str] = {}
    for target in seeds.targets:
        identity = (
            *(target.organization_id, target.dimension, target.dimension_value),
            target.skill_key,
        )
        if identity in seen:
            raise ConfigError(
                f"{FILES[1]} has a target of {target.dimension} {target.dimension_value} for"
                f" {seen[identity]} and one for {target.skill_name}, which are one skill by"
                f" {names.review.name} or the library. Keep one of them and run again."
            )
        seen[identity] = target.skill_name
