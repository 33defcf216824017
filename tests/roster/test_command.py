"""The roster command as people run it, its ledger in a destination, and a load right after it."""

from __future__ import annotations

import argparse
import csv
import json
from pathlib import Path
from typing import Any

import dlt
import duckdb
import pytest

from tests.docs import roster_example
from tests.tools.forked import Forked, run_script
from tests.tools.main_job import CHECKOUT, Done, account, environment, personal_data_in
from tests.tools.rosters import Roster, plain_people, rows_of
from workforce_source import load
from workforce_source.exceptions import Locked
from workforce_source.job.roster_arguments import parse, rules_of
from workforce_source.marts import build_marts
from workforce_source.roster import Rules, TableLedger, apply, plan
from workforce_source.sandbox import Sandbox

SCRIPT = CHECKOUT / "pipelines" / "roster_pipeline.py"
NEW = {"email": "ada@example.com", "first_name": "Ada", "last_name": "Byron", "external_id": "E-1"}


def run(folder: Path, *flags: str, variables: dict[str, str] | None = None) -> Done:
    """Run the command in a folder to its end."""
    process = Forked(
        run_script,
        str(SCRIPT),
        *flags,
        folder=folder,
        environment=environment(folder, variables or {}),
    )
    out, err = process.communicate(timeout=120)
    assert process.returncode is not None
    return Done([str(SCRIPT), *flags], process.returncode, out, err)


def write_csv(path: Path, rows: list[dict[str, Any]]) -> Path:
    """A roster as a file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_the_example_is_made_of_the_sandboxs_people() -> None:
    """The committed file is what `tests/docs/roster_example.py` makes."""
    path = CHECKOUT / "workforce_source" / "roster" / "example.csv"
    assert path.read_text(encoding="utf-8") == roster_example.made()


def test_what_was_reviewed_is_what_is_done_and_the_destination_has_the_receipts(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    """A plan, an apply that refuses because somebody moved, one that does it; and no name said."""
    people = plain_people(sandbox)
    rows = rows_of(people)
    rows[3]["team"] = "Lanterns"
    rows[4]["email"] = "moved@example.com"
    file = write_csv(tmp_path / "roster.csv", [*rows, {**NEW, "first_name": ""}, NEW])
    flags = ("--from", str(file))
    first = run(tmp_path, *flags, "--json", "--out", "plan.json", variables=account(sandbox))
    assert first.returncode == 3
    told = json.loads(first.stdout)
    digest = told["plan"]["digest"]
    assert told["plan"]["totals"]["conflicts"] == 1
    assert not list(tmp_path.glob("*.duckdb"))
    assert (tmp_path / "plan.json").stat().st_mode & 0o777 == 0o600
    assert "Lanterns" in (tmp_path / "plan.json").read_text()
    before = people[3].team
    sandbox.population.edit(people[3].id, team="Elsewhere")
    moved = run(tmp_path, *flags, "--apply", "--expect", digest, variables=account(sandbox))
    assert moved.returncode == 5
    assert "nothing was done" in moved.stderr
    sandbox.population.edit(people[3].id, team=before)
    assert sandbox.counts() == {"employees": 4}
    done = run(
        tmp_path, *flags, "--apply", "--expect", digest, "--verbose", variables=account(sandbox)
    )
    assert done.returncode == 3, done.stderr
    assert people[3].team == "Lanterns"
    for said in (first, moved, done):
        assert personal_data_in(f"{said.stdout}{said.stderr}", sandbox) == set()
        assert "Lanterns" not in f"{said.stdout}{said.stderr}"
    with duckdb.connect(str(tmp_path / "workforce.duckdb"), read_only=True) as connection:
        receipts = connection.sql(
            "select operation, employee_id, columns, status, outcome from credly.roster_receipts"
            " order by number"
        ).fetchall()
        runs = connection.sql(
            "select rows_desired, operations, done, conflicts, rejected, exit_code, plan"
            " from credly.roster_runs"
        ).fetchall()
    # the bad row shares its keys with the good one, and so neither is done
    assert receipts == [("update", people[3].id, "team", 200, "done")]
    assert runs == [(len(people) + 2, 1, 1, 1, 2, 3, digest)]


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["--sandbox", "--expect", "1"],
        ["--sandbox", "--everywhere"],
        ["--sandbox", "--invite-rejected"],
        ["--from", "a", "--from-sql", "b"],
        ["--sandbox", "--delete-missing", "--everywhere", "--only-where", "team=a"],
        ["--sandbox", "--delete-missing", "--max-deleted", "-1"],
        ["--sandbox", "--delete-missing", "--max-deleted-share", "2"],
        ["--sandbox", "--invite", "--invite-again-after", "x"],
        ["--sandbox", "--column", "x"],
    ],
)
def test_flags_that_make_no_sense_are_refused(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """With 2."""
    with pytest.raises(SystemExit) as caught:
        parse(words)
    assert caught.value.code == 2
    assert capsys.readouterr().err


def test_flags_are_rules() -> None:
    """Those that are not given leave what the pipeline script says."""
    given = parse(["--sandbox"])
    assert isinstance(given, argparse.Namespace)
    assert rules_of(given) == {}
    words = "--from a --column A=email --ignore B --tier unified --delete-missing --only-where"
    words += " team=x --only-where team=y --max-deleted 7 --invite --invite-rejected"
    rules = Rules(**rules_of(parse(words.split())))
    assert rules.columns == {"A": "email"}
    assert rules.only_where == {"team": ["x", "y"]}
    assert (rules.tier, rules.max_deleted, rules.invite) == ("unified", 7, True)
    assert rules.invite_states == ("created", "pending", "rejected")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--from", "none.csv"], "none.csv cannot be read"),
        (["--from", "x", "--out", "other.txt"], "is no plan"),
        pytest.param(
            ["--from", "x", "--delete-missing"], "needs a scope", marks=pytest.mark.search
        ),
        pytest.param(
            ["--from-sql", "select 1"],
            "There is no file workforce.duckdb to ask",
            marks=pytest.mark.search,
        ),
    ],
)
def test_what_cannot_be_used_ends_with_2_and_says_why(
    sandbox: Sandbox, tmp_path: Path, words: list[str], said: str
) -> None:
    """Nothing is asked of the API."""
    (tmp_path / "other.txt").write_text("somebody's", encoding="utf-8")
    done = run(tmp_path, *words, variables=account(sandbox))
    assert done.returncode == 2
    assert said in done.stderr
    assert len(sandbox.requests) == 0
    assert (tmp_path / "other.txt").read_text(encoding="utf-8") == "somebody's"


@pytest.fixture(
    params=[
        "duckdb",
        pytest.param("postgres", marks=[pytest.mark.postgres, pytest.mark.search]),
    ]
)
def pipeline(request: pytest.FixtureRequest, tmp_path: Path) -> dlt.Pipeline:
    """A pipeline into either."""
    to: Any = dlt.destinations.duckdb(str(tmp_path / "w.duckdb"))
    if request.param == "postgres":
        to = dlt.destinations.postgres(request.getfixturevalue("postgres_url"))
    return dlt.pipeline(
        "rosters",
        destination=to,
        dataset_name=f"roster_{request.param}",
        pipelines_dir=str(tmp_path / "p"),
    )


@pytest.mark.search  # in the normal run, README's roster, planned, applied and planned again
def test_a_load_right_after_shows_the_people_of_the_roster(
    sandbox: Sandbox, pipeline: dlt.Pipeline, tmp_path: Path
) -> None:
    """Tables and marts; and the destination remembers invitations and the rows of the roster."""
    roster = Roster(sandbox, tmp_path)
    people = [p for p in plain_people(sandbox) if not p.accepted]
    gone = people[0]
    rows = [row for row in rows_of(plain_people(sandbox)) if row["email"] != gone.email]
    next(r for r in rows if r["email"] == people[1].email)["department"] = "Lanterns"
    rules = Rules(
        delete_missing=True,
        only_where={"department": [gone.department or ""]},
        allow_deletions=9,
        invite=True,
    )
    ledger = TableLedger(pipeline, sandbox.organization_id)
    with roster.client() as client:
        made = plan([*rows, NEW], client, rules, ledger=ledger)
        done = apply(made, client, ledger=ledger)
        assert (done.exit_code, done.unsettled) == (0, [])
        for person in people:
            if person.employee_state == "pending":
                sandbox.population.edit(
                    person.id, employee_state="created", last_invitation_sent_at=None
                )
        again = plan([*rows, NEW], client, rules, ledger=ledger)
    assert again.of("invite") == []
    assert again.notes == []
    settings: dict[str, Any] = {**sandbox.settings}
    load(pipeline, **settings)
    build_marts(pipeline)
    with pipeline.sql_client() as sql:
        found: Any = sql.execute_sql("select email, department from employees")
        marts: Any = sql.execute_sql(
            f"select count(*) from {pipeline.dataset_name}_marts.dim_employee"
        )
        receipts: Any = sql.execute_sql(
            "select count(*) from roster_receipts where outcome = 'done'"
        )
    assert dict(found) == {p.email: p.department for p in sandbox.population.employees}
    assert {NEW["email"], people[1].email} <= set(dict(found))
    assert dict(found)[people[1].email] == "Lanterns"
    assert gone.email not in dict(found)
    assert marts[0][0] >= len(found)
    assert receipts[0][0] == len(done.receipts)


@pytest.mark.search  # in the normal run, the lease's own
def test_two_applies_of_one_organization_take_turns(sandbox: Sandbox, tmp_path: Path) -> None:
    """Who waits in vain is told who is at work; a load goes on beside."""
    to = dlt.destinations.duckdb(str(tmp_path / "w.duckdb"))
    pipeline = dlt.pipeline(
        "rosters", destination=to, dataset_name="hr", pipelines_dir=str(tmp_path / "p")
    )
    ledger = TableLedger(pipeline, sandbox.organization_id, wait=0)
    roster = Roster(sandbox, tmp_path)
    with roster.client() as client:
        made = plan([NEW], client)
        with (
            TableLedger(pipeline, sandbox.organization_id).held(),
            pytest.raises(Locked, match="A roster is being applied by process"),
        ):
            apply(made, client, ledger=ledger)
        assert "create_employee" not in sandbox.counts()
        with TableLedger(pipeline, sandbox.organization_id).held():
            settings: dict[str, Any] = {**sandbox.settings, "wait_for_lease": 0}
            load(pipeline, **settings)


def test_who_lost_the_lease_does_nothing_more(sandbox: Sandbox, tmp_path: Path) -> None:
    """It was taken over while this one slept; what was done has its receipt."""
    to = dlt.destinations.duckdb(str(tmp_path / "w.duckdb"))
    pipeline = dlt.pipeline(
        "rosters", destination=to, dataset_name="hr", pipelines_dir=str(tmp_path / "p")
    )
    roster = Roster(sandbox, tmp_path)
    rows = [{**row, "team": "Lanterns"} for row in rows_of(plain_people(sandbox)[:6])]
    calls = iter(range(9))

    def sleep() -> None:
        if next(calls) == 3:
            with pipeline.sql_client() as sql:
                sql.execute_sql("update workforce_leases set holder = 'other', epoch = epoch + 1")

    ledger = TableLedger(pipeline, sandbox.organization_id)
    made = roster.plan(rows)
    with roster.client(max_workers=1) as client, pytest.raises(Locked, match="took over"):
        apply(made, client, ledger=ledger, proceed=sleep)
    assert sandbox.counts()["update_employee"] == 3
    with pipeline.sql_client() as sql:
        told: Any = sql.execute_sql("select outcome from roster_receipts")
    assert told == [("done",)] * 3
