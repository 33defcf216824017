"""The file of pointers: whole lines or none, room for what is new, damage that costs one line."""

import tempfile
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tools.examples import examples
from workforce_source.sandbox import SettableClock
from workforce_source.signals.pointer_file import Full, PointerFile, read
from workforce_source.signals.pointers import Pointer, moment

NOW = datetime(2026, 11, 10, 8, tzinfo=UTC)


def pointer(number: int, at: datetime = NOW) -> Pointer:
    """A pointer."""
    return Pointer(f"event-{number}", "0f1e", "badge.created", at)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a file may be."""
    return tmp_path / "signals.jsonl"


def ids(path: Path) -> list[str]:
    """The ids of a file's pointers."""
    return [one.event_id for one in read(path)[0]]


def test_a_line_that_was_torn_does_not_take_the_next_with_it(path: Path) -> None:
    """Whoever appends next begins a line of its own; the torn one is counted as damaged."""
    file = PointerFile(path, 10_000, timedelta(days=1), now=lambda: NOW)
    file.append(pointer(1))
    whole = path.read_bytes()
    for length in (1, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole + whole[:length])
        assert read(path) == ([pointer(1)], 0)  # it may be being written
        file.append(pointer(2))
        pointers, damaged = read(path)
        # one that lacks nothing but its end is whole again
        assert [one.event_id for one in pointers][-1] == "event-2"
        assert len(pointers) + damaged == 3


@pytest.mark.property
@settings(max_examples=examples(60, 2000), deadline=None, database=None)
@given(st.data())
def test_damage_costs_the_lines_it_is_in_and_no_other(data: st.DataObject) -> None:
    """Bytes that were changed, cut out or put in: whatever is left whole is read as it was."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "signals.jsonl"
        file = PointerFile(path, 100_000, timedelta(days=1), now=lambda: NOW)
        for number in range(5):
            file.append(pointer(number))
        lines = path.read_bytes().splitlines(keepends=True)
        hurt = data.draw(st.integers(0, 4))
        lines[hurt] = data.draw(st.binary(max_size=1500))
        path.write_bytes(b"".join(lines))
        found = ids(path)
        after = [f"event-{number}" for number in range(hurt + 2, 5)]
        before = [f"event-{number}" for number in range(hurt)]
        assert found[: len(before)] == before
        assert found[len(found) - len(after) :] == after
        assert set(found) <= {f"event-{number}" for number in range(5)}


def test_no_pointer_is_from_after_it_was_received(path: Path) -> None:
    """Anybody may say that something will happen in a hundred years."""
    file = PointerFile(path, 10_000, timedelta(days=1), now=lambda: NOW)
    file.append(pointer(1, NOW + timedelta(days=36500)))
    file.append(pointer(2, NOW - timedelta(days=1)))
    assert [one.occurred_at for one in read(path)[0]] == [NOW, NOW - timedelta(days=1)]


def test_a_full_file_drops_what_is_old_and_nothing_else(path: Path) -> None:
    """At most once a minute; there is no room until something is old enough."""
    clock, seconds = SettableClock(NOW), [0.0]
    file = PointerFile(path, 800, timedelta(days=7), now=clock, monotonic=lambda: seconds[0])
    with suppress(Full):
        for number in range(20):
            file.append(pointer(number))
    assert 2 < len(ids(path)) < 20
    clock.advance(8 * 86400)
    with pytest.raises(Full):  # it was tried a moment ago
        file.append(pointer(100))
    seconds[0] += 61
    file.append(pointer(100))
    assert ids(path) == ["event-100"]
    assert not [one for one in path.parent.iterdir() if one.suffix == ".new"]


def test_a_file_that_cannot_be_read_is_no_empty_file(tmp_path: Path) -> None:
    """Whoever reads is told."""
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "signals.jsonl")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-10T08:00:00.000Z", NOW),
        ("2026-11-10T09:00:00+01:00", NOW),
        ("2026-11-10T08:00:00", None),
        ("2026-11-10", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59-14:00", None),
        ("1970-01-01T00:00:00Z", None),
        ("x" * 1000, None),
        (7, None),
        (None, None),
    ],
)
def test_a_time_is_a_text_with_a_zone(text: object, expected: datetime | None) -> None:
    """Anything else is none."""
    assert moment(text) == expected
