"""Reports of marts that are built: from a destination and from a published file."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path
from typing import NamedTuple

import duckdb
import pytest

from tests.marts.acme import ACME, ROWS
from tests.marts.conftest import Built, Pipelines
from tests.report.attacker import Page
from workforce_source.exceptions import ConfigError, DestinationError
from workforce_source.marts import publish
from workforce_source.report import write_report
from workforce_source.report.facts import EVERYBODY, Group
from workforce_source.report.reading import read_facts
from workforce_source.report.sources import reading_pipeline
from workforce_source.small_groups import Rule


class Row(NamedTuple):
    """One badge as the marts have it."""

    person: str
    source: str
    template: str
    name: str | None
    issuer: str | None
    issued: date | None
    expires: date | None
    is_active: int
    is_accepted: int


PERSONAL = ("full_name", "first_name", "last_name", "email", "external_id")


def names_of_people() -> set[str]:
    """What names somebody in the raw rows."""
    rows = ROWS["employees"]
    return {str(row[c]) for row in rows for c in PERSONAL if row.get(c) and len(str(row[c])) > 2}


def test_a_report_is_written_from_the_destination(built: Built, tmp_path: Path) -> None:
    """Its figures are those of the marts, and it names nobody."""
    path = write_report(built.pipeline, tmp_path / "report.html", organization_id=ACME)
    made = path.read_text(encoding="utf-8")
    page = Page(made)
    (row,) = built.sql(
        "SELECT COUNT(*), SUM(is_connected), SUM(is_known) FROM marts.dim_employee"
        f" WHERE organization_id = '{ACME}'"
    )
    funnel = {name: int(count) for name, count, *_ in page.tables["funnel"].rows}
    assert tuple(funnel.values()) == tuple(Rule().number(int(count)) for count in row)
    assert page.tables["by-department-map"].rows
    assert {name for name in names_of_people() if name in made} == set()
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]


def test_names_are_read_when_asked_for(built: Built, tmp_path: Path) -> None:
    """With names, whoever has a skill that one or two people have is named."""
    path = write_report(
        built.pipeline, tmp_path / "report.html", organization_id=ACME, with_names=True
    )
    holders = Page(path.read_text(encoding="utf-8")).tables["holders"].rows
    expected = built.sql(
        "SELECT d.skill_name, e.full_name FROM marts.fct_employee_skill s"
        " JOIN marts.mart_skill_coverage c ON c.organization_id = s.organization_id"
        " AND c.skill_key = s.skill_key AND c.dimension = 'all' AND c.people <= 2"
        " JOIN marts.dim_employee e ON e.organization_id = s.organization_id"
        " AND e.employee_id = s.employee_id"
        " JOIN marts.dim_skill d ON d.organization_id = s.organization_id"
        " AND d.skill_key = s.skill_key"
        f" WHERE s.organization_id = '{ACME}' AND s.has_skill = 1 AND s.is_known = 1"
    )
    assert holders
    assert sorted((skill, name) for skill, name, _ in holders) == sorted(expected)


def test_who_must_renew_is_named_with_the_manager(built: Built, tmp_path: Path) -> None:
    """e01 manages all of them; every badge that ends is there, with the team it is lost to."""
    path = write_report(
        built.pipeline, tmp_path / "report.html", organization_id=ACME, with_names=True, horizon=200
    )
    rows = Page(path.read_text(encoding="utf-8")).tables["renewals"].rows
    ending = built.sql(
        "SELECT count(*) FROM marts.mart_expiring_badges"
        f" WHERE organization_id = '{ACME}' AND days_left <= 200"
    )
    assert [(len(rows),)] == ending
    assert ["Given Family2", "Given Family1", "Engineering", "Platform"] in [
        row[:4] for row in rows
    ]


def test_several_organizations_are_told_apart(built: Built, tmp_path: Path) -> None:
    """The report is about one organization, which has to be named where there are several."""
    with pytest.raises(ConfigError, match="hold 2 organizations"):
        write_report(built.pipeline, tmp_path / "report.html")
    with pytest.raises(ConfigError, match="no organization of that id"):
        write_report(built.pipeline, tmp_path / "report.html", organization_id="elsewhere")
    assert not list(tmp_path.iterdir())


def test_an_organization_without_employees_has_an_empty_page(built: Built, tmp_path: Path) -> None:
    """Where it is loaded for certain; a name nobody loaded stays an error."""
    path = write_report(
        built.pipeline, tmp_path / "report.html", organization_id="empty", is_loaded=True
    )
    assert "There are no employees in the organization yet" in path.read_text(encoding="utf-8")


def test_a_published_file_gives_the_same_report(
    built: Built, pipelines: Pipelines, tmp_path: Path
) -> None:
    """Only the time of the last load is missing: the file does not say it."""
    if built.pipeline.destination.destination_name.rpartition(".")[2] != "duckdb":
        pytest.skip("publishing is for DuckDB")
    file = publish(built.pipeline, tmp_path / "published.duckdb")
    one = write_report(built.pipeline, tmp_path / "one.html", organization_id=ACME)
    other = write_report(file, tmp_path / "other.html", organization_id=ACME)
    tables = [Page(path.read_text(encoding="utf-8")).tables for path in (one, other)]
    assert tables[0] == tables[1]
    with pytest.raises(ConfigError, match="published with people"):
        write_report(file, tmp_path / "no.html", organization_id=ACME, with_names=True)
    assert not (tmp_path / "no.html").exists()


def test_marts_that_are_missing_are_said_with_what_makes_them(
    pipelines: Pipelines, tmp_path: Path
) -> None:
    """A destination without marts, and files that are none, end with a sentence."""
    with pytest.raises(ConfigError, match="build the marts"):
        write_report(pipelines("nothing_built"), tmp_path / "report.html")
    with pytest.raises(ConfigError, match="There is no file"):
        write_report(tmp_path / "gone.duckdb", tmp_path / "report.html")
    with duckdb.connect(str(tmp_path / "empty.duckdb")):
        pass
    with pytest.raises(ConfigError, match="has no marts"):
        write_report(tmp_path / "empty.duckdb", tmp_path / "report.html")
    (tmp_path / "text.duckdb").write_text("not a database", encoding="utf-8")
    with pytest.raises(DestinationError, match="cannot be read"):
        write_report(tmp_path / "text.duckdb", tmp_path / "report.html")
    assert not (tmp_path / "report.html").exists()


def test_a_report_that_cannot_be_written_leaves_the_old_one(built: Built, tmp_path: Path) -> None:
    """Folders that are missing, and folders in its place, end with a sentence."""
    with pytest.raises(ConfigError, match="names the folder"):
        write_report(built.pipeline, tmp_path, organization_id=ACME)
    with pytest.raises(DestinationError, match="cannot be written"):
        write_report(built.pipeline, tmp_path / "no" / "report.html", organization_id=ACME)
    assert not list(tmp_path.iterdir())


def test_the_command_writes_a_report(tmp_path: Path) -> None:
    """`python -m workforce_source.report` says what it needs, in one sentence, with exit code 2."""
    run = subprocess.run(  # our own command
        [sys.executable, "-m", "workforce_source.report", "r.html", "--from", "gone.duckdb"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.startswith("There is no file gone.duckdb.")


def test_what_is_earned_and_renewed_is_counted_as_by_hand(built: Built) -> None:
    """Holders, earners, issuers, who renewed and who let a badge lapse, person by person."""
    with reading_pipeline(built.pipeline) as (ask, _):
        facts = read_facts(ask, ACME, with_names=False)
    today = facts.as_of
    people = dict(
        built.sql(
            "SELECT employee_id, department FROM marts.dim_employee"
            f" WHERE organization_id = '{ACME}' AND is_known = 1"
        )
    )
    badges = [
        Row(*row)
        for row in built.sql(
            "SELECT employee_id, badge_source, template_key, badge_name, issuer_name, issued_date,"
            f" expires_date, is_active, is_accepted FROM marts.fct_badge"
            f" WHERE organization_id = '{ACME}'"
        )
        if row[0] in people
    ]
    active = [badge for badge in badges if badge.is_active]
    earned = facts.earned
    assert earned.holders == len({badge.person for badge in active}) > 0
    age = [
        (today - b.issued).days for b in badges if b.is_accepted and b.issued and b.issued <= today
    ]
    assert earned.badges == sum(days < 365 for days in age)
    assert earned.before == sum(365 <= days < 730 for days in age)
    holding = {(badge.name or "", badge.issuer or "", badge.person) for badge in active}
    assert {(h.badge, h.issuer): h.people for h in earned.held} == Counter(
        (name, issuer) for name, issuer, _ in holding
    )
    assert earned.issuers == Counter(issuer for issuer, _ in {(i, p) for _, i, p in holding})
    kept: dict[str, bool] = {}
    lapsed = set()
    copies: dict[tuple[str, str, str], list[Row]] = {}
    for badge in badges:
        if badge.is_accepted:
            copies.setdefault((badge.person, badge.source, badge.template), []).append(badge)
    for (person, _, _), some in copies.items():
        ends = [badge.expires or date.max for badge in some]
        ended = [end for end in ends if end < today and (today - end).days <= 365]
        if ended:
            kept[person] = kept.get(person, True) and max(ends) > max(ended)
        if max(ends) < today and (today - max(ends)).days <= 90:
            lapsed.add(person)
    where = facts.renewing
    assert where.ended.get(EVERYBODY, 0) == len(kept)
    assert where.kept.get(EVERYBODY, 0) == sum(kept.values())
    assert where.lapsed_people == len(lapsed)
    for department in set(people.values()):
        group = Group("department", department)
        assert where.ended.get(group, 0) == sum(people[p] == department for p in kept)
    ending = {
        badge.person
        for badge in active
        if badge.expires
        and (badge.expires - today).days <= 90
        and badge.expires
        == max(
            c.expires or date.max
            for c in copies[badge.person, badge.source, badge.template]
            if c.is_active
        )
    }
    assert facts.ending_people == where.ending.get(EVERYBODY, 0) == len(ending)
