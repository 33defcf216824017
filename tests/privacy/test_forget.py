"""A person who is forgotten is in no table and no file, and does not come back."""

import json
import random
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import dlt
import pytest

from tests.tools.compare import differences, rows_of
from tests.tools.connecting import connect
from tests.tools.feed import entries
from tests.tools.forgotten import (
    Person,
    dump,
    forget_killed,
    others_are_right,
    somebody,
    truth_without,
)
from tests.tools.hidden import KEY, PRESET, found_below
from tests.tools.histories import History
from tests.tools.loaded import Loaded
from tests.tools.main_job import account, run_python
from tests.tools.postgres import statement, within
from tests.tools.rosters import plain_people
from tests.tools.rosters import rows_of as rows_of_people
from workforce_source import forget, load, unforget, workforce
from workforce_source.clock import Clock
from workforce_source.destination import connection_to
from workforce_source.exceptions import ConfigError, Locked
from workforce_source.loading.lease import hold_lease
from workforce_source.marts import build_marts, publish
from workforce_source.report import write_report
from workforce_source.roster import Rules, TableLedger, plan
from workforce_source.sandbox import Sandbox
from workforce_source.sandbox.churn import KINDS
from workforce_source.tables import Secret

WITH_KEY: dict[str, Any] = {"pseudonym_key": KEY}

OF_OTHERS = [kind for kind in KINDS if kind != "key_swaps"]
"""Churn that gives nobody a key of a forgotten person, who would be left out for it."""


@pytest.fixture
def history() -> Iterator[History]:
    """Sixteen employees, somebody among them who manages others, loaded."""
    history = History(16, 5)
    history.settings |= WITH_KEY
    yield history
    history.close()


def given(sandbox: Sandbox) -> dict[str, Any]:
    """The settings of an account, and the key."""
    return {**sandbox.settings, **WITH_KEY}


def forgotten(history: History, key: str, **more: Any) -> Any:
    """Forget somebody; get the receipt as people see it."""
    found = forget(
        history.pipeline(), key, clock=Clock(history.clock), **{**history.settings, **more}
    )
    return found.as_dict()


def test_nothing_of_a_forgotten_person_is_left(history: History, tmp_path: Path) -> None:
    """Not in the DuckDB file, its marts, the pipelines directory, a published file or a report.

    All else is as it was, the next runs leave the person out without a request, and neither feed
    nor guards see anything of it.
    """
    person = somebody(history)
    history.load()
    history.sandbox.churn(share=0.2, seed=1)
    history.clock.advance(3600)
    history.sandbox.population.edit(person.id, position_title="Head of being forgotten")
    history.load(badge_max_age="0")
    pipeline = history.pipeline()
    build_marts(pipeline, today=history.clock.now.date())
    published, report = history.folder / "published.duckdb", history.folder / "report.html"
    publish(pipeline, published, include_people=True, include_raw=True)
    write_report(pipeline, report, with_names=True, small_groups="show")
    before = found_below(history.folder, person.traces)
    assert person.full_name in before["report.html"]
    assert before["w.duckdb"] == person.traces
    assert before["published.duckdb"] == person.traces
    mode = (history.folder / "w.duckdb").stat().st_mode

    receipt = forgotten(history, person.email, files=[published, report])
    assert found_below(history.folder, person.traces) == {}
    assert (history.folder / "w.duckdb").stat().st_mode == mode
    assert not person.traces.intersection(json.dumps(receipt).split('"'))
    removed = receipt["removed"]
    assert removed["employees"] == removed["employee_profiles"] == 1
    assert removed["employees (as a manager)"] >= 1
    assert {"changes", "badge_reads", "employee_badges", "dim_employee (mart)"} <= removed.keys()
    others_are_right(history, person)
    fed = entries(pipeline)

    history.sandbox.requests.clear()
    history.clock.advance(60)
    summary = history.load(badge_max_age="0")
    assert (summary.exit_code, summary.statistics.notes) == (0, [])
    assert not [e for e in history.sandbox.requests if e.employee_id == person.id]
    assert entries(history.pipeline()) == fed
    history.clock.advance(3600)
    history.sandbox.churn(OF_OTHERS, share=0.2, seed=2)
    assert history.load(badge_max_age="0").exit_code == 0
    others_are_right(history, person)
    again = history.load()
    assert (again.packages, again.statistics.rows_written) == (0, 0)
    assert found_below(history.folder, person.traces) == {}


@pytest.mark.parametrize(
    ("key", "deletions"),
    [
        pytest.param("id", "hard", marks=pytest.mark.search),  # ten runs for each
        pytest.param("email", "soft", marks=pytest.mark.search),
        pytest.param("id", "soft", marks=pytest.mark.long),
        pytest.param("external_id", "hard", marks=pytest.mark.long),
        pytest.param("external_id", "soft", marks=pytest.mark.long),
        pytest.param("email", "hard", marks=pytest.mark.long),
    ],
)
def test_ten_runs_of_churn_bring_nobody_back(key: str, deletions: str) -> None:
    """Whatever key was given, and however rows are removed; a plain run among them."""
    history = History(24, 11, deletions=deletions)
    history.settings |= WITH_KEY
    try:
        person = somebody(history)
        history.load()
        forgotten(history, getattr(person, key))
        for number in range(10):
            history.clock.advance(3600)
            history.sandbox.churn(OF_OTHERS, share=0.2, seed=number)
            if person.id not in {e.id for e in history.sandbox.population.in_order()}:
                break
            if number == 5:
                history.pipeline().run(workforce(**{**history.settings, "badge_max_age": "0"}))
            else:
                assert history.load(badge_max_age="0").exit_code == 0
            others_are_right(history, person)
        assert found_below(history.folder, person.traces) == {}
    finally:
        history.close()


@pytest.mark.search  # in the normal run, what is more usual
def test_a_person_who_comes_back_by_another_id_stays_out(history: History) -> None:
    """Known again by the e-mail; and from then on by the new id, once the e-mail changes."""
    person = somebody(history)
    history.load()
    forgotten(history, person.id)
    population = history.sandbox.population
    back = replace(population.by_id(person.id), id=population.new_id(), external_id="quite-new")
    population.remove(person.id)
    population.add(back)
    history.clock.advance(60)
    history.load(badge_max_age="0")
    assert ("employees", back.id) not in {
        ("employees", key[1]) for key in rows_of(history.pipeline(), "employees")
    }
    population.edit(back.id, email="nobody.knows@example.org")
    history.clock.advance(60)
    history.load(badge_max_age="0")
    assert found_below(history.folder, {back.id, person.email, "nobody.knows@example.org"}) == {}


@pytest.mark.search  # in the normal run, what is more usual
def test_two_who_are_forgotten_and_one_who_is_not_any_more(history: History) -> None:
    """Each is by itself; the same again changes nothing; who may come back does, with all rows."""
    first = somebody(history)
    history.load()
    forgotten(history, first.external_id)
    second = next(
        e for e in history.sandbox.population.in_order() if e.accepted and e.id != first.id
    )
    assert forgotten(history, second.email)["found"]
    again = forgotten(history, first.external_id)
    assert (again["found"], again["removed"]) == (False, {})
    history.clock.advance(60)
    history.load(badge_max_age="0")
    assert {first.id, second.id}.isdisjoint(k[1] for k in rows_of(history.pipeline(), "employees"))

    settings: dict[str, Any] = {"clock": Clock(history.clock), **history.settings}
    assert unforget(history.pipeline(), second.email, **settings) >= 2
    assert unforget(history.pipeline(), second.email, **settings) == 0
    history.clock.advance(60)
    history.load(badge_max_age="0")
    others_are_right(history, first)
    assert second.id in {key[1] for key in rows_of(history.pipeline(), "employee_profiles")}


@pytest.mark.search  # in the normal run, what is more usual
def test_a_person_without_a_row_is_kept_out_all_the_same(history: History) -> None:
    """Whoever is forgotten before they are ever loaded; an e-mail has no case."""
    person = somebody(history)
    history.sandbox.population.edit(person.id, email="Never.Seen@example.org")
    history.load(employee_filter={"team": "nobody's"})
    assert not forgotten(history, "never.seen@example.org")["found"]
    history.clock.advance(60)
    history.load(badge_max_age="0")
    held = rows_of(history.pipeline(), "employees")
    assert person.id not in {key[1] for key in held}
    assert len(held) == 15


@pytest.mark.search  # in the normal run, one organization
def test_an_organization_beside_it_keeps_its_people(tmp_path: Path) -> None:
    """One dataset, two organizations, one person in both: each is asked by itself."""

    def pipeline() -> dlt.Pipeline:
        return dlt.pipeline(
            "workforce",
            destination=dlt.destinations.duckdb(str(tmp_path / "w.duckdb")),
            dataset_name="credly",
            pipelines_dir=str(tmp_path / "pipelines"),
        )

    with ExitStack() as stack:
        one, two = (stack.enter_context(Sandbox(8, seed)) for seed in (3, 4))
        person = one.population.in_order()[0]
        other = two.population.in_order()[0]
        two.population.edit(other.id, email=person.email, external_id=person.external_id)
        for sandbox in (one, two):
            load(pipeline(), **given(sandbox))
        receipt = forget(pipeline(), person.email, **given(one))
        assert receipt.removed["employees"] == 1
        assert differences(pipeline(), two.truth(), organization_id=two.organization_id) == []
        for sandbox in (one, two):
            load(pipeline(), **given(sandbox), badge_max_age="0")
        assert differences(pipeline(), two.truth(), organization_id=two.organization_id) == []
        mine = {key[1] for key in rows_of(pipeline(), "employees") if key[0] == one.organization_id}
        assert person.id not in mine
        assert len(mine) == 7


@pytest.mark.search  # in the normal run, a load with another key
def test_a_changed_or_lost_key_forgets_nobody(history: History) -> None:
    """And no run goes on without it: forgotten people would come back."""
    person = somebody(history)
    history.load()
    forgotten(history, person.id)
    for key in ("another-key-of-32-characters-or-more", None):
        with pytest.raises(ConfigError, match=r"key of before|pseudonym_key"):
            forgotten(history, person.email, pseudonym_key=key)
        settings: dict[str, Any] = {**history.settings, "pseudonym_key": key}
        with pytest.raises(ConfigError, match="key of before"):
            load(history.pipeline(), clock=Clock(history.clock), **settings)
    history.sandbox.requests.clear()


@pytest.mark.search  # loads once more
def test_a_run_at_work_is_not_disturbed(history: History) -> None:
    """Whoever holds the lease, of this organization or of another in the same file."""
    person = somebody(history)
    history.load()
    connection = connection_to(history.pipeline())
    for whose in (history.settings["organization_id"], "another organization"):
        with (
            hold_lease(connection, whose, wait=0, clock=Clock()),
            pytest.raises(Locked, match="process"),
        ):
            forgotten(history, person.id, wait_for_lease=0.0)
    assert forgotten(history, person.id)["removed"]["employees"] == 1


@pytest.mark.search  # in the normal run, what is more usual
def test_a_key_of_two_people_removes_neither(history: History) -> None:
    """The id tells which; it goes before an external id that reads the same."""
    person = somebody(history)
    other = next(e for e in history.sandbox.population.in_order() if e.id != person.id)
    history.sandbox.population.edit(other.id, external_id=person.email)
    history.load()
    with pytest.raises(ConfigError, match="leads to 2 people"):
        forgotten(history, person.email)
    assert len(rows_of(history.pipeline(), "employees")) == 16
    assert forgotten(history, other.id)["removed"]["employees"] == 1


@pytest.mark.search  # in the normal run, a plain mirror
def test_a_person_under_pseudonyms_is_found_by_any_key(history: History) -> None:
    """And known again by keys that no table has."""
    person = somebody(history)
    history.load(**PRESET)
    receipt = forgotten(history, person.email, **PRESET)
    assert receipt["removed"]["employees"] == 1
    population = history.sandbox.population
    back = replace(population.by_id(person.id), id=population.new_id(), email="new@example.org")
    population.remove(person.id)
    population.add(back)
    history.clock.advance(60)
    history.load(**PRESET)
    assert back.id not in {key[1] for key in rows_of(history.pipeline(), "employees")}


@pytest.mark.search  # in the normal run, what is more usual
def test_files_that_are_none_of_ours_are_left_alone(history: History) -> None:
    """Nothing is removed before all of them are known; receipts of a roster lose the person's."""
    person = somebody(history)
    history.load()
    strange, receipts = history.folder / "notes.txt", history.folder / "receipts.jsonl"
    strange.write_text(person.full_name, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"notes\.txt is no published file"):
        forgotten(history, person.id, files=[strange])
    with pytest.raises(ConfigError, match="no published file"):
        forgotten(history, person.id, files=[history.folder / "w.duckdb"])
    organization = history.settings["organization_id"]
    lines = [
        {"organization_id": organization, "employee_id": person.id},
        {"organization_id": organization, "employee_id": "another"},
        {"organization_id": "another", "employee_id": person.id},
    ]
    receipts.write_text("\n" + "\n\n".join(map(json.dumps, lines)) + "\n", encoding="utf-8")
    told = forgotten(history, person.id, files=[receipts])
    assert told["files"] == {"receipts.jsonl": "1 receipts removed"}
    left = receipts.read_text(encoding="utf-8").split("\n")
    assert [json.loads(line) for line in left if line] == lines[1:]


@pytest.mark.search  # in the normal run, what is more usual
def test_a_roster_neither_brings_back_nor_touches_who_was_forgotten(history: History) -> None:
    """Their row is rejected by its line, without a value; they are not deleted either."""
    person = somebody(history)
    history.load()
    forgotten(history, person.email)
    ledger = TableLedger(history.pipeline(), history.settings["organization_id"])
    suppression = ledger.suppression(Secret(KEY))
    rows = rows_of_people(plain_people(history.sandbox))
    mine = [row for row in rows if row["email"] == person.email]
    back = {**mine[0], "email": "quite.new@example.org"}
    others = [row for row in rows if row["email"] != person.email]
    with connect(history.sandbox) as client:
        made = plan([*others, *mine], client, suppression=suppression)
        assert [(one.kind, one.line) for one in made.troubles] == [("rejected", len(rows))]
        assert not any(one.employee_id == person.id for one in made.operations)
        told = json.dumps(made.as_dict(personal=True))
        assert [trace for trace in person.traces if trace in told] == []
        again = plan([*others, back], client, suppression=suppression)
        assert len(again.troubles) == 1
        delete = Rules(delete_missing=True, only_where={}, delete_accepted=True)
        gone = plan(others, client, delete, suppression=suppression)
        assert not any(one.employee_id == person.id for one in gone.operations)
    with pytest.raises(ConfigError, match="key of before"):
        ledger.suppression(None)


@pytest.fixture(scope="module")
def loaded() -> Iterator[Loaded]:
    """Eight employees, loaded once."""
    once = Loaded(employees=8, seed=5)
    yield once
    once.close()


@pytest.mark.search  # in the normal run, one that is not
@pytest.mark.parametrize(
    "number",
    [
        0,
        *(pytest.param(n, marks=pytest.mark.search) for n in range(1, 4)),
        *(pytest.param(n, marks=pytest.mark.long) for n in range(4, 12)),
    ],
)
def test_a_command_that_is_killed_and_repeated_ends_the_same(loaded: Loaded, number: int) -> None:
    """Anywhere, a load in between or not; then nothing is left of the person."""
    history, chance = loaded.copy(), random.Random(number)
    history.settings |= WITH_KEY
    try:
        first = history.sandbox.population.in_order()[0]
        person = Person(first.id, first.external_id or first.id, first.email, first.full_name)
        after = chance.randrange(1, 130)
        code, said = forget_killed(history, person.email, after)
        assert code == -9 or said.strip().isdecimal(), said
        if chance.random() < 0.5:
            history.clock.advance(3600)
            fed = entries(history.pipeline())
            history.load(badge_max_age="0", wait_for_lease=0.0)
            new = [e for k, e in entries(history.pipeline()).items() if k not in fed]
            assert not [entry for entry in new if entry["employee_id"] == person.id]
        history.clock.advance(3600)
        forgotten(history, person.email)
        forgotten(history, person.id)
        assert found_below(history.folder, person.traces) == {}
        history.clock.advance(3600)
        history.load(badge_max_age="0")
        others_are_right(history, person)
        assert truth_without(history, person)["employees"]
    finally:
        history.close()


@pytest.mark.search  # in the normal run, a DuckDB file
@pytest.mark.postgres
def test_a_dump_of_a_postgresql_has_nothing_of_the_person(postgres_url: str) -> None:
    """Nor do its tables have dead rows; and the next run leaves the person out."""
    statement(postgres_url, "CREATE DATABASE forgetting")  # others load the same people into theirs
    url = within(postgres_url, "forgetting")
    history = History(
        10, 5, destination=lambda _: dlt.destinations.postgres(url), dataset="forgetting"
    )
    history.settings |= WITH_KEY
    try:
        person = somebody(history)
        history.load()
        build_marts(history.pipeline(), today=history.clock.now.date())
        text = dump(url)
        assert all(trace in text for trace in person.traces)
        receipt = forgotten(history, person.external_id)
        text = dump(url)
        assert [trace for trace in person.traces if trace in text] == []
        assert any("PostgreSQL" in done for done in receipt["done"])
        history.clock.advance(60)
        history.load(badge_max_age="0")
        others_are_right(history, person)
        text = dump(url)
        assert [trace for trace in person.traces if trace in text] == []
    finally:
        history.close()


@pytest.mark.search  # in the normal run, the function
@pytest.mark.parametrize(
    "whole",
    [False, pytest.param(True, marks=pytest.mark.search)],  # what is refused, and undone
)
def test_the_command_reads_the_key_from_its_input(tmp_path: Path, whole: bool) -> None:
    """Never from its words; it says nothing of the person, and undoes what it did."""
    with Sandbox(6, 3) as sandbox:
        variables = account(sandbox) | {"SOURCES__WORKFORCE__PSEUDONYM_KEY": KEY}
        script = str(Path(__file__).parents[2] / "pipelines" / "forget_pipeline.py")
        key = tmp_path / "key.txt"
        person = sandbox.population.in_order()[0]
        key.write_text(f"{person.email}\n", encoding="utf-8")
        if whole:
            refused = run_python(tmp_path, script, person.email, variables=variables)
            assert refused.returncode == 2
            nothing = run_python(tmp_path, script, "--key-file", "key.txt", variables=variables)
            assert nothing.returncode == 2
            assert "no dataset" in nothing.stderr
        pipeline = dlt.pipeline(
            "workforce",
            destination=dlt.destinations.duckdb(str(tmp_path / "workforce.duckdb")),
            dataset_name="credly",
            pipelines_dir=str(tmp_path / "dlt" / "pipelines"),
        )
        load(pipeline, **given(sandbox))
        done = run_python(tmp_path, script, "--key-file", "key.txt", variables=variables)
        assert done.returncode == 0, done.stderr
        receipt = json.loads(done.stdout)
        assert receipt["removed"]["employees"] == 1
        said = f"{done.stdout}{done.stderr}".casefold()
        assert person.email.casefold() not in said
        assert person.id not in said
        if whole:
            undone = run_python(
                tmp_path, script, "--key-file", "key.txt", "--undo", variables=variables
            )
            assert json.loads(undone.stdout)["marks_removed"] >= 2
