"""The statements of pipelines/recipes, counted again without SQL; and how a file is asked them.

The apps that show them are in tests/recipes.
"""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import dlt
import duckdb
import pytest
from dlt.destinations.exceptions import DatabaseException

from pipelines.recipes.asking import DIMENSIONS, SQL, ask
from tests.questions.asking import answer
from tests.questions.by_hand import ending, having
from tests.questions.organization import SEEDS, Organization
from tests.questions.people import People, grouped
from tests.tools.documents import blocks_of, page, table_below
from workforce_source.marts import publish

STATEMENTS = sorted(path.stem for path in SQL.glob("*.sql"))
SMALL = 5
"""Of how many known people a group must be."""

Row = dict[str, Any]


def statement(name: str) -> str:
    """The text of a statement."""
    return (SQL / f"{name}.sql").read_text(encoding="utf-8")


# --- what the statements answer, counted from what the sandbox held ---


def organization(people: People) -> Iterator[Row]:
    """One row."""
    yield {
        "as_of": people.day,
        "employees": len(people.all),
        "connected": sum(p.row["employee_state"] == "accepted" for p in people.all),
        "known": len(people.known),
    }


def skills(people: People) -> set[str]:
    """Every skill that somebody has or had."""
    return {
        skill for p in people.all for badge in p.badges if badge.accepted for skill in badge.skills
    }


def coverage(people: People) -> Iterator[Row]:
    """Every skill in every group that is not small, where somebody has it or a target wants it."""
    wanted = {(t.dimension, t.dimension_value, t.skill_key) for t in SEEDS.targets}
    groups = [("all", "all", people.all)]
    groups += [(d, group, inside) for d in DIMENSIONS for group, inside in people.by(d).items()]
    for dimension, group, inside in groups:
        known = [person for person in inside if person.known]
        for skill in skills(people) if len(known) >= SMALL else ():
            able = having(known, skill, people.day)
            asked = dimension == "all" or (dimension, group, skill) in wanted
            if not (asked or having(inside, skill, people.day)):
                continue
            yield {
                "dimension": dimension,
                "dimension_value": group,
                "skill_name": skill,
                "employees": len(inside),
                "known": len(known),
                "people": len(able),
            }


def rarest(people: People) -> Iterator[Row]:
    """Skills that somebody has."""
    for skill in skills(people):
        if able := having(people.known, skill, people.day):
            band = {1: "single", 2: "thin"}.get(len(able), "deep")
            yield {"skill_name": skill, "people": len(able), "depth_band": band}


def expiring(people: People) -> Iterator[Row]:
    """Badges of which copies end."""
    found = grouped(
        ((badge.name, badge.issuer), (badge, lost)) for _, badge, lost in ending(people)
    )
    for (name, issuer), copies in found.items():
        yield {
            "badge_name": name,
            "issuer_name": issuer,
            "badges": len(copies),
            "first_expires_date": min(badge.lasts_until for badge, _ in copies),
            "skills_lost": sum(len(lost) for _, lost in copies),
        }


COUNTED: dict[str, Callable[[People], Iterator[Row]]] = {
    "organization": organization,
    "coverage": coverage,
    "rarest": rarest,
    "expiring": expiring,
}


def folded(row: Row, columns: list[str]) -> tuple[str, ...]:
    """Some columns of a row, in which spellings of a skill are alike."""
    return tuple(key(row[column]) for column in columns)


def key(value: Any) -> str:
    """A value as text without differences of case, width and spaces."""
    return " ".join(unicodedata.normalize("NFKC", str(value)).split()).casefold()


def answered(pipeline: dlt.Pipeline, name: str) -> list[Row]:
    """The rows of a statement of a destination."""
    found = answer(pipeline, statement(name))
    return [dict(zip(found.columns, row, strict=True)) for row in found.rows]


@pytest.mark.search  # in the normal run, the questions
@pytest.mark.parametrize("name", COUNTED)
def test_a_statement_answers_what_plain_python_counts(
    destination: dlt.Pipeline, told: Organization, name: str
) -> None:
    """As it stands in its file, on both destinations, every row and no other."""
    found, counted = answered(destination, name), list(COUNTED[name](People(told)))
    columns = list(counted[0])
    assert sorted(folded(row, columns) for row in found) == sorted(
        folded(row, columns) for row in counted
    )


@pytest.mark.search  # in the normal run, the questions
def test_history_has_each_day_that_was_looked_at_and_the_past(
    destination: dlt.Pipeline, told: Organization
) -> None:
    """Observed on the two days the marts were built; rebuilt for each month of the years before."""
    found = answered(destination, "history")
    looks = [People(told, 0), People(told)]
    observed = {
        (str(look.day), key(row["skill_name"])): row["people"]
        for look in looks
        for row in coverage(look)
        if row["dimension"] == "all"
    }
    assert observed == {
        (str(row["snapshot_date"]), key(row["skill_name"])): row["people"]
        for row in found
        if row["basis"] == "observed"
    }
    rebuilt = {row["snapshot_date"] for row in found if row["basis"] == "rebuilt"}
    assert len(rebuilt) >= 60
    assert date(2025, 12, 31) in rebuilt


@pytest.mark.search  # in the normal run, the questions
def test_small_groups_are_left_out(told: Organization) -> None:
    """There are groups with fewer than five known people, and no statement names one."""
    people = People(told)
    small = {
        (dimension, group)
        for dimension in DIMENSIONS
        for group, inside in people.by(dimension).items()
        if sum(person.known for person in inside) < SMALL
    }
    assert small
    named = [row for name in STATEMENTS for row in answered(told.pipeline, name)]
    assert not {(r.get("dimension"), r.get("dimension_value")) for r in named} & small
    everything = {column for row in named for column in row}
    assert not everything & {"employee_id", "full_name", "email", "department", "team"}


@pytest.mark.search  # in the normal run, the questions
def test_every_dimension_can_be_chosen(told: Organization) -> None:
    """The apps offer what the marts know, and nothing else."""
    sql = "SELECT DISTINCT dimension FROM credly_marts.mart_skill_coverage"
    assert {"all", *DIMENSIONS} == {str(row[0]) for row in answer(told.pipeline, sql).rows}


# --- the published file ---


@pytest.fixture(scope="module")
def file(told: Organization, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The published file of the organization."""
    return publish(told.pipeline, tmp_path_factory.mktemp("recipes") / "skills.duckdb")


@pytest.mark.search  # in the normal run, the questions
@pytest.mark.parametrize("name", STATEMENTS)
def test_a_file_answers_as_the_warehouse_it_is_from(
    file: Path, told: Organization, name: str
) -> None:
    """Rows and their order, without people or raw tables in it."""
    assert ask(file, name) == answered(told.pipeline, name)


@pytest.mark.search  # in the normal run, the questions
def test_rows_can_be_chosen_by_their_values(file: Path) -> None:
    """Those with just these values, in their order, whatever is in the values."""
    rows = ask(file, "coverage")
    chosen = [r for r in rows if (r["dimension"], r["skill_name"]) == ("team", "Python")]
    assert chosen
    assert ask(file, "coverage", dimension="team", skill_name="Python") == chosen
    assert ask(file, "coverage", skill_name="' or true --") == []


@pytest.mark.search  # in the normal run, the questions
def test_a_file_put_in_place_is_read_at_once(file: Path, tmp_path: Path) -> None:
    """Nobody has to start an app again after a publish, here one of another dataset."""
    path = tmp_path / "skills.duckdb"
    path.write_bytes(file.read_bytes())
    (before,) = ask(path, "organization")
    with duckdb.connect(str(tmp_path / "new.duckdb")) as connection:
        connection.execute(f"ATTACH '{file}' AS old (READ_ONLY)")
        connection.execute('CREATE SCHEMA "our people_marts"')
        connection.execute(
            'CREATE TABLE "our people_marts".dim_employee AS'
            " FROM old.credly_marts.dim_employee LIMIT 7"
        )
    os.replace(tmp_path / "new.duckdb", path)  # noqa: PTH105 - what a publish does
    assert before["employees"] > 7
    assert [row["employees"] for row in ask(path, "organization")] == [7]


def test_a_file_that_is_missing_says_how_to_make_one(tmp_path: Path) -> None:
    """And none is made by asking it."""
    with pytest.raises(FileNotFoundError, match=r"--publish skills\.duckdb"):
        ask(tmp_path / "skills.duckdb", "organization")
    assert list(tmp_path.iterdir()) == []


def test_a_file_without_marts_is_told(tmp_path: Path) -> None:
    """Somebody may have taken another file."""
    duckdb.connect(str(tmp_path / "other.duckdb")).close()
    with pytest.raises(LookupError, match=r"no marts in .*other\.duckdb"):
        ask(tmp_path / "other.duckdb", "organization")


# --- the page ---


@pytest.mark.search  # in the normal run, the questions
@pytest.mark.postgres
def test_the_role_shown_reads_what_the_statements_need_and_no_name(
    in_postgres: dlt.Pipeline,
) -> None:
    """The SQL of docs/recipes.md is enough for a tool, and says nobody's name."""
    (granted,) = blocks_of(page("docs/recipes.md"), "sql")
    with in_postgres.sql_client() as client:
        client.execute_sql(granted)
        try:
            client.execute_sql("SET ROLE skills_reader")
            for name in STATEMENTS:
                assert client.execute_sql(statement(name).replace("%", "%%"))
            for refused in ("credly_marts.dim_employee", "credly.employees"):
                client.execute_sql("SET ROLE skills_reader")  # an error opens another connection
                with pytest.raises(DatabaseException, match="permission denied"):
                    client.execute_sql(f"SELECT * FROM {refused}")
        finally:
            client.execute_sql("RESET ROLE")
            client.execute_sql("DROP OWNED BY skills_reader")
            client.execute_sql("DROP ROLE skills_reader")


def test_the_page_names_every_statement() -> None:
    """Each has its row in the table, and no other has."""
    rows = table_below(page("docs/recipes.md"), "The statements")
    assert sorted(row.split("`")[1] for row in rows) == [f"{name}.sql" for name in STATEMENTS]


@pytest.mark.parametrize("package", ["streamlit", "marimo"])
def test_the_page_names_the_versions_that_are_tested(package: str) -> None:
    """Those of the lock, with the lock's DuckDB."""
    lock = dict(re.findall(r"^([\w-]+)==(\S+)", page("requirements-apps.lock"), re.MULTILINE))
    rows = table_below_title(page("docs/recipes.md"))
    (row,) = (row for row in rows if f"(#{package})" in row)
    assert f" {lock[package]} with duckdb {lock['duckdb']}," in row


def table_below_title(text: str) -> list[str]:
    """The rows of the first table of a page."""
    return [line for line in text.split("\n## ", 1)[0].splitlines() if line.startswith("| ")]
