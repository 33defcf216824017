"""Whose badges are due: examples of each reason, properties, and ten simulated days."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tools.examples import examples
from workforce_source.freshness import Plan, Read, overdue, plan_reads

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
STAMP = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def read_ago(**ago: float) -> Read:
    """A good read some time before NOW."""
    return Read(read_at=NOW - timedelta(**ago), state_stamp=STAMP)


def plan(reads: dict[str, Read], **options: object) -> Plan:
    """The plan for employees who are all accepted since STAMP."""
    arguments: dict[str, object] = {"now": NOW, "max_age": DAY} | options
    return plan_reads(dict.fromkeys(reads, STAMP), reads, **arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("read", "reason"),
    [
        (Read(), "never read"),
        (Read(read_at=NOW + timedelta(seconds=1), state_stamp=STAMP), "never read"),
        (Read(read_at=NOW, state_stamp=NOW), "state changed"),
        (read_ago(hours=25), "too old"),
    ],
    ids=["no read", "a read from the future", "another state since", "older than a day"],
)
def test_each_reason_makes_an_employee_due(read: Read, reason: str) -> None:
    """Never read, state changed and too old are each reason enough."""
    found = plan({"a": read, "b": read_ago(seconds=0)})
    assert found.due == ["a"]
    assert found.reasons == {reason: 1}
    assert found.fresh == 1


def test_an_employee_asked_for_or_incomplete_here_is_due() -> None:
    """Signalled employees and those whose rows are lost are due however fresh they are."""
    reads = {name: read_ago(seconds=0) for name in "abc"}
    found = plan(reads, signalled={"b"}, incomplete={"c"})
    assert found.due == ["b", "c"]
    assert found.reasons == {"signalled": 1, "incomplete": 1}


def test_reads_are_planned_before_they_get_too_old() -> None:
    """With the last run an hour ago, who would pass a day before the next run is read now."""
    found = plan({"a": read_ago(hours=23.5), "b": read_ago(hours=1), "c": read_ago(hours=1)})
    assert found.due == ["a"]


def test_a_cap_keeps_the_most_urgent() -> None:
    """With a cap the never read come first, then changed states, then the stalest."""
    reads = {"old": read_ago(days=2), "new": Read(), "moved": Read(NOW, state_stamp=None)}
    found = plan(reads, max_reads=2)
    assert found.due == ["new", "moved"]
    assert found.capped == 1


def test_an_unreadable_employee_is_tried_again_after_the_age() -> None:
    """A failed attempt counts as an attempt: not due before max_age has passed."""
    fresh = Read(attempted_at=NOW - timedelta(hours=1), state_stamp=STAMP)
    stale = Read(attempted_at=NOW - timedelta(hours=30), state_stamp=STAMP)
    assert plan({"fresh": fresh, "stale": stale}).due == ["stale"]


def test_age_zero_reads_everybody() -> None:
    """badge_max_age = 0 makes all accepted employees due."""
    reads = {name: read_ago(seconds=0) for name in "abcd"}
    assert sorted(plan(reads, max_age=timedelta(0)).due) == ["a", "b", "c", "d"]


moments = st.integers(-200_000, 1_000).map(lambda s: NOW + timedelta(seconds=s))
any_read = st.builds(
    Read,
    read_at=st.none() | moments,
    attempted_at=st.none() | moments,
    state_stamp=st.sampled_from([STAMP, None, NOW]),
    baseline=st.booleans(),
)
any_reads = st.dictionaries(st.sampled_from([f"e{i}" for i in range(30)]), any_read)
ages = st.integers(0, 200_000).map(lambda s: timedelta(seconds=s))


@pytest.mark.property
@settings(max_examples=examples(166, 2_000), deadline=None)
@given(
    reads=any_reads,
    extra=st.sets(st.sampled_from([f"e{i}" for i in range(35)])),
    max_age=ages,
    cap=st.none() | st.integers(0, 40),
)
def test_a_plan_is_complete_and_bounded(
    reads: dict[str, Read], extra: set[str], max_age: timedelta, cap: int | None
) -> None:
    """Nobody is read twice, nobody who must be is left out, and the numbers add up."""
    accepted = dict.fromkeys({*reads, *extra}, STAMP)
    found = plan_reads(accepted, reads, NOW, max_age, signalled={"e3"}, max_reads=cap)
    assert len(set(found.due)) == len(found.due)
    assert set(found.due) <= set(accepted)
    assert len(found.due) + found.fresh + found.capped == len(accepted)
    assert sum(found.reasons.values()) == len(found.due)
    assert found.capped == 0 or len(found.due) == cap
    if cap is None:
        must = {e for e in accepted if e == "e3" or _must(reads.get(e), max_age)}
        assert must <= set(found.due)
        assert overdue(accepted, reads, NOW, max_age, found.due) == []


def _must(read: Read | None, max_age: timedelta) -> bool:
    if read is None:
        return True
    times = [at for at in (read.read_at, read.attempted_at) if at is not None and at <= NOW]
    return not times or read.state_stamp != STAMP or NOW - max(times) > max_age


@pytest.mark.parametrize("jitter", [0.0, 0.2], ids=["on time", "with jitter"])
@pytest.mark.parametrize("hours", [1, 6, 24], ids=["hourly", "six-hourly", "daily"])
def test_ten_days_keep_every_age_below_the_limit(hours: int, jitter: float) -> None:
    """Over ten days nobody is older than a day after a run, for little more than one read a day."""
    population, random = 1_000, Random(7)
    accepted = {f"e{i}": STAMP for i in range(population)}
    reads: dict[str, Read] = {}
    now, total, runs, peak = NOW, 0, 0, 0
    while now < NOW + 10 * DAY:
        found = plan_reads(accepted, reads, now, DAY)
        again = {e: Read(read_at=now, state_stamp=STAMP) for e in found.due}
        reads |= again
        assert overdue(accepted, reads, now, DAY, ()) == []
        assert plan_reads(accepted, reads, now, DAY).due == [], "a run again at once reads nobody"
        if runs:
            total += len(found.due)
            peak = max(peak, len(found.due))
        runs += 1
        now += timedelta(hours=hours) * (1 + jitter * (random.random() * 2 - 1))
    days = (now - NOW) / DAY
    assert total <= 1.25 * population * days
    if hours == 1:
        assert peak <= 0.15 * population, "an hourly schedule spreads the reads over the day"
