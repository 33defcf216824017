"""What the rows of the CSV files mean that a company fills in, and which of them cannot be used.

How a file is read is not known here, nor what the marts make of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final

from workforce_source.csv_files import Refused, Row, day, each_row, filled, number, whole
from workforce_source.marts.definitions import DIMENSIONS
from workforce_source.tables.values import skill_key

_MOST_DAYS: Final = 1825
"""Days to meet a requirement in, and of grace: what the calendar has for certain."""
_DAYS: Final = f"a whole number of days up to {_MOST_DAYS}"
_AMOUNT: Final = "an amount of money such as 1250 or 99.50"
_TOO_MUCH: Final = Decimal(10) ** 12
_LETTERS: Final = 3


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
class Requirement:
    """What everybody in a group has to have.

    Attributes:
        requirement: What it is called; several groups may have the same one.
        dimension: What the group is formed by, `team` say, or `all`.
        dimension_value: The group, as the employees' column spells it.
        required_kind: `skill`, `badge` (by its name) or `template` (by its id).
        required_key: Key of the skill, name of the badge, or id of the badge template.
        required_name: The skill, badge or template as the file spells it.
        required_issuer: Who must have issued the badge; null for anybody.
        fixed_date: The last day to meet it.
        due_days: Days to meet it from when the employee was created; the later of both counts.
        grace_days: Days after the last day on which it is not yet overdue.
        organization_id: The organization it is for; null for every one.
    """

    requirement: str
    dimension: str
    dimension_value: str
    required_kind: str
    required_key: str
    required_name: str
    required_issuer: str | None = None
    fixed_date: date | None = None
    due_days: int | None = None
    grace_days: int = 0
    organization_id: str | None = None


@dataclass(frozen=True)
class Category:
    """The category of one skill."""

    skill_key: str
    skill_name: str
    skill_category: str


@dataclass(frozen=True)
class Cost:
    """What the renewal of one badge costs.

    Attributes:
        template_id: The badge template; null where it is named.
        badge_name: Name of the badge; null where its template is given.
        issuer_name: Who issues the badge of that name; null for anybody.
        amount: The price.
        currency: Three letters.
    """

    template_id: str | None
    badge_name: str | None
    issuer_name: str | None
    amount: Decimal
    currency: str


def aliases_in(path: Path) -> tuple[tuple[Alias, ...], dict[str, int]]:
    """Get the aliases of a file, an alias of an alias followed to the end, and their lines."""
    rows: dict[str, Alias] = {}
    lines: dict[str, int] = {}

    def parse(row: Row) -> None:
        alias, skill = filled(row, "alias"), filled(row, "skill")
        found = Alias(skill_key(alias), skill_key(skill), skill, row.get("note") or None)
        if found.alias_key == found.skill_key:
            raise Refused("alias and skill are the same but for case, width and spaces")
        if found.alias_key in rows:
            raise Refused("the same alias is in an earlier line")
        step = found.skill_key
        while step in rows:
            step = rows[step].skill_key
            if step == found.alias_key:
                raise Refused("with earlier lines it goes in a circle")
        rows[found.alias_key] = found
        lines[found.alias_key] = row.line

    each_row(path, ("alias", "skill"), ("note",), parse)
    return tuple(_followed(alias, rows) for alias in rows.values()), lines


def _followed(alias: Alias, rows: Mapping[str, Alias]) -> Alias:
    """Follow an alias of an alias to the skill at the end."""
    last = alias
    while last.skill_key in rows:
        last = rows[last.skill_key]
    return Alias(alias.alias_key, last.skill_key, last.skill_name, alias.note)


def targets_in(path: Path, aliases: Mapping[str, str]) -> tuple[Target, ...]:
    """Get the targets of a file, with the keys of skills that aliases lead to."""
    rows: dict[tuple[str | None, str, str, str], Target] = {}

    def parse(row: Mapping[str, str]) -> None:
        dimension, skill = filled(row, "dimension"), filled(row, "skill")
        if dimension not in DIMENSIONS:
            raise Refused(f"dimension is one of {', '.join(DIMENSIONS)}")
        people = number(row, "min_people", int, "a whole number from 1 up")
        share = number(row, "min_coverage", Decimal, "a share above 0 and up to 1, such as 0.25")
        if people is None and share is None:
            raise Refused("neither min_people nor min_coverage is given")
        if people is not None and people < 1:
            raise Refused("min_people is a whole number from 1 up")
        if share is not None and not (share.is_finite() and 0 < share <= 1):
            raise Refused("min_coverage is a share above 0 and up to 1, such as 0.25")
        key = skill_key(skill)
        target = Target(
            dimension,
            "all" if dimension == "all" else filled(row, "dimension_value"),
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
            raise Refused("the same target is in an earlier line")
        rows[identity] = target

    each_row(
        path,
        ("dimension", "dimension_value", "skill"),
        ("min_people", "min_coverage", "organization_id"),
        parse,
    )
    return tuple(rows.values())


def own_issuers_in(path: Path) -> tuple[str, ...]:
    """Get the names of a file."""
    names: dict[str, None] = {}
    each_row(path, ("issuer_name",), (), lambda row: names.setdefault(filled(row, "issuer_name")))
    return tuple(names)


def requirements_in(path: Path, aliases: Mapping[str, str]) -> tuple[Requirement, ...]:
    """Get the requirements of a file, with the keys of skills that aliases lead to."""
    rows: dict[tuple[str | None, str, str, str], Requirement] = {}
    asked: dict[str, tuple[str, str, str | None]] = {}

    def parse(row: Mapping[str, str]) -> None:
        name, dimension = filled(row, "requirement"), filled(row, "dimension")
        if dimension not in DIMENSIONS:
            raise Refused(f"dimension is one of {', '.join(DIMENSIONS)}")
        kind, key, shown, issuer = _required(row, aliases)
        fixed = number(row, "due_date", day, "a day such as 2026-11-24")
        days = number(row, "due_days", whole, _DAYS)
        grace = number(row, "grace_days", whole, _DAYS) or 0
        if fixed is None and days is None:
            raise Refused("neither due_date nor due_days is given")
        for column, value in (("due_days", days), ("grace_days", grace)):
            if value is not None and value > _MOST_DAYS:
                raise Refused(f"{column} is {_DAYS}")
        found = Requirement(
            name,
            dimension,
            "all" if dimension == "all" else filled(row, "dimension_value"),
            *(kind, key, shown, issuer),
            *(fixed, days, grace),
            row.get("organization_id") or None,
        )
        identity = (found.organization_id, name, dimension, found.dimension_value)
        if identity in rows:
            raise Refused("the same requirement of the same group is in an earlier line")
        if asked.setdefault(name, (kind, key, issuer)) != (kind, key, issuer):
            raise Refused("an earlier line of the same requirement asks for something else")
        rows[identity] = found

    each_row(
        path,
        ("requirement", "dimension", "dimension_value"),
        (
            *("skill", "badge_name", "issuer_name", "template_id"),
            *("due_date", "due_days", "grace_days", "organization_id"),
        ),
        parse,
    )
    return tuple(rows.values())


def _required(
    row: Mapping[str, str], aliases: Mapping[str, str]
) -> tuple[str, str, str, str | None]:
    """Get what is asked for: its kind, key, name and issuer."""
    skill, badge, template = (row.get(n) for n in ("skill", "badge_name", "template_id"))
    issuer = row.get("issuer_name") or None
    if [bool(skill), bool(badge), bool(template)].count(True) != 1:
        raise Refused("it takes one of skill, badge_name and template_id")
    if issuer and not badge:
        raise Refused("issuer_name stands beside badge_name only")
    if skill:
        key = skill_key(skill)
        return "skill", aliases.get(key, key), skill, None
    if badge:
        return "badge", badge, badge, issuer
    return "template", str(template), str(template), None


def categories_in(path: Path, aliases: Mapping[str, str]) -> tuple[Category, ...]:
    """Get the categories of a file, by the skills that aliases lead to."""
    rows: dict[str, Category] = {}

    def parse(row: Mapping[str, str]) -> None:
        skill, category = filled(row, "skill"), filled(row, "category")
        key = skill_key(skill)
        found = Category(aliases.get(key, key), skill, category)
        if found.skill_key in rows:
            raise Refused("the same skill is in an earlier line")
        rows[found.skill_key] = found

    each_row(path, ("skill", "category"), (), parse)
    return tuple(rows.values())


def costs_in(path: Path) -> tuple[Cost, ...]:
    """Get the prices of a file."""
    rows: dict[tuple[str | None, ...], Cost] = {}

    def parse(row: Mapping[str, str]) -> None:
        template, badge, issuer = (
            row.get(name) or None for name in ("template_id", "badge_name", "issuer_name")
        )
        if bool(template) == bool(badge):
            raise Refused("it takes one of template_id and badge_name")
        if issuer and not badge:
            raise Refused("issuer_name stands beside badge_name only")
        filled(row, "amount")
        amount = number(row, "amount", Decimal, _AMOUNT)
        if amount is None or not (amount.is_finite() and 0 <= amount < _TOO_MUCH):
            raise Refused(f"amount is {_AMOUNT}")
        if amount != round(amount, 2):
            raise Refused(f"amount is {_AMOUNT}")
        currency = filled(row, "currency").upper()
        if not (len(currency) == _LETTERS and currency.isascii() and currency.isalpha()):
            raise Refused("currency is three letters, such as EUR")
        if (template, badge, issuer) in rows:
            raise Refused("the price of the same badge is in an earlier line")
        rows[template, badge, issuer] = Cost(template, badge, issuer, amount, currency)

    each_row(path, ("amount", "currency"), ("template_id", "badge_name", "issuer_name"), parse)
    return tuple(rows.values())
