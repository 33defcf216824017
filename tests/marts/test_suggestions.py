"""Suggested aliases: what is alike, and what only looks so."""

from __future__ import annotations

import csv
from pathlib import Path

import dlt
import pytest

from tests.marts import raw
from tests.marts.conftest import Pipelines
from workforce_source.exceptions import ConfigError
from workforce_source.marts import Seeds, aliases_csv, build_marts, skill_key, suggest_aliases
from workforce_source.marts.cells import meant, written
from workforce_source.marts.suggestions import AliasSuggestion, likeness


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("power bi", "powerbi"),
        ("ci/cd", "ci-cd"),
        ("data analysis", "analysis data"),
        ("microservice", "microservices"),
        ("kubernetes", "kuberentes"),
        ("communication", "comunication"),
        ("project management", "project managment"),
    ],
)
def test_slips_are_likeness(one: str, other: str) -> None:
    """Spaces, order, plural and slips of the keyboard, in either direction."""
    assert likeness(one, other)
    assert likeness(one, other) == likeness(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("python 2", "python 3"),
        ("c", "c++"),
        ("c#", "c"),
        ("java", "javascript"),
        ("sql", "sqs"),
        ("sales", "saves"),
        ("azure", "azures"),
        ("iso 27001", "iso 27002"),
        ("data engineering", "data engine"),
    ],
)
def test_other_skills_are_not(one: str, other: str) -> None:
    """Digits and signs tell skills apart, and a letter makes another of a short word."""
    assert not likeness(one, other)


def test_suggestions_point_from_the_rarer_to_the_commoner(pipelines: Pipelines) -> None:
    """What more people have is the skill; the file that comes of it can be read back."""
    built = built_with(pipelines, "suggest", {"SQL Server": 3, "SQLServer": 1, "Rust": 2})
    found = suggest_aliases(built)
    assert [(s.alias, s.skill, s.people) for s in found] == [("SQLServer", "SQL Server", 1)]
    assert aliases_csv(found) == (
        "alias,skill,note\nSQLServer,SQL Server,suggested: only spaces and punctuation differ\n"
    )


def test_what_an_alias_merged_is_suggested_no_more(pipelines: Pipelines, tmp_path: Path) -> None:
    """After the company has followed a suggestion it is gone."""
    built = built_with(pipelines, "followed", {"SQL Server": 3, "SQLServer": 1})
    (suggestion,) = suggest_aliases(built)
    (tmp_path / "skill_alias.csv").write_text(aliases_csv([suggestion]), encoding="utf-8")
    build_marts(built, seeds=Seeds.read(tmp_path))
    assert suggest_aliases(built) == []


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "'=", "''+", "\uff1d"])
def test_a_file_of_suggestions_holds_no_formulas_and_is_read_as_it_was_meant(
    sign: str, tmp_path: Path
) -> None:
    """A spreadsheet runs what begins with such a sign; some skills do begin so."""
    alias, skill = f"{sign}cmd|' /C calc'!A0", f"{sign}cmd"
    text = aliases_csv([AliasSuggestion(alias, skill, 1, "singular and plural")])
    cells = next(csv.reader(text.splitlines()[1:]))
    assert all(cell[0] == "'" for cell in cells[:2])
    (tmp_path / "skill_alias.csv").write_text(text, encoding="utf-8")
    (read,) = Seeds.read(tmp_path).aliases
    assert (read.alias_key, read.skill_name) == (skill_key(alias), skill)


def test_no_sign_comes_before_a_text_that_is_no_formula() -> None:
    """An apostrophe of its own stays one, and a tab or a line break is no way around."""
    assert [written(text) for text in ("C++", "'s", "\t=x", "\r=x")] == [
        *("C++", "'s", "'\t=x", "'\r=x"),
    ]
    assert meant("'s") == "'s"


def test_without_marts_there_is_nothing_to_compare(pipelines: Pipelines) -> None:
    """The message says what to do first."""
    pipeline = pipelines("unbuilt")
    raw.write(pipeline, {})
    with pytest.raises(ConfigError, match="First build the marts"):
        suggest_aliases(pipeline)


def built_with(pipelines: Pipelines, name: str, people: dict[str, int]) -> dlt.Pipeline:
    """Marts in which so many people have each skill, each from an external badge."""
    pipeline = pipelines(name)
    employees, badges, skills = [], [], []
    for skill, count in people.items():
        for number in range(count):
            employee = f"{skill_key(skill)} {number}"
            key = {"organization_id": "o", "employee_id": employee, "credly_record_id": employee}
            employees.append({"organization_id": "o", "id": employee})
            badges.append({**key, "badge_name": skill})
            skills.append({**key, "skill_name": skill, "skill_key": skill_key(skill)})
    raw.write(
        pipeline,
        {"employees": employees, "external_badges": badges, "external_badge_skills": skills},
    )
    build_marts(pipeline)
    return pipeline
