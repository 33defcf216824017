"""Random histories with random signals beside the same without: the same rows, and nobody older.

`pytest tests/sync/test_signal_histories.py` plays one, `-m search` four, `-m long` a hundred.
"""

from datetime import timedelta
from random import Random
from typing import Any

import pytest

from tests.tools.compare import VOLATILE, Rows, differences
from tests.tools.histories import History
from workforce_source.sandbox import Options
from workforce_source.sandbox.churn import KINDS
from workforce_source.signals.pointer_file import PointerFile
from workforce_source.signals.pointers import Pointer
from workforce_source.tables import TABLE_BY_NAME

KEPT_WITHOUT_HOLDERS = ("badge_templates", "badge_template_skills")
"""Tables of which a mirror keeps what it happened to see while somebody held it."""
LATE = 20_000.0
"""Seconds at most that an event is late."""


class Signalled:
    """A history whose runs heed signals of every kind, and a twin that loads the same without.

    Args:
        seed: Decides everything.
    """

    def __init__(self, seed: int) -> None:
        self.rng = rng = Random(seed)
        options = Options(
            page_size=rng.choice([3, 50]), events_order=rng.choice(["newest", "oldest"])
        )
        self.history = History(rng.randrange(4, 30), seed, options=options)
        self.twin = History(0)
        self.twin.sandbox.stop()
        self.twin.sandbox, self.twin.clock = self.history.sandbox, self.history.clock
        self.path = self.history.folder / "signals.jsonl"
        self.file = PointerFile(
            self.path, 10**6, timedelta(days=30), now=lambda: self.history.clock.now
        )
        self.age = rng.choice(["24h", "7d"])
        plain: dict[str, Any] = {"badge_max_age": self.age, **self.history.sandbox.settings}
        self.twin.settings |= plain
        self.history.settings |= plain
        sources = rng.choice([["events"], [str(self.path)], ["events", str(self.path)]])
        self.history.settings |= {
            "refresh_from": sources,
            "max_signal_reads": rng.choice([None, 1, 3]),
            "signal_events": rng.choice([["badge.*"], ["*"]]),
        }
        self.sent = 0

    def close(self) -> None:
        """Leave nothing behind."""
        self.twin.close()
        self.history.close()

    def churn(self) -> None:
        """The organization lives on; some of it is announced, some late, twice, or not at all."""
        rng, sandbox = self.rng, self.history.sandbox
        sandbox.faults.set(
            unannounced_share=rng.choice([0.0, 0.5, 1.0]),
            late_event_share=rng.choice([0.0, 0.5]),
            late_event_seconds=rng.random() * LATE,
            doubled_event_share=rng.choice([0.0, 0.5]),
        )
        names = rng.sample(sorted(KINDS), 4)
        sandbox.churn({name: rng.randrange(1, 4) for name in [*names, "new_badges"]})

    def receive(self) -> None:
        """Some pointers come in: real ones, late, twice, in any order, with lies; and forged."""
        rng, now = self.rng, self.history.clock.now
        own = self.history.sandbox.organization_id
        known = self.history.sandbox._organization.events.known(now, 1e9)
        for event in rng.sample(known, min(len(known), rng.randrange(6))):
            at = rng.choice([event.occurred_at, now, now - timedelta(days=9)])
            self.file.append(Pointer(event.id, own, event.event_type, at))
        for _ in range(rng.randrange(4)):
            self.sent += 1
            whose = rng.choice([own, own, "another"])
            self.file.append(Pointer(f"forged-{self.sent}", whose, "badge.created", now))
        if rng.random() < 0.2:
            with self.path.open("ab") as file:
                file.write(rng.randbytes(rng.randrange(40)))

    def run(self) -> None:
        """A run of both; what the contract says holds for the one that heeds signals."""
        summary = self.history.run()
        if summary.exit_code == 5:
            self.history.run(allow_removals=True)
        self.twin.load(allow_removals=True, allow_changes=True)

    def play(self, steps: int) -> None:
        """Let things happen, and runs come in between; then compare."""
        self.run()
        for _ in range(steps):
            self.churn()
            self.history.clock.advance(self.rng.choice([60, 3600, 3600, 40_000]))
            self.receive()
            self.run()
        for mirror in (self.history, self.twin):
            mirror.load(badge_max_age="0", allow_removals=True, allow_changes=True)
        truth = self.history.sandbox.truth()
        assert differences(self.history.pipeline(), truth) == []
        assert differences(self.twin.pipeline(), truth) == []
        with_signals, without = self.history.data(), self.twin.data()
        for name, rows in with_signals.items():
            if name not in KEPT_WITHOUT_HOLDERS:
                assert values(name, rows) == values(name, without[name]), name


def values(name: str, rows: Rows) -> Rows:
    """What rows say; not when it was seen first, nor what changes at any time."""
    columns = [c.name for c in TABLE_BY_NAME[name].columns if (name, c.name) not in VOLATILE]
    return {key: {c: row[c] for c in columns} for key, row in rows.items()}


def play(seed: int, steps: int) -> None:
    """One history."""
    signalled = Signalled(seed)
    try:
        signalled.play(steps)
    finally:
        signalled.close()


@pytest.mark.search  # in the normal run, each kind of signal
@pytest.mark.parametrize(
    "seed", [1, *(pytest.param(seed, marks=pytest.mark.search) for seed in range(2, 6))]
)
def test_signals_change_when_badges_are_read_and_nothing_else(seed: int) -> None:
    """Every table is what it is without signals; nobody's badges are older than they may be."""
    play(seed, steps=1 if seed == 1 else 6)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 200))
def test_signals_change_nothing_else_in_the_long_run(seed: int) -> None:
    """A hundred more."""
    play(seed, steps=10)
