"""Whose badges are read before their age says so: what events lead to, and what becomes of them.

A signal decides when badges are read, and nothing else: no row is made of an event. Whatever is
forged, doubled, late or lost costs a request or a delay, and no more.

What may not be in here: where it is remembered which events were asked for, and age.
"""

import threading
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final

from workforce_source.client import Record
from workforce_source.endpoints import EVENT, EVENTS
from workforce_source.exceptions import ConfigError, NotReadable, Stopped, WorkforceError
from workforce_source.freshness import Read
from workforce_source.signals.pointer_file import read
from workforce_source.signals.pointers import Pointer, moment
from workforce_source.sync.context import BRIEFLY, Context
from workforce_source.sync.employees import GONE, ListedEmployee
from workforce_source.sync.event_people import people_of

LIST: Final = "events"
"""The source that is the API's list."""
SETTLED: Final = timedelta(minutes=10)
"""How far the clocks of the API and of this machine may be apart, and the API behind itself."""
FEWEST: Final = 50
"""Events a run may ask for, however few badges are due: what a page of the list holds."""
SHARE: Final = 10
"""Unless said otherwise, a run asks for one event where so many badge reads are due."""
PAGE: Final = 50
"""Events on a page."""
REFUSALS: Final = 5
"""Events that were not answered, after which no more are asked for in a run."""
USUAL: Final = ("badge.*",)
"""Types of events that lead to somebody's badges, as far as any page names them."""


@dataclass
class Remembered:
    """What is known from earlier runs.

    Attributes:
        asked: When each event occurred that need not be asked for again, by its id.
        reached: All events the list told of before were asked for; None where it was never read.
    """

    asked: dict[str, datetime] = field(default_factory=dict)
    reached: datetime | None = None


@dataclass(frozen=True)
class _Answered:
    """What became of one event.

    Attributes:
        outcome: What is counted, where it leads nowhere.
        record: The event, where it may lead to somebody.
        done: Whether it need not be asked for again.
    """

    outcome: str = ""
    record: Record | None = None
    done: bool = True


class Signals:
    """The signals of one run.

    Args:
        remembered: What is known from earlier runs; changed in place.

    Attributes:
        remembered: The same.
        since: What occurred before has been seen by a read of everybody; None before `find`.
        counts: What became of pointers and events.
        other_types: Pointers whose type no pattern of `signal_events` fits, by type.
        notes: Sources that could not be read, a sentence each.
    """

    def __init__(self, remembered: Remembered) -> None:
        self.remembered = remembered
        self.since: datetime | None = None
        self.counts: Counter[str] = Counter()
        self.other_types: Counter[str] = Counter()
        self.notes: list[str] = []
        self._now: datetime
        self._refused = 0
        self._counting = threading.Lock()
        self._open: dict[str, tuple[datetime, str | None]] = {}
        self._reached: datetime | None = None

    def find(
        self,
        context: Context,
        listed: Mapping[str, ListedEmployee],
        accepted: Collection[str],
        due: int,
    ) -> set[str]:
        """Ask for the events that are new and get the ids of the employees they lead to.

        Args:
            context: The run.
            listed: Every employee on the list.
            accepted: Those whose badges can be read.
            due: How many badge reads are due without signals.
        """
        settings, reads = context.settings, context.memory.reads
        self._now = context.clock.now()
        most = settings.max_signal_reads
        most = max(FEWEST, due // SHARE) if most is None else most
        read = (reads[i].read_at for i in accepted if i in reads)
        oldest = min((at for at in read if at is not None and at <= self._now), default=None)
        if not most or oldest is None or due >= len(accepted):
            return set()  # whoever is to be read is read in any case
        self.since = since = oldest - SETTLED
        pointers = self._new(self._listed(context, since, most), context, since)
        listed_ids = {pointer.event_id for pointer in pointers}
        received = self._new(self._received(context), context, since)
        pointers += [pointer for pointer in received if pointer.event_id not in listed_ids]
        taken, waiting = pointers[:most], pointers[most:]
        self.counts["new"] += len(pointers)
        self.counts["waiting"] += len(waiting)
        found: set[str] = set()
        left, told = list(waiting), list[tuple[Pointer, Record]]()
        done = 0
        answers = context.each(
            lambda pointer: self._ask(context, pointer),
            taken,
            on_look=lambda: context.progress(EVENT.name, done, len(taken)),
        )
        for done, (pointer, answered) in enumerate(answers, 1):
            context.progress(EVENT.name, done, len(taken))
            if answered.record is not None:
                told.append((pointer, answered.record))
                continue
            self.counts[answered.outcome] += 1
            if answered.done:
                self._open[pointer.event_id] = self._at(pointer), None
            else:
                left.append(pointer)
        people = people_of((record for _, record in told), listed)
        for (pointer, record), employee_id in zip(told, people, strict=True):
            whose = employee_id if employee_id in accepted else None
            outcome = "nobody"
            if whose is not None and self._read_since(pointer, record, reads.get(whose)):
                whose, outcome = None, "read since"
            if whose is not None:
                found.add(whose)
            else:
                self.counts[outcome] += 1
            self._open[pointer.event_id] = self._at(pointer), whose
        if self._reached is not None:
            # what was received stays where it is, and holds up no list
            open_at = [self._at(pointer) for pointer in left if pointer.event_id in listed_ids]
            self._reached = min([self._reached, *open_at])
        if self._refused >= REFUSALS:
            self.notes.append(
                f"Events were not answered ({EVENT.path}); no more than {REFUSALS} were tried. The"
                " token or scope may cover the list of events only; badges are read by their age."
            )
        self.counts["employees"] += len(found)
        return found

    def settle(self, read: Collection[str]) -> None:
        """Take note of whose badges the run asked for: their events need not be asked for again.

        Args:
            read: Employee ids.
        """
        for event_id, (at, employee_id) in self._open.items():
            if employee_id is None or employee_id in read:
                self.remembered.asked[event_id] = at
            elif self._reached is not None:
                self._reached = min(self._reached, at)
        if self._reached is not None:
            self.remembered.reached = self._reached

    def _at(self, pointer: Pointer) -> datetime:
        """Get when an event occurred, as far as that can be: nothing is yet to come."""
        return min(pointer.occurred_at, self._now)

    def _new(self, pointers: Iterable[Pointer], context: Context, since: datetime) -> list[Pointer]:
        """Get the pointers to be asked for, what occurred first before all others."""
        own = context.settings.organization_id.lower()
        patterns = context.settings.signal_events or USUAL
        found: dict[str, Pointer] = {}
        for pointer in pointers:
            if pointer.organization_id != own:
                self.counts["other organization"] += 1
            elif not any(fnmatchcase(pointer.event_type, pattern) for pattern in patterns):
                self.other_types[pointer.event_type] += 1
            elif self._at(pointer) >= since and pointer.event_id not in self.remembered.asked:
                # anybody may repeat an id with another time
                other = found.setdefault(pointer.event_id, pointer)
                found[pointer.event_id] = max(other, pointer, key=self._at)
        return sorted(found.values(), key=self._at)

    def _listed(self, context: Context, since: datetime, most: int) -> Iterator[Pointer]:
        """Get the pointers of the API's list, as far back as earlier runs have not been."""
        if LIST not in (context.settings.refresh_from or ()):
            return
        known, back = self.remembered, since
        if known.reached is not None:
            back = max(since, known.reached - SETTLED)
        pages, walked, times = 2 * (1 + most // PAGE), 0, [self._now]
        newest: list[datetime] = []
        try:
            for pointers, damaged in _pages(context, pages):
                self.counts["damaged"] += damaged
                yield from pointers
                walked += 1
                times = [self._at(pointer) for pointer in pointers]
                newest = [max(newest + times)] if newest + times else []
                if min(times, default=self._now) < back:
                    break
        except Stopped:
            raise
        except WorkforceError as error:
            # 403 and 404 of a list are errors of the whole run; of this one they are not
            status = getattr(error, "status", None)
            said = f"answered {status}" if status else "could not be read"
            if isinstance(error, ConfigError):
                said = "was not found"
            self.notes.append(
                f"The list of events {said} ({EVENTS.path}): the account may have none, or the"
                " token or scope may not cover it. Badges are read by their age."
            )
            return
        whole = walked < pages or min(times, default=self._now) < back
        # of more than a run reads, the next one tries to come as far back
        self._reached = (None if whole else known.reached) or max(newest, default=known.reached)

    def _received(self, context: Context) -> Iterator[Pointer]:
        """Get the pointers of the files of receivers."""
        for name in context.settings.refresh_from or ():
            if name == LIST:
                continue
            try:
                pointers, damaged = read(Path(name))
            except OSError as error:
                self.notes.append(
                    f"{Path(name).name} of refresh_from cannot be read ({type(error).__name__}):"
                    " look at the receiver. Badges are read by their age."
                )
                continue
            self.counts["damaged"] += damaged
            yield from pointers

    def _ask(self, context: Context, pointer: Pointer) -> _Answered:
        """Ask for one event."""
        if self._refused >= REFUSALS:
            return _Answered("waiting", done=False)
        try:
            record = context.client.event(pointer.event_id, BRIEFLY)
        except Stopped:
            raise
        except WorkforceError as error:
            if isinstance(error, NotReadable) and error.status in GONE:
                # what is told so soon, the API may not know yet itself
                done = self._now - self._at(pointer) > SETTLED
                return _Answered("unknown", done=done)
            with self._counting:
                self._refused += 1
            return _Answered("not answered", done=False)
        own = context.settings.organization_id.lower()
        whose = record.get("organization_id")
        if isinstance(whose, str) and whose.lower() != own:
            return _Answered("other organization")
        return _Answered(record=record)

    def _read_since(self, pointer: Pointer, record: Record, known: Read | None) -> bool:
        """Tell whether somebody's badges were read after an event."""
        occurred_at = moment(record.get("occurred_at")) or pointer.occurred_at
        read_at = known.read_at if known is not None else None
        return read_at is not None and occurred_at + SETTLED < read_at <= self._now


def _pages(context: Context, most: int) -> Iterator[tuple[list[Pointer], int]]:
    """Get pages of the list, the newest events first, each with how many are no pointers.

    The page does not say which come first, so the first page is looked at.
    """
    page = context.client.page(EVENTS, 1, within=BRIEFLY)
    pointers, damaged = _pointers(page.records)
    times = [pointer.occurred_at for pointer in pointers]
    oldest_first = len(times) > 1 and times == sorted(times) and times[0] != times[-1]
    numbers: Iterable[int] = range(2, min(page.total_pages, most) + 1)
    if oldest_first:
        numbers = range(page.total_pages, max(1, page.total_pages - most), -1)
    if not oldest_first:
        yield pointers, damaged
    for number in numbers:
        yield _pointers(context.client.page(EVENTS, number, within=BRIEFLY).records)
    if oldest_first and page.total_pages <= most:
        yield pointers, damaged


def _pointers(records: list[Record]) -> tuple[list[Pointer], int]:
    found = [pointer for record in records if (pointer := Pointer.of(record)) is not None]
    return found, len(records) - len(found)
