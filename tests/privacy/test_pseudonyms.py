"""With pseudonyms: nothing says who a person is, and everything else is as it would be without."""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dlt
import pytest

from tests.tools.compare import rows_of, tables_of
from tests.tools.feed import entries
from tests.tools.hidden import KEY, LEFT_OUT, PRESET, Hiding, found_below, hidden, secrets_of
from tests.tools.histories import ALL_DATA, History
from tests.tools.logged import everything_logged, whole
from tests.tools.timekeeping import Waits
from workforce_source import Summary, load, workforce
from workforce_source.clock import Clock
from workforce_source.exceptions import ConfigError, WorkforceError
from workforce_source.job.failure import message_of
from workforce_source.marts import MARTS, build_marts
from workforce_source.sandbox import Answer, Entry

STEPS = ("churn", "remove", "refused", "outage", "401", "odd", "nothing")


@pytest.fixture
def history() -> Iterator[History]:
    """Thirty employees."""
    history = History(30, 7)
    yield history
    history.close()


def happen(history: History, what: str, chance: random.Random) -> None:
    """Let something happen to the people, or to what the API says of them."""
    sandbox = history.sandbox
    people = sandbox.population.in_order()
    somebody = chance.choice(people)
    if what == "churn":
        sandbox.churn(share=0.3, seed=chance.randrange(100))
    elif what == "remove":
        sandbox.population.remove(somebody.id)
    elif what == "refused":
        history.refuse(somebody.id, chance.choice((403, 500)))
    elif what == "401":
        sandbox.faults.set(error_share=1.0, statuses=(401,))
    elif what == "outage":
        sandbox.faults.outage = True

    def answer(_entry: Entry, given: Answer) -> Answer:
        if given.status != 200 or what != "odd":
            return given
        body = json.loads(given.body)
        names = [somebody.full_name, somebody.email, somebody.external_id or "x"]
        for record in body["data"] if isinstance(body["data"], list) else [body["data"]]:
            # undocumented attributes, and values of another shape
            record.update(dict.fromkeys(names, names))
            record["level"] = names
            if "created_at" in record:
                record["created_at"] = somebody.email
                record["photo_url"] = names
        return Answer(200, json.dumps(body).encode(), given.headers)

    sandbox.on_answer(answer)


def marts_of(pipeline: dlt.Pipeline) -> dict[str, list[tuple[Any, ...]]]:
    """The rows of every mart, without the columns that say who people are."""
    found = {}
    with pipeline.sql_client() as client:
        for mart in MARTS:
            columns = ", ".join(c.name for c in mart.columns if not c.personal)
            rows = client.execute_sql(f"SELECT {columns} FROM workforce_marts.{mart.name}")
            found[mart.name] = sorted(map(tuple, rows or ()), key=repr)
    return found


def fed(pipeline: dlt.Pipeline) -> list[tuple[Any, ...]]:
    """What the feed says, without the columns that are left out."""
    told = []
    for (_, table, key, _), entry in entries(pipeline).items():
        out = LEFT_OUT.get(table, "").split()
        columns = [c for c in json.loads(entry["changed_columns"] or "[]") if c not in out]
        if entry["change"] != "changed" or columns:
            told.append((table, key, entry["change"], entry["changed_at"], tuple(columns)))
    return sorted(told)


@pytest.mark.parametrize(
    "number",
    [
        0,
        *(pytest.param(number, marks=pytest.mark.search) for number in range(1, 4)),
        *(pytest.param(number, marks=pytest.mark.long) for number in range(4, 25)),
    ],
)
def test_a_mirror_without_people_is_the_mirror_with_their_keys_hidden(number: int) -> None:
    """Random histories, failing runs among them: tables, feed and marts; nobody in any file or log.

    Rows equal those of a plain load, hidden by hand; and the same after the last run as after each.
    """
    chance = random.Random(number)
    # in the normal run, what happens most
    steps = chance.choices(STEPS, k=chance.randint(2, 5)) if number else ["churn"]
    history = History(12, number, deletions=chance.choice(["hard", "soft"]))
    other = Hiding(history, **PRESET)
    forbidden, said = secrets_of(history.sandbox) | {KEY}, list[str]()

    def both(**more: Any) -> None:
        for run in (history.load, other.load):
            try:
                with everything_logged() as records:
                    run(Waits(), badge_max_age="0", give_up_after=5.0, **more)
            except WorkforceError as error:
                if run == other.load:
                    said.append(message_of(error))
            if run == other.load:
                said.extend(map(whole, records))

    try:
        both()
        for step in (*steps, *(["nothing"] if number else [])):
            history.clock.advance(3600)
            happen(history, step, chance)
            forbidden |= secrets_of(history.sandbox)
            both()
            if number:  # after the last one, in the normal run
                assert found_below(other.folder, forbidden) == {}
            history.sandbox.faults.clear()
            for employee_id in [*history.refused]:
                history.refuse(employee_id, None)
        text = "\n".join(said).casefold()
        assert [one for one in forbidden if one.casefold() in text] == []
        names = [*ALL_DATA, "badge_reads"]
        plain = tables_of(history.pipeline(), names, live=False)
        held = tables_of(other.pipeline(), names, live=False)
        for name in ALL_DATA:
            expected = hidden(name, plain[name])
            found = {
                k: {c: v for c, v in r.items() if c != "row_hash"} for k, r in held[name].items()
            }
            for rows in (expected, found):
                for row in rows.values():
                    # what changed in a hidden column alone is no version here
                    row.pop("changed_at")
            assert found == expected
        assert {k: r["read_status"] for k, r in held["badge_reads"].items()} == {
            k: r["read_status"] for k, r in plain["badge_reads"].items()
        }
        for pipeline in (history.pipeline(), other.pipeline()):
            build_marts(pipeline, today=history.clock.now.date())
        assert marts_of(other.pipeline()) == marts_of(history.pipeline())
        assert found_below(other.folder, forbidden) == {}
    finally:
        history.close()


@pytest.mark.search  # in the normal run, somebody who is forgotten is found first
def test_the_search_finds_people_where_they_are(history: History) -> None:
    """The same search in a plain mirror: it is no blind one."""
    history.load()
    found = found_below(history.folder, secrets_of(history.sandbox))
    assert len(found["w.duckdb"]) == len(secrets_of(history.sandbox))


def test_what_is_there_already_is_hidden_by_the_next_run(history: History) -> None:
    """Of people nobody reads and of those who left softly, too; the feed says nothing of it."""
    soft: dict[str, Any] = {"deletions": "soft"}
    history.load(**soft)
    for employee in list(history.sandbox.population.in_order())[:2]:
        history.sandbox.population.remove(employee.id)
    history.clock.advance(60)
    history.load(**soft)
    before = tables_of(history.pipeline(), ALL_DATA, live=False)
    told = entries(history.pipeline())
    history.clock.advance(60)
    summary = history.load(**soft, max_badge_reads=0, **PRESET)
    assert (summary.exit_code, summary.statistics.holds) == (0, [])
    after = tables_of(history.pipeline(), ALL_DATA, live=False)
    for name in ALL_DATA:
        expected = hidden(name, before[name])
        for key, row in expected.items():
            assert {c: after[name][key][c] for c in row if c != "changed_at"} == {
                c: v for c, v in row.items() if c != "changed_at"
            }
    assert entries(history.pipeline()) == told
    history.load(**soft, badge_max_age="0", **PRESET)
    again = history.load(**soft, **PRESET)
    assert (again.packages, again.statistics.rows_written) == (0, 0)
    assert entries(history.pipeline()) == told


def one_more_counted(_entry: Entry, given: Answer) -> Answer:
    """A list that counts somebody it does not show."""
    body = json.loads(given.body)
    if "metadata" in body:
        body["metadata"]["total_count"] += 1
    return Answer(given.status, json.dumps(body).encode(), given.headers)


@pytest.mark.search  # in the normal run, people who leave a plain mirror
def test_who_left_is_removed_though_no_key_of_theirs_is_here(history: History) -> None:
    """Two further walks, however many left, and of a list at rest: a moving one removes nobody."""
    other = Hiding(history, **PRESET)
    other.load()
    people = history.sandbox.population.in_order()
    for employee in people[:3]:
        history.sandbox.population.remove(employee.id)
    history.clock.advance(60)
    history.sandbox.requests.clear()
    lying = [True]
    history.sandbox.on_answer(
        lambda entry, given: one_more_counted(entry, given) if lying else given
    )
    assert other.load().statistics.unconfirmed == 3
    assert len(rows_of(other.pipeline(), "employees")) == 30
    lying.clear()
    history.clock.advance(60)
    history.sandbox.requests.clear()
    assert other.load().statistics.unconfirmed == 0
    assert len(rows_of(other.pipeline(), "employees")) == 27
    assert history.sandbox.counts()["employees"] == 3
    assert "employee" not in history.sandbox.counts()


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"pseudonymize": ["pseudonymous"]}, "needs a key"),
        ({**PRESET, "pseudonym_key": "short"}, "32 characters or more"),
        ({**PRESET, "pseudonymize": ["employees.nickname"]}, "no column"),
    ],
)
def test_a_run_without_a_usable_key_is_refused(
    history: History, given: dict[str, Any], reason: str
) -> None:
    """Before anything is asked, read or written; the key stands in no message."""
    with pytest.raises(ConfigError, match=reason) as refused:
        history.load(**given)
    assert "short" not in refused.value.message
    assert not (history.folder / "w.duckdb").exists()
    assert history.sandbox.counts() == {}


@pytest.mark.parametrize("how", ["load", pytest.param("run", marks=pytest.mark.search)])
@pytest.mark.parametrize(
    "key",
    ["another-key-of-the-same-length-or-more", pytest.param(None, marks=pytest.mark.search)],
)
def test_a_lost_or_changed_key_stops_the_run(history: History, how: str, key: str | None) -> None:
    """In a plain `pipeline.run`, too; nothing is asked or written; the message says what to do."""
    history.load(**PRESET)
    before = tables_of(history.pipeline(), ALL_DATA, live=False)
    history.sandbox.requests.clear()
    history.sandbox.churn(share=0.5, seed=3)
    changed: dict[str, Any] = {"pseudonymize": ["pseudonymous"], "pseudonym_key": key}

    def run() -> object:
        if how == "load":
            return history.load(**changed)
        return history.pipeline().run(workforce(**{**history.settings, **changed}))

    with pytest.raises(Exception, match=r"Put the\s+key of before back|needs a key"):
        run()
    assert tables_of(history.pipeline(), ALL_DATA, live=False) == before
    assert history.sandbox.counts() == {}
    history.clock.advance(60)
    assert history.load(**PRESET).exit_code == 0


@pytest.mark.search  # in the normal run, `load()`
def test_a_plain_run_has_the_same_pseudonyms(history: History) -> None:
    """And remembers its key: `load()` with another is refused."""
    history.pipeline().run(workforce(**history.settings, **PRESET))
    with pytest.raises(ConfigError, match="key of before"):
        history.load(**{**PRESET, "pseudonym_key": KEY[::-1]})
    before = rows_of(history.pipeline(), "employees")
    assert history.load(**PRESET).statistics.rows_written == 0
    assert rows_of(history.pipeline(), "employees") == before


@pytest.mark.search  # in the normal run, each of the two by itself
def test_a_column_that_was_held_and_is_hidden_now_holds_nothing(history: History) -> None:
    """Exit 5 is for what an API lost, not for what the settings say."""

    def without_names(_entry: Entry, given: Answer) -> Answer:
        body = json.loads(given.body)
        for record in body["data"] if isinstance(body["data"], list) else []:
            record["full_name"] = None
        return Answer(given.status, json.dumps(body).encode(), given.headers)

    history.load()
    history.sandbox.on_answer(without_names)
    history.clock.advance(60)
    assert history.load().exit_code == 5
    history.clock.advance(60)
    summary: Summary = history.load(exclude_columns=["employees.full_name"])
    assert (summary.exit_code, summary.statistics.holds) == (0, [])


@pytest.mark.search  # of pseudonyms by themselves in tests/tables
def test_two_mirrors_with_one_key_can_be_joined(history: History, tmp_path: Path) -> None:
    """The pseudonym is of the value and the key, not of the dataset or the run."""
    history.load(**PRESET)
    elsewhere = dlt.pipeline(
        "elsewhere",
        destination=dlt.destinations.duckdb(str(tmp_path / "e.duckdb")),
        dataset_name="other",
        pipelines_dir=str(tmp_path / "pipelines"),
    )
    load(elsewhere, clock=Clock(history.clock), **{**history.settings, **PRESET})
    mine, theirs = (rows_of(p, "employees") for p in (history.pipeline(), elsewhere))
    assert {k: r["email"] for k, r in mine.items()} == {k: r["email"] for k, r in theirs.items()}
