"""One record nobody can read never keeps another employee's badges from loading."""

import json
from collections.abc import Callable, Iterable, Iterator
from itertools import product
from typing import Any

import pytest

from tests.tools.compare import differences, rows_of
from tests.tools.histories import History
from tests.tools.timekeeping import Waits
from workforce_source.exceptions import AuthenticationError, GivenUp
from workforce_source.sandbox import Answer, Entry
from workforce_source.sandbox.model import Employee

SEARCH = pytest.mark.search
Spoil = Callable[[Answer], Answer]
PASSING = {408, 425, 429, *range(500, 600)}


def status(number: int) -> Spoil:
    """The answer has a status, and a body that says nothing."""
    return lambda _: Answer(number, b"{}", {"location": "http://elsewhere.example/"})


def body(change: Callable[[bytes], bytes]) -> Spoil:
    """The answer has another body."""
    return lambda answer: Answer(200, change(answer.body))


def shape(change: Callable[[Any], object]) -> Spoil:
    """The answer is JSON, of another shape."""

    def spoil(answer: Answer) -> Answer:
        whole = json.loads(answer.body)
        change(whole)
        return Answer(200, json.dumps(whole).encode())

    return spoil


def deep(levels: int) -> Any:
    """A list in a list, so many times."""
    value: Any = []
    for _ in range(levels):
        value = [value]
    return value


BODIES: dict[str, Spoil] = {
    "NaN": body(lambda b: b.replace(b'"data":{', b'"data":{"z":NaN,', 1)),
    "a byte of Latin-1": body(lambda b: b.replace(b'"data":{', b'"data":{"z":"\xe9",', 1)),
    "half a pair": body(lambda b: b.replace(b'"data":{', b'"data":{"z":"\\ud800",', 1)),
    "cut": body(lambda b: b[:-7]),
    "empty": body(lambda _: b""),
    "a page": body(lambda _: b"<html>"),
    "too deep": body(lambda b: b.replace(b'"data":{', b'"data":{"z":' + b"[" * 10**5, 1)),
    "deep": shape(lambda whole: whole["data"].update(z=deep(300))),
    "a large number": shape(lambda whole: whole["data"].update(bio=10**40)),
    "no badges": shape(lambda whole: whole["data"].pop("badges")),
    "null for badges": shape(lambda whole: whole["data"].update(badges=None)),
    "badges by name": shape(lambda whole: whole["data"].update(badges={"a": {"id": "x"}})),
    "a badge without id": shape(lambda whole: whole["data"]["badges"].append({})),
    "null for a badge": shape(lambda whole: whole["data"]["badges"].append(None)),
    "a number for an id": shape(lambda whole: whole["data"].update(id=7)),
    "somebody else": shape(lambda whole: whole["data"].update(id="somebody")),
    "a list": shape(lambda whole: whole.update(data=[whole["data"]])),
    "nothing": shape(lambda whole: whole.clear()),
    "odd within": shape(
        lambda whole: whole["data"]["badges"].append(
            {"id": "odd", "issuer": [1], "issued_at": {}, "badge_template": {"id": []}}
        )
    ),
}
STATUSES = [
    *(201, 202, 203, 204, 205, 206, 226, 300, 301, 302, 304, 307, 308, 400, 401, 402, 403, 404),
    *(405, 406, 408, 409, 410, 414, 418, 422, 423, 425, 429, 451, 499, 500, 503, 599),
]


@pytest.fixture
def history() -> Iterator[History]:
    """Ninety employees who were never loaded."""
    history = History(90, 7)
    yield history
    history.close()


def spoil(history: History, how: Iterable[Spoil]) -> set[str]:
    """Let each other accepted employee be answered in another way; get their ids."""
    people: list[Employee] = [e for e in history.sandbox.population.in_order() if e.accepted]
    spoiled = {e.id: one for e, one in zip(people[::2], how, strict=False)}

    def answer(entry: Entry, answer: Answer) -> Answer:
        if entry.endpoint != "employee_data" or answer.status != 200:
            return answer
        one = spoiled.get(json.loads(answer.body)["data"]["id"])
        return one(answer) if one else answer

    history.sandbox.on_answer(answer)
    return set(spoiled)


def all_others_are_read(history: History, how: Iterable[Spoil]) -> None:
    """A load with so many poison records at once has everybody else's badges, and says so."""
    waits = Waits()
    spoiled = spoil(history, how)
    summary = history.load(waits)
    assert summary.exit_code in (0, 3)
    assert waits.now < 1200  # twenty that fail at once are waited for with chance in it
    reads = {key[1]: row for key, row in rows_of(history.pipeline(), "badge_reads").items()}
    assert {i for i, row in reads.items() if row["read_status"] != "read"} <= spoiled
    assert {row["read_status"] for row in reads.values()} <= {"read", "unreadable"}
    truth = history.sandbox.truth()
    for name in ("employee_profiles", "employee_badges"):
        truth[name] = [row for row in truth[name] if row["employee_id"] not in spoiled]
        held = rows_of(history.pipeline(), name)
        assert {key[1:] for key in held if key[1] not in spoiled} == {
            (row["employee_id"], *([row["id"]] if "id" in row else [])) for row in truth[name]
        }
    # remembered: nobody is asked again before the age, and a healthy list is not touched
    again = history.load(waits)
    assert (again.exit_code, again.packages) == (0, 0)


@pytest.mark.parametrize(
    "first", [0, *(pytest.param(n, marks=SEARCH) for n in range(10, len(BODIES), 10))]
)
def test_a_body_or_shape_that_cannot_be_read_concerns_one_employee(
    history: History, first: int
) -> None:
    """Bodies that are no JSON, or not the documented one, each of somebody else."""
    all_others_are_read(history, list(BODIES.values())[first : first + 10])


def test_a_status_concerns_one_employee(history: History) -> None:
    """Statuses nobody documents, refusals and faults that never pass, each of somebody else."""
    all_others_are_read(history, map(status, STATUSES))


@pytest.mark.search
@pytest.mark.parametrize("first", range(201, 600, 20))
def test_any_status_concerns_one_employee(history: History, first: int) -> None:
    """Every status from 201 to 599."""
    all_others_are_read(history, map(status, range(first, min(first + 20, 600))))


@pytest.mark.search  # in the normal run, a token that is renewed
def test_a_token_that_ends_between_the_lists_and_the_reads_ends_the_run(history: History) -> None:
    """A 401 of everybody is no matter of one employee: nobody is recorded, and exit 2."""

    def expire(entry: Entry) -> None:
        if entry.endpoint == "employee_data":
            history.sandbox.expire_api_token()

    history.sandbox.on_request(expire)
    with pytest.raises(AuthenticationError):
        history.load()
    rows = rows_of(history.pipeline(), "badge_reads").values()
    assert {row["read_status"] for row in rows} <= {"waiting", "read"}


@pytest.mark.search  # in the normal run, an API that dies
def test_badges_that_nobody_answers_end_the_run_when_their_time_is_over(history: History) -> None:
    """The lists are well and no read is: exit 1 after `give_up_after`, and nobody is marked."""
    waits = Waits()
    history.sandbox.faults.set(error_share=1.0, statuses=(503,), only=("employee_data",))
    with pytest.raises(GivenUp, match="status 503"):
        history.load(waits, give_up_after=200.0)
    assert waits.now < 6 * 200  # waits of requests side by side add up on this clock
    rows = rows_of(history.pipeline(), "badge_reads").values()
    assert {row["read_status"] for row in rows} == {"waiting"}
    history.sandbox.faults.clear()
    assert history.load(waits).exit_code == 0
    assert differences(history.pipeline(), history.sandbox.truth()) == []


@pytest.mark.search  # plays many hours
def test_the_healthy_are_never_late_for_the_sick(history: History) -> None:
    """Twenty-five who always fail: all others as fresh as ever, and the sick asked once a day."""
    waits = Waits()
    people = [e for e in history.sandbox.population.in_order() if e.accepted]
    assert len(people) > 30
    for employee in people[:25]:
        history.refuse(employee.id, 503)
    assert history.load(waits).exit_code == 3
    waited = waits.now
    for _ in range(4):
        history.clock.advance(6 * 3600)
        summary = history.load(waits)
        assert summary.exit_code == 0
        assert summary.statistics.oldest_read_at is not None
        age = history.clock.now - summary.statistics.oldest_read_at
        assert age.total_seconds() <= 24 * 3600
    assert waits.now - waited < 900


@pytest.mark.search  # plays many hours
def test_an_api_that_refuses_everybody_is_asked_as_often_as_one_that_answers(
    history: History,
) -> None:
    """Reads that failed spread like good ones, and a run at once after another is quiet."""
    assert history.load().exit_code == 0
    history.sandbox.faults.set(error_share=1.0, statuses=(403,), only=("employee_data",))
    accepted = len(rows_of(history.pipeline(), "badge_reads"))
    for _ in range(8):
        history.clock.advance(3600)
        history.sandbox.requests.clear()
        history.load()
        assert history.sandbox.counts().get("employee_data", 0) <= 2 * (accepted // 24 + 2)
    assert history.load().packages == 0


def refuse_confirmations(history: History, endpoint: str, number: int) -> None:
    """Let filtered lists be answered with a status."""

    def answer(entry: Entry, answer: Answer) -> Answer:
        refused = entry.endpoint == endpoint and "filter" in entry.query
        return Answer(number, b"{}") if refused else answer

    history.sandbox.on_answer(answer)


@pytest.mark.search  # plays several runs
@pytest.mark.parametrize(
    ("endpoint", "number"),
    [
        pytest.param(*case, marks=[] if case == ("employees", 400) else SEARCH)
        for case in product(
            ("external_badges", "employees"), (302, 400, 401, 403, 404, 405, 422, 500)
        )
    ],
)
def test_a_confirmation_that_is_refused_confirms_nothing(
    history: History, endpoint: str, number: int
) -> None:
    """What is missing stays, and is counted; the run goes on."""
    history.load(max_badge_reads=0)
    population = history.sandbox.population
    if endpoint == "employees":
        missing = population.in_order()[3]
        population.remove(missing.id)
    else:
        missing = next(e for e in population.in_order() if e.external_badges)
        population.edit(missing.id, external_badges=missing.external_badges[1:])
    refuse_confirmations(history, endpoint, number)
    before = history.data()[endpoint].keys()
    history.clock.advance(60)
    summary = history.load(Waits(), max_badge_reads=0)
    assert summary.exit_code == 0
    assert summary.statistics.unconfirmed == 1
    assert history.data()[endpoint].keys() == before


@pytest.mark.search  # plays several runs
def test_who_is_accepted_by_the_list_alone_is_read_once(history: History) -> None:
    """The own answer says rejected, for days: asked again by age, and no package meanwhile."""
    history.load(max_badge_reads=0)
    somebody = next(e for e in history.sandbox.population.in_order() if e.accepted and e.badges)
    rejected = shape(lambda whole: whole["data"].update(employee_state="rejected"))

    def answer(entry: Entry, answer: Answer) -> Answer:
        mine = entry.endpoint == "employee_data" and somebody.id.encode() in answer.body
        return rejected(answer) if mine else answer

    history.sandbox.on_answer(answer)
    assert history.load().exit_code == 0
    history.sandbox.requests.clear()
    assert history.load().packages == 0
    assert "employee_data" not in history.sandbox.counts()


@pytest.mark.search  # plays several runs
def test_lost_skills_are_asked_for_of_somebody_who_can_be_read(history: History) -> None:
    """The first who holds the badge cannot be read: the next one is asked, at once."""
    history.load()
    holders: dict[str, set[str]] = {}
    for row in history.data()["employee_badges"].values():
        holders.setdefault(row["badge_template_id"], set()).add(row["employee_id"])
    before = history.data()["badge_template_skills"].keys()
    of = {key[1] for key in before}
    template = max((t for t in holders if t in of), key=lambda t: len(holders[t]))
    history.refuse(min(holders[template]), 404)
    history.clock.advance(60)
    history.load(refresh=[min(holders[template])])
    history.empty("badge_template_skills", drop=False)
    for _ in range(2):
        history.load()
    assert {key for key in history.data()["badge_template_skills"] if key[1] == template} == {
        key for key in before if key[1] == template
    }
