"""What signals lead to: pointers of the list, events, and the employees they name."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.tools.connecting import connect
from tests.tools.timekeeping import Waits
from workforce_source.mirror import Memory
from workforce_source.mirror.memory import BadgeRead
from workforce_source.sandbox import Answer, Entry, Options, Sandbox, SettableClock
from workforce_source.settings import resolve_settings
from workforce_source.signals.pointer_file import PointerFile
from workforce_source.signals.pointers import Pointer
from workforce_source.sync.context import Context
from workforce_source.sync.employees import ListedEmployee
from workforce_source.sync.signals import FEWEST, REFUSALS, Remembered, Signals

START = datetime(2026, 11, 10, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)


@dataclass
class Finding:
    """An organization whose employees were all read at START, and what is remembered of events."""

    sandbox: Sandbox
    clock: SettableClock
    remembered: Remembered
    reads: dict[str, datetime]

    def __call__(self, due: int = 0, **settings: Any) -> tuple[set[str], Signals]:
        """Find whom signals lead to, and read them."""
        resolved = resolve_settings(
            {"refresh_from": ["events"], **self.sandbox.settings, **settings}
        )
        self.sandbox.requests.clear()
        people = self.sandbox.population.in_order()
        listed = {
            e.id: ListedEmployee(e.external_id, e.email, e.employee_state, None) for e in people
        }
        accepted = [e.id for e in people if e.accepted]
        memory = Memory(None, self.sandbox.organization_id)
        memory.reads.update({i: BadgeRead(at) for i, at in self.reads.items()})
        signals = Signals(self.remembered)
        with connect(self.sandbox, clock=Waits().clock(self.clock)) as client:
            context = Context.of(resolved, client, memory, clock=Waits().clock(self.clock))
            found = signals.find(context, listed, accepted, due)
        signals.settle(found)
        self.reads |= dict.fromkeys(found, self.clock.now)
        return found, signals

    def asked(self, endpoint: str = "event") -> int:
        """How many requests of an endpoint the last one took."""
        return self.sandbox.counts().get(endpoint, 0)

    def badge(self, count: int = 1) -> None:
        """New badges, one at a time, a minute apart."""
        for _ in range(count):
            self.clock.advance(60)
            self.sandbox.churn({"new_badges": 1})

    def holders(self) -> set[str]:
        """Who may have got one: whoever is accepted."""
        return {e.id for e in self.sandbox.population.employees if e.accepted}


@contextmanager
def beginning(employees: int = 60, **options: Any) -> Iterator[Finding]:
    """An organization an hour after all were read."""
    clock = SettableClock(START)
    with Sandbox(employees, 3, options=Options(**options), clock=clock) as sandbox:
        reads = {e.id: START for e in sandbox.population.employees if e.accepted}
        clock.advance(3600)
        yield Finding(sandbox, clock, Remembered(), reads)


@pytest.fixture
def finding() -> Iterator[Finding]:
    """Sixty employees an hour after all were read."""
    with beginning() as found:
        yield found


def test_each_event_is_asked_for_once_and_each_employee_read_once(finding: Finding) -> None:
    """A doubled event is one; two events of one employee are one read."""
    people = finding.sandbox.population
    only = next(e for e in people.in_order() if e.accepted)
    with people.changing():
        for employee in people.employees:
            if employee is not only and employee.accepted:
                employee.employee_state = "pending"
    finding.badge(2)
    finding.sandbox.faults.doubled_event_share = 1.0
    finding.badge()
    found, _ = finding()
    assert finding.asked() == 3
    assert found == {only.id}
    finding()
    assert finding.asked() == 0


def test_an_event_that_is_told_late_is_heeded_when_it_is_told(finding: Finding) -> None:
    """Though newer ones were asked for before."""
    finding.sandbox.faults.set(late_event_share=1.0, late_event_seconds=7200)
    finding.badge()
    finding.sandbox.faults.clear()
    finding.clock.advance(3600)
    finding.badge()
    assert len(finding()[0]) == 1
    finding.clock.advance(3600)
    assert finding()[1].counts["new"] == 1
    assert finding.asked() == 1


def test_an_event_of_somebody_read_since_leads_to_no_read(finding: Finding) -> None:
    """Their badges here are newer than it."""
    finding.badge()
    finding.clock.advance(3600)
    finding.reads |= dict.fromkeys(list(finding.reads)[1:], finding.clock.now)
    (only,) = [i for i, at in finding.reads.items() if at == START]
    found, signals = finding()
    assert signals.counts["new"] == 1
    assert found <= {only}
    assert signals.counts["read since"] == 1 - len(found)


def test_what_occurred_before_everybody_was_read_is_not_asked_for(finding: Finding) -> None:
    """All of it has been seen."""
    finding.badge(3)
    finding.clock.advance(3600)
    finding.reads = dict.fromkeys(finding.reads, finding.clock.now)
    finding.clock.advance(3600)
    assert finding()[1].counts["new"] == 0
    assert finding.asked() == 0
    assert finding.asked("events") == 1


@pytest.mark.parametrize("order", ["newest", "oldest"])
def test_events_behind_the_first_page_are_found_in_either_order(order: str) -> None:
    """The API does not say which come first; then no page is read that was read before."""
    with beginning(page_size=2, events_order=order) as finding:
        for _ in range(7):
            finding.clock.advance(900)
            finding.badge()
        assert finding()[1].counts["new"] == 7
        finding.clock.advance(3600)
        finding.badge()
        assert finding()[1].counts["new"] == 1
        assert finding.asked("events") <= 3


def test_no_run_reads_the_whole_list(finding: Finding) -> None:
    """Twice as many pages as hold what may be asked for; what is further back waits for its age."""
    with beginning(page_size=2) as many:
        many.badge(30)
        _, signals = many()
        assert many.asked("events") == 4
        assert signals.counts["new"] == 8


def test_what_is_not_reached_waits_and_the_oldest_goes_first(finding: Finding) -> None:
    """No run asks for more events than `max_signal_reads`."""
    finding.badge(5)
    for waiting, asked in ((3, 2), (1, 2), (0, 1), (0, 0)):
        _, signals = finding(max_signal_reads=2)
        assert (signals.counts["waiting"], finding.asked()) == (waiting, asked)
        finding.clock.advance(3600)


def test_what_waits_is_found_behind_pages_that_are_known() -> None:
    """How far the list was read is as far as all of it was asked for."""
    with beginning(page_size=4) as finding:
        finding.badge(8)
        asked = 0
        for _ in range(4):
            finding(max_signal_reads=2)
            asked += finding.asked()
            finding.clock.advance(3600)
        assert asked == 8


@pytest.mark.parametrize(("due", "most"), [(0, FEWEST), (499, FEWEST), (800, 80)])
def test_unless_told_a_run_asks_for_a_tenth_of_its_badge_reads(due: int, most: int) -> None:
    """And for fifty at least."""
    with beginning() as finding:
        finding.reads |= {f"another {number}": START for number in range(1000)}
        for _ in range(20):
            finding.sandbox.churn({"new_badges": 5})
        accepted = len(finding.holders())
        _, signals = finding(due=min(due, accepted - 1))
        assert signals.counts["new"] == 100
        if due < accepted:
            assert finding.asked() == most


def test_no_event_is_asked_for_where_none_may_be(finding: Finding) -> None:
    """`max_signal_reads` 0 turns signals off."""
    finding.badge()
    assert finding(max_signal_reads=0)[0] == set()
    assert finding.sandbox.counts() == {}


def test_where_everybody_is_read_in_any_case_no_event_is_asked_for(finding: Finding) -> None:
    """In a first load, and in a run that finds all of them too old."""
    finding.badge()
    assert finding(due=len(finding.holders()))[0] == set()
    finding.reads = {}
    assert finding()[0] == set()
    assert finding.sandbox.counts() == {}


def test_an_account_that_knows_no_events_is_told_of_once() -> None:
    """A list that answers 404 would be an error of a whole run."""
    with beginning(events_status=404) as finding:
        found, signals = finding()
        assert found == set()
        assert len(signals.notes) == 1
        assert "was not found" in signals.notes[0]


def refusing(status: int) -> Callable[[Entry, Answer], Answer]:
    """An editor that refuses every event."""

    def edit(entry: Entry, answer: Answer) -> Answer:
        return Answer(status, b'{"data": {}}') if entry.endpoint == "event" else answer

    return edit


@pytest.mark.parametrize("status", [401, 403, 422, 503])
def test_events_that_are_not_answered_are_left_alone(finding: Finding, status: int) -> None:
    """A few are tried and it is told once; the next run asks again."""
    finding.badge(20)
    finding.sandbox.on_answer(refusing(status))
    found, signals = finding()
    assert found == set()
    assert len(signals.notes) == 1
    assert REFUSALS <= signals.counts["not answered"] <= REFUSALS + 8
    finding.sandbox._application.editors.clear()
    assert finding()[1].counts["new"] == 20


def test_an_unknown_event_is_asked_for_until_the_api_had_time_to_know_it(finding: Finding) -> None:
    """A webhook may be quicker than the API itself."""
    finding.badge()
    finding.sandbox.on_answer(refusing(404))
    for asked in (1, 1):
        assert finding()[1].counts["unknown"] == asked
        finding.clock.advance(301)
    assert finding()[1].counts["unknown"] == 1
    assert finding()[1].counts["unknown"] == 0


def answering(finding: Finding, record: dict[str, Any]) -> None:
    """Let every event be answered with some attributes of its own."""

    def edit(entry: Entry, answer: Answer) -> Answer:
        if entry.endpoint != "event" or answer.status != 200:
            return answer
        body = json.loads(answer.body)
        about = {name: body["data"][name] for name in ("id", "event_type", "occurred_at")}
        return Answer(200, json.dumps({"data": about | record}).encode())

    finding.sandbox._application.editors[:] = [edit]


def test_whatever_names_an_employee_in_an_event_leads_to_them(finding: Finding) -> None:
    """By id, external id or e-mail in any case, anywhere in the event; the surest first."""
    people = finding.sandbox.population.in_order()
    one, other = [e for e in people if e.accepted and e.external_id][3:5]
    records: list[dict[str, Any]] = [
        {"employee": {"id": one.id}},
        {"anything": [{"employee_id": one.id.upper()}]},
        {"badge": {"user": {"employee_external_id": str(one.external_id).upper()}}},
        {"badge": {"recipient_email": one.email.upper()}},
        {"badge": {"recipient_email": other.email}, "employee": {"external_id": one.external_id}},
    ]
    for record in records:
        finding.badge()
        answering(finding, record)
        assert finding()[0] == {one.id}, record
        finding.clock.advance(3600)


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"badge": None},
        {"badge": {"recipient_email": "nobody@example.com"}},
        {"badge": {"recipient_email": ["a"], "id": 7}},
        {"badge": {"recipient_email": {"recipient_email": 10**40}}},
        {"organization_id": "another"},
        {"occurred_at": "never", "deep": [[[[[[{"x": [{}] * 500}]]]]]]},
    ],
    ids=["empty", "null", "nobody", "lists", "numbers", "another organization", "large"],
)
def test_an_event_of_nobody_is_counted_and_not_asked_for_again(
    finding: Finding, record: dict[str, Any]
) -> None:
    """Whatever it holds; no badge is read for it."""
    finding.badge()
    answering(finding, record)
    found, signals = finding()
    assert found == set()
    assert signals.counts["nobody"] + signals.counts["other organization"] == 1
    finding()
    assert finding.asked() == 0


def test_types_that_no_pattern_fits_are_counted_by_name(finding: Finding) -> None:
    """The names of the events of employees are not documented: they are a setting."""
    finding.sandbox.churn({"template_edits": 1, "profile_edits": 2})
    _, signals = finding()
    assert signals.other_types == {"badge_template.changed": 1, "employee.changed": 2}
    assert finding.asked() == 0
    _, signals = finding(signal_events=["employee.*"])
    assert finding.asked() == 2
    assert signals.other_types == {"badge_template.changed": 1}


def test_records_of_the_list_that_are_no_pointers_are_counted(finding: Finding) -> None:
    """Those beside them count."""
    finding.badge(2)

    def edit(entry: Entry, answer: Answer) -> Answer:
        body = json.loads(answer.body)
        if entry.endpoint == "events":
            body["data"] += [
                {"id": "a/../b", "organization_id": "x", "event_type": "badge.x"},
                {"id": "a", "organization_id": "x", "event_type": "badge.x", "occurred_at": 7},
                {**body["data"][0], "id": "c", "organization_id": "another"},
            ]
        return Answer(answer.status, json.dumps(body).encode())

    finding.sandbox.on_answer(edit)
    _, signals = finding()
    assert signals.counts["damaged"] == 2
    assert signals.counts["other organization"] == 1
    assert signals.counts["new"] == 2


class Received:
    """A file of pointers, as a receiver writes it."""

    def __init__(self, finding: Finding, folder: Path) -> None:
        self.path = folder / "signals.jsonl"
        self.settings: dict[str, Any] = {"refresh_from": [str(self.path)]}
        self._finding = finding
        self._file = PointerFile(self.path, 10**6, timedelta(days=1), now=finding.clock)

    def __call__(self, event_id: str, **said: Any) -> None:
        """Receive a pointer now."""
        usual: dict[str, Any] = {
            "organization_id": self._finding.sandbox.organization_id,
            "event_type": "badge.created",
            "occurred_at": self._finding.clock.now,
        }
        self._file.append(Pointer(event_id, **{**usual, **said}))

    def real(self, **said: Any) -> str:
        """Receive the pointer to a new badge; get the id of the event."""
        self._finding.badge()
        event_id = self._finding.sandbox._organization.events.known(self._finding.clock.now, 1e9)[
            -1
        ].id
        self(event_id, **said)
        return event_id


@pytest.fixture
def received(finding: Finding, tmp_path: Path) -> Received:
    """An empty file."""
    return Received(finding, tmp_path)


def test_a_pointer_that_was_received_leads_to_its_employee(
    finding: Finding, received: Received
) -> None:
    """Without the list, once, though it stands in the file three times."""
    event_id = received.real()
    received(event_id)
    received(event_id)
    assert len(finding(**received.settings)[0]) == 1
    assert finding.asked() == 1
    assert finding.asked("events") == 0
    assert finding(**received.settings)[1].counts["new"] == 0


def test_a_forged_pointer_costs_a_request_and_reads_nobody(
    finding: Finding, received: Received
) -> None:
    """One of an id that is none, and one of another organization, which costs none."""
    received("no-such-event")
    received("elsewhere", organization_id="another")
    found, signals = finding(**received.settings)
    assert found == set()
    assert signals.counts["unknown"] == signals.counts["other organization"] == 1
    assert finding.asked() == 1


def test_a_flood_of_forged_pointers_does_not_hold_up_the_list(
    finding: Finding, received: Received
) -> None:
    """What the API lists goes first, and no more is asked for than a run may."""
    for number in range(200):
        received(f"forged-{number}", occurred_at=START)
    finding.badge(3)
    both: dict[str, Any] = {"refresh_from": ["events", str(received.path)]}
    found, signals = finding(**both)
    assert found
    assert finding.asked() == FEWEST
    assert signals.counts["unknown"] == FEWEST - 3
    assert finding.remembered.reached == finding.clock.now


@pytest.mark.parametrize("days", [-30, 30], ids=["long ago", "to come"])
def test_a_real_event_said_to_be_of_another_time_is_not_hidden(
    finding: Finding, received: Received, days: int
) -> None:
    """Whoever repeats its id with a time of their own does not take it away."""
    at = finding.clock.now + timedelta(days=days)
    event_id = received.real()
    received(event_id, occurred_at=at)
    assert len(finding(**received.settings)[0]) == 1


def test_pointers_come_in_any_order(finding: Finding, received: Received) -> None:
    """A late one is asked for after newer ones were."""
    late = [received.real(), received.real()]
    text = received.path.read_bytes()
    received.path.write_bytes(b"")
    received.real()
    assert len(finding(**received.settings)[0]) == 1
    finding.clock.advance(60)
    for event_id in reversed(late):
        received(event_id, occurred_at=START + HOUR)
    assert len(text.splitlines()) == 2
    assert finding(**received.settings)[1].counts["new"] == 2


def test_a_damaged_file_counts_its_lines_and_is_read_on(
    finding: Finding, received: Received
) -> None:
    """A torn end, bytes that are no text, and an object that is no pointer."""
    received.real()
    whole = received.path.read_bytes()
    received.path.write_bytes(b"\xff\n{}\n" + whole[:40] + b"\n" + whole + whole[:30])
    found, signals = finding(**received.settings)
    assert len(found) == 1
    assert signals.counts["damaged"] == 3


def test_a_file_that_is_not_there_is_told_and_the_list_is_read(
    finding: Finding, tmp_path: Path
) -> None:
    """By its name, not by where it should be."""
    finding.badge()
    found, signals = finding(refresh_from=[str(tmp_path / "gone.jsonl"), "events"])
    assert len(found) == 1
    (note,) = signals.notes
    assert note.startswith("gone.jsonl of refresh_from cannot be read")
    assert str(tmp_path) not in note
