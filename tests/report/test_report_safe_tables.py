"""The tables everybody may see: what the page tells, and nothing an attacker could solve for."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dlt
import duckdb
import pytest
from hypothesis import example, given, settings

from tests.marts import acme, raw
from tests.report.attacker import Page, Table
from tests.report.populations import SKILLS, Person, counted, organizations
from tests.report.test_report_privacy import RULES, shown, skill_knowledge, told
from tests.tools.examples import examples
from workforce_source.exceptions import ConfigError
from workforce_source.marts import build_marts
from workforce_source.report import write_safe_file
from workforce_source.report.facts import Facts
from workforce_source.report.making import figures
from workforce_source.report.safe_tables import TABLES
from workforce_source.small_groups import Rule

MADE_AT = datetime(2026, 11, 24, 5, tzinfo=UTC)
SIX = [Person(0, 0, 0, "accepted", ("no", "no", "no", "no", how)) for how in ("no", "soon")] * 3
"""As many as a page that hides says nothing of, though one that rounds does."""


class Tables:
    """The safe tables of some facts, in the form in which an attacker reads a page."""

    def __init__(self, facts: Facts, rule: Rule) -> None:
        made = figures(facts, rule)
        self.rows: dict[str, list[dict[str, Any]]] = {
            table.name: [
                dict(zip(table.all_columns, row, strict=True)) for row in table.filled(made)
            ]
            for table in TABLES
        }
        self.tables: dict[str, Table] = {}
        # no table has badges: as little is said of them as where a page says that
        self.text = "not told: it would give a small group away"
        self._coverage()
        if gaps := self.rows["skill_gap_safe"]:
            self.tables["gaps"] = Table(rows=[self._gap(row) for row in gaps])
        if risks := self.rows["skill_lapsing_safe"]:
            cells = [[r["skill"], r["people_text"], r["lapsing_text"]] for r in risks]
            self.tables["risks"] = Table(rows=cells)
        if endings := self.rows["badge_expiring_safe"]:
            rows = [
                [f"{r['badge']} {r['issuer']}", r["people_text"], r["skills_lost"] or ""]
                for r in endings
            ]
            self.tables["endings"] = Table(rows=rows)

    def _coverage(self) -> None:
        """A heat map for each dimension, as the page has it."""
        rows = self.rows["skill_coverage_safe"]
        everybody = {r["skill"]: cell(r) for r in rows if r["dimension"] == "all"}
        for dimension in dict.fromkeys(row["dimension"] for row in rows):
            known = {r["dimension_value"]: r["known"] for r in rows if r["dimension"] == dimension}
            groups = [] if dimension == "all" else list(known)
            cells = {
                (r["skill"], r["dimension_value"]): cell(r)
                for r in rows
                if r["dimension"] == dimension
            }
            table = Table(["Skill", "Everybody", *(f"{g} {known[g]} known" for g in groups)])
            for skill, whole in everybody.items():
                there = [cells[skill, group] for group in groups if (skill, group) in cells]
                assert len(there) in (0, len(groups))
                table.rows.append([skill, whole, *there])
            self.tables[f"by-{dimension}-map"] = table

    def _gap(self, row: dict[str, Any]) -> list[str]:
        name = f"{row['group_name']} {row['group_kind'] or ''}".strip()
        status = str(row["status"]).capitalize()
        return [name, row["skill"], "", row["people_text"] or "–", status]


def cell(row: dict[str, Any]) -> str:
    """A cell as the page writes it."""
    if row["share_percent"] is None or row["people"] == 0:
        return str(row["people_text"])
    share = row["share_percent"]
    part, whole = row["people"], row["known"]
    text = (
        "<1%" if part and share == 0 else ">99%" if part < whole and share >= 100 else f"{share}%"
    )
    return f"{text} {row['people_text']}"


@pytest.mark.property
@settings(max_examples=examples(20, 300), deadline=None)
@given(organization=organizations(), rule=RULES)
@example(organization=SIX, rule=Rule("hide"))
def test_no_small_number_can_be_solved_for_from_the_tables(
    organization: list[Person], rule: Rule
) -> None:
    """Whatever is 1 to 4 people, and whatever a group under five has, stays open."""
    facts = counted(organization)
    tables: Any = Tables(facts, rule)
    if not rule.tells(facts.everybody.known):
        assert not any(tables.rows.values())
        return
    for skill in SKILLS:
        knowledge = skill_knowledge(facts, tables, skill, rule)
        assert not told(knowledge.system, knowledge, facts), skill


@pytest.mark.property
@settings(max_examples=examples(10, 200), deadline=None)
@given(organization=organizations(), rule=RULES)
def test_the_tables_say_what_the_page_says(organization: list[Person], rule: Rule) -> None:
    """Cell by cell: who has both knows no more than from either."""
    facts = counted(organization)
    page, tables = shown(facts, rule), Tables(facts, rule)
    for name, table in tables.tables.items():
        if not name.endswith("-map"):
            continue
        if name not in page.tables:  # without any dimension the page has one for everybody
            assert name == "by-all-map"
            continue
        said = {row[0]: row for row in page.tables[name].rows}
        for row in table.rows:
            if len(row) > 2 or name == "by-all-map":
                assert said[row[0]] == row
    for name, columns in (("risks", 3), ("endings", 2)):
        if name in tables.tables:
            rows = [row[:columns] for row in page.tables[name].rows]
            assert [row[:columns] for row in tables.tables[name].rows] == rows
    history_is_told_as_on_the_page(page, tables)


def history_is_told_as_on_the_page(page: Page, tables: Tables) -> None:
    """Skills over time, departments then, renewals, badges earned."""
    pages = {name: there.rows for name, there in page.tables.items()}
    history = tables.rows["skill_history_safe"]
    years = {row[0]: [cell for cell in row[1:] if cell != "0"] for row in pages.get("years", ())}
    assert years == {
        skill: [r["share_text"] for r in history if r["skill"] == skill and r["share_text"] != "0"]
        for skill in dict.fromkeys(r["skill"] for r in history)
    }
    then = [cell.split(" → ") for row in pages.get("then", ()) for cell in row[1:]]
    told_then = [row["share_text"] for row in tables.rows["department_history_safe"]]
    assert [cell for both in then for cell in both] == told_then
    assert [row[:4] for row in pages.get("departments", ())] == [
        [row["department"], *(row[f"{n}_text"] or "–" for n in ("ending", "ended", "renewed"))]
        for row in tables.rows["renewals_safe"]
    ]
    for row in tables.rows["badges_earned_safe"]:
        assert row["badges_text"] in page.text
        assert (row["people_text"] or "") in page.text


def test_nobody_is_in_the_file_and_it_says_what_it_is(tmp_path: Path) -> None:
    """No id, no mart and no exact number; tables and columns have comments, any DuckDB opens it."""
    pipeline = built(tmp_path)
    path = write_safe_file(pipeline, tmp_path / "safe.duckdb", organizations=["acme"], now=MADE_AT)
    with duckdb.connect(str(path), read_only=True) as connection:
        names = {name for (name,) in connection.execute("SHOW TABLES").fetchall()}
        assert names == {"about", *(table.name for table in TABLES)}
        for name in ("skill_coverage", "skill_history", "badges_earned", "renewals"):
            assert connection.execute(f"FROM {name}_safe").fetchall(), name
        told = connection.execute("SELECT organization_id, as_of, has_people FROM about").fetchall()
        assert told == [("acme", acme.AS_OF, False)]
        silent = connection.execute(
            "SELECT count(*) FROM (SELECT comment FROM duckdb_columns() WHERE NOT internal"
            " UNION ALL SELECT comment FROM duckdb_tables()) WHERE comment IS NULL"
        ).fetchone()
        assert silent == (0,)
        people = connection.execute(
            "SELECT DISTINCT people FROM skill_coverage_safe WHERE people IS NOT NULL"
        ).fetchall()
        assert {number % 5 for (number,) in people} == {0}
        connection.execute(f"EXPORT DATABASE '{tmp_path / 'all'}' (FORMAT csv)")
    everything = "".join(file.read_text() for file in (tmp_path / "all").glob("*.csv"))
    for word in ("e01", "Family1", "person1@", "ext-01", "dim_employee"):
        assert word not in everything
    assert path.stat().st_mode & 0o222 == 0
    # and a second one takes its place
    write_safe_file(pipeline, path, organizations=["acme"], small_groups="hide")


@pytest.mark.search  # builds once more
def test_what_is_for_everybody_cannot_show_small_groups(tmp_path: Path) -> None:
    """Nor take the place of the destination."""
    pipeline = built(tmp_path)
    show: Any = "show"
    with pytest.raises(ConfigError, match="choose round or hide"):
        write_safe_file(pipeline, tmp_path / "s.duckdb", organizations=["acme"], small_groups=show)
    with pytest.raises(ConfigError, match="would be destroyed"):
        write_safe_file(pipeline, tmp_path / "workforce.duckdb", organizations=["acme"])


def built(folder: Path) -> Any:
    """The hand-made organization, its marts built."""
    pipeline = dlt.pipeline(
        "safe",
        destination=dlt.destinations.duckdb(str(folder / "workforce.duckdb")),
        dataset_name="credly",
        pipelines_dir=str(folder / "state"),
    )
    raw.write(pipeline, acme.ROWS)
    build_marts(pipeline, as_of=acme.AS_OF, today=acme.AS_OF, seeds=acme.SEEDS)
    return pipeline
