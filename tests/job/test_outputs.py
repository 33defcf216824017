"""What the main job makes of a load: marts, checks, and the files that were asked for."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.tools.documents import CHECKOUT, blocks_of, page
from tests.tools.main_job import Done, account, personal_data_in, run_job
from workforce_source.sandbox import Sandbox

ESCO = CHECKOUT / "tests" / "skills" / "esco"
MARTS = "select count(*) from information_schema.tables where table_schema = 'credly_marts'"
FILES = ("--publish", "bi.duckdb", "--publish-safe", "safe.duckdb", "--report", "report.html")


@dataclass(frozen=True)
class Made:
    """A run that made everything, in a folder nobody changes."""

    folder: Path
    sandbox: Sandbox
    done: Done


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    """Load once, and make marts and both files of it."""
    folder = tmp_path_factory.mktemp("made")
    with Sandbox(employees=60, seed=7) as sandbox:
        done = run_job(folder, "--json", *FILES, variables=account(sandbox))
        assert done.returncode == 0, done.stderr
        yield Made(folder, sandbox, done)


@pytest.fixture
def folder(made: Made, tmp_path: Path) -> Path:
    """A copy of that folder, to go on in."""
    return shutil.copytree(made.folder, tmp_path, dirs_exist_ok=True)


def asked(file: Path, sql: str) -> list[tuple[Any, ...]]:
    """Ask a DuckDB file."""
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.execute(sql).fetchall()


@pytest.mark.search  # in the normal run, README's first command
def test_marts_checks_and_files_are_made_of_a_load(made: Made) -> None:
    """One command: marts in the destination, a file for BI tools, a report, one JSON document."""
    said = json.loads(made.done.stdout)
    assert said["exit_code"] == 0
    assert said["written"] == {
        "published file": "bi.duckdb",
        "safe file": "safe.duckdb",
        "report": "report.html",
    }
    assert asked(made.folder / "workforce.duckdb", MARTS)[0][0] >= len(said["marts"]["rows"])
    rows = "select count(*) from {}.mart_skill_coverage"
    held = asked(made.folder / "workforce.duckdb", rows.format("credly_marts"))
    assert held == [(said["marts"]["rows"]["mart_skill_coverage"],)]
    assert asked(made.folder / "bi.duckdb", rows.format("credly_marts")) == held
    assert {check["severity"] for check in said["checks"]} == {"error", "warn", "info"}
    assert "<html" in (made.folder / "report.html").read_text(encoding="utf-8")


@pytest.mark.search  # in the normal run, the report's and the published file's own tests
def test_the_published_file_and_the_report_name_nobody_unless_asked(
    made: Made, folder: Path
) -> None:
    """Names, e-mails and raw tables are in the file with their flags only."""
    people = "select count(*) from information_schema.columns where column_name = 'email'"
    raw = "select count(*) from information_schema.tables where table_schema = 'credly'"
    report = (folder / "report.html").read_text(encoding="utf-8")
    assert personal_data_in(report, made.sandbox) == set()
    assert asked(folder / "bi.duckdb", people) == asked(folder / "bi.duckdb", raw) == [(0,)]
    more = (*FILES, "--no-load", "--publish-people", "--publish-raw", "--with-names")
    assert run_job(folder, *more, variables={}).returncode == 0
    assert asked(folder / "bi.duckdb", people)[0][0] > 0
    assert asked(folder / "bi.duckdb", raw)[0][0] > 0


@pytest.mark.search  # loads once more
def test_without_marts_nothing_but_the_load_is_done(tmp_path: Path, sandbox: Sandbox) -> None:
    """--no-marts builds no schema, and does not go with what needs the marts."""
    done = run_job(tmp_path, "--no-marts", variables=account(sandbox))
    assert done.returncode == 0
    assert "coverage" not in done.stdout
    assert asked(tmp_path / "workforce.duckdb", MARTS) == [(0,)]
    refused = run_job(tmp_path, "--no-marts", "--publish", "b.duckdb", variables=account(sandbox))
    assert refused.returncode == 2
    assert "--publish needs the marts" in refused.stderr


@pytest.mark.search  # in the normal run, files that cannot be written
def test_seeds_are_read_before_anything_is_loaded(tmp_path: Path, sandbox: Sandbox) -> None:
    """A bad row is exit 2 with its line and no request; good rows become a mart of gaps."""
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    targets = seeds / "skill_target.csv"
    head = "dimension,dimension_value,skill,min_people,min_coverage\n"
    targets.write_text(f"{head}department,Sales,Python,many,\n", encoding="utf-8")
    done = run_job(tmp_path, "--seeds", "seeds", variables=account(sandbox))
    assert done.returncode == 2, done.stdout
    assert "skill_target.csv" in done.stderr
    assert "line 2" in done.stderr
    assert sandbox.counts() == {}
    targets.write_text(f"{head}all,all,Python,3,\n", encoding="utf-8")
    done = run_job(tmp_path, "--seeds", "seeds", variables=account(sandbox))
    assert done.returncode == 0, done.stderr
    gap = "select count(*) from credly_marts.mart_skill_gap"
    assert asked(tmp_path / "workforce.duckdb", gap)[0][0] > 0


def test_what_a_company_decided_of_skills_is_read_before_anything_is_loaded(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    """A contradiction is exit 2 with both lines, a misspelt name of a library too; no request."""
    (tmp_path / "seeds").mkdir()
    aliases = tmp_path / "seeds" / "skill_alias.csv"
    aliases.write_text("alias,skill\nk8s,Kubernetes\n", encoding="utf-8")
    review = tmp_path / "review.csv"
    review.write_text("skill,proposed,decision\nK8s,Kubernetes,rejected\n", encoding="utf-8")
    flags = ("--seeds", "seeds", "--skill-review", "review.csv")
    done = run_job(tmp_path, *flags, variables=account(sandbox))
    assert done.returncode == 2
    assert "review.csv, line 2" in done.stderr
    assert "skill_alias.csv, line 2" in done.stderr
    missing = ("--skill-library", "lib.csv", "--accept-listed")
    done = run_job(tmp_path, *missing, variables=account(sandbox))
    assert (done.returncode, "no library of skills lib.csv" in done.stderr) == (2, True)
    for alone in (missing[:2], missing[2:]):
        done = run_job(tmp_path, *alone, variables=account(sandbox))
        assert (done.returncode, f"{alone[0]} goes with" in done.stderr) == (2, True)
    assert sandbox.counts() == {}


@pytest.mark.search  # in the normal run, that files of before stay
def test_a_check_that_finds_errors_is_exit_4_unless_the_load_itself_says_more(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    """Many unreadable employees are a partial load first, and untrusted figures from then on."""
    accepted = [e.id for e in sandbox.population.employees if e.employee_state == "accepted"]
    for employee_id in accepted[:5]:
        sandbox.answer_employee(employee_id, 403)
    first = run_job(tmp_path, variables=account(sandbox))
    assert (first.returncode, "ERROR: " in first.stdout) == (3, True)
    then = run_job(tmp_path, variables=account(sandbox))
    assert (then.returncode, "ERROR: " in then.stdout) == (4, True)
    assert "(exit 4)" in then.stdout


@pytest.mark.search  # four commands
def test_files_of_before_stay_when_a_check_finds_an_error(folder: Path) -> None:
    """Dashboards keep the last good figures, and the run says so; a flag writes them anyway."""
    files = [folder / "bi.duckdb", folder / "report.html"]
    good = [file.read_bytes() for file in files]
    with duckdb.connect(str(folder / "workforce.duckdb")) as connection:
        connection.execute(
            "update credly.badge_reads set read_status = 'unreadable', badges_read_at = null"
        )
    anew = run_job(folder, "--no-load", *FILES, "--json", variables={})
    said = json.loads(anew.stdout)
    assert (anew.returncode, said["exit_code"], said["written"]) == (4, 4, {})
    assert said["not_written"] == {
        "published file": "bi.duckdb",
        "safe file": "safe.duckdb",
        "report": "report.html",
    }
    assert [file.read_bytes() for file in files] == good
    told = run_job(folder, "--no-load", *FILES, variables={})
    assert "Did not write the published file bi.duckdb" in told.stdout
    assert "Did not write the report report.html" in told.stdout
    assert "--despite-errors" in told.stdout
    anyway = run_job(folder, "--no-load", *FILES, "--despite-errors", variables={})
    assert anyway.returncode == 4
    assert "Wrote the published file bi.duckdb." in anyway.stdout
    assert [file.read_bytes() == before for file, before in zip(files, good, strict=True)] == [
        False,
        False,
    ]


@pytest.mark.search  # in the normal run, files that stay and are made
def test_marts_are_made_anew_without_a_load(made: Made, folder: Path) -> None:
    """No credentials, no request: after a change of the seeds, marts, checks and files follow."""
    asked_before = made.sandbox.counts()
    loads = asked(folder / "workforce.duckdb", "from credly._dlt_loads order by all")
    seeds = folder / "seeds"
    seeds.mkdir()
    head = "dimension,dimension_value,skill,min_people,min_coverage\n"
    (seeds / "skill_target.csv").write_text(f"{head}all,all,Python,3,\n", encoding="utf-8")
    elsewhere = ("--pipelines-dir", "elsewhere")  # the destination is all that is needed
    flags = ("--no-load", "--seeds", "seeds", "--publish", "bi.duckdb", *elsewhere)
    done = run_job(folder, *flags, variables={})
    assert done.returncode == 0, done.stderr
    assert "The skills held most" in done.stdout
    assert "Loaded into" not in done.stdout
    gap = "select count(*) from credly_marts.mart_skill_gap"
    assert asked(folder / "bi.duckdb", gap) == [(1,)]
    assert made.sandbox.counts() == asked_before
    assert asked(folder / "workforce.duckdb", "from credly._dlt_loads order by all") == loads


def test_nothing_is_made_of_nothing(tmp_path: Path) -> None:
    """Without a file, or with flags of a load, --no-load is exit 2 and leaves no file."""
    done = run_job(tmp_path, "--no-load", variables={})
    assert done.returncode == 2
    assert "There is no file workforce.duckdb" in done.stderr
    assert not (tmp_path / "workforce.duckdb").exists()
    with duckdb.connect(str(tmp_path / "workforce.duckdb")):
        pass
    empty = run_job(tmp_path, "--no-load", variables={})
    assert empty.returncode == 2, empty.stderr
    for flags in (["--refresh-all"], ["--max-badge-reads", "0"], ["--no-marts"]):
        refused = run_job(tmp_path, "--no-load", *flags, variables={})
        assert refused.returncode == 2
        assert f"{flags[0]} is for a load: leave --no-load out" in refused.stderr
    alone = run_job(tmp_path, "--despite-errors", variables={})
    assert "--despite-errors goes with --publish or --report" in alone.stderr


@pytest.mark.search  # loads three organizations
def test_of_several_organizations_the_one_of_the_settings_is_shown(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    """Without one the run says what is missing; marts are made of all of them."""
    assert run_job(tmp_path, "--no-marts", variables=account(sandbox)).returncode == 0
    with Sandbox(employees=30, seed=11) as other:
        assert run_job(tmp_path, "--no-marts", variables=account(other)).returncode == 0
    unsaid = run_job(tmp_path, "--no-load", "--report", "report.html", variables={})
    assert unsaid.returncode == 2
    assert "2 organizations" in unsaid.stderr
    chosen = {"SOURCES__WORKFORCE__ORGANIZATION_ID": sandbox.organization_id}
    said = run_job(tmp_path, "--no-load", "--report", "report.html", variables=chosen)
    assert said.returncode == 0, said.stderr
    assert sandbox.organization_id in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_figures_of_another_organization_are_not_shown_for_the_wanted_one(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    """The marts hold one organization, and it is not that of the settings."""
    assert run_job(tmp_path, "--no-marts", variables=account(sandbox)).returncode == 0
    other = {"SOURCES__WORKFORCE__ORGANIZATION_ID": "00000000-0000-4000-8000-00000000beef"}
    for flags in (("--report", "report.html"), ("--publish-safe", "safe.duckdb"), ()):
        done = run_job(tmp_path, "--no-load", *flags, variables=other)
        assert done.returncode == 2, done.stdout
        assert "nobody of the organization that organization_id names" in done.stderr
        assert "The skills held most" not in done.stdout
    assert not (tmp_path / "report.html").exists()


def test_a_run_with_a_window_builds_no_marts(tmp_path: Path, sandbox: Sandbox) -> None:
    """It reads a part of the organization, whose figures would say nothing of the whole."""
    window = {
        "SOURCES__WORKFORCE__START_DATE": "2020-01-01",
        "SOURCES__WORKFORCE__END_DATE": "2030-01-01",
    }
    done = run_job(tmp_path, variables=account(sandbox) | window)
    assert done.returncode == 0, done.stderr
    assert "The marts were not built" in done.stdout
    assert asked(tmp_path / "workforce.duckdb", MARTS) == [(0,)]


@pytest.mark.search  # in the normal run, the page of skills
def test_skills_are_proposed_decided_on_and_then_one(folder: Path) -> None:
    """The way of docs/skills.md: written by one run, decided on, taken by the next, and kept."""
    shutil.copytree(ESCO, folder, dirs_exist_ok=True)
    (shown, *_) = blocks_of(page("docs/skills.md"), "csv")
    flags = ("--no-load", "--skill-library", "skills_en.csv", "--skill-review", "review.csv")
    first = run_job(folder, *flags, variables={})
    assert first.returncode == 0, first.stderr
    review = folder / "review.csv"
    rows = review.read_text(encoding="utf-8")
    proposed = rows.casefold().splitlines()
    assert set(proposed) <= set(
        shown.casefold().splitlines()
    )  # of more people, and so of more skills
    found = len({line.partition(",")[0] for line in proposed[1:] if ",near," not in line})
    assert f" skills 0 are taken for another, and {found} have a name that the" in first.stdout
    new = len(proposed) - 1
    assert new >= 5
    assert (
        f"{new} proposals in review.csv wait to be accepted or rejected ({new} new)."
        in first.stdout
    )
    names = "select skill_name from credly_marts.dim_skill where skill_name ilike 'negotiat%'"
    assert asked(folder / "workforce.duckdb", names) == [("Negotiation",)]
    decided = rows.replace("negotiate,listed,,1.00,open", "negotiate,listed,,1.00,accepted")
    review.write_text(decided.replace("0.94,open", "0.94,rejected"), encoding="utf-8")
    decided = review.read_text(encoding="utf-8")
    then = run_job(folder, *flags, "--json", variables={})
    assert then.returncode == 0, then.stderr
    assert asked(folder / "workforce.duckdb", names) == [("negotiate",)]
    assert review.read_text(encoding="utf-8") == decided
    said = json.loads(then.stdout)
    assert said["written"]["review of skills"] == "review.csv"
    assert (said["skills"]["merged"], said["skills"]["new"]) == (1, 0)
