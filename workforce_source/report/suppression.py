"""What of one number may be shown, so that fewer than five people are never counted out.

Pure decisions on single numbers; what several of them tell together is in `complements.py`. The
promise that is kept by both is in `docs/report.md`.
"""

from dataclasses import dataclass
from typing import Final

SMALL: Final = 5
"""Fewer than so many people are never told apart."""
MANY: Final = 10**9
"""Above every number of people: an upper bound that says nothing."""
_STEPS: Final = (1, 2, 5, 10, 25)


@dataclass(frozen=True)
class Shown:
    """A number of people as it is shown: somewhere from `low` to `high`.

    Attributes:
        low: The least it may be.
        high: The most it may be; `MANY` where nothing is said.
        percent: From and below which percentage of the group; None where no share is told.
    """

    low: int
    high: int
    percent: tuple[int, int] | None = None

    @property
    def exact(self) -> bool:
        """Whether it is told to the person."""
        return self.low == self.high

    @property
    def one(self) -> bool:
        """Whether it is one person, and told so."""
        return self.low == self.high == 1

    @property
    def few(self) -> bool:
        """Whether it is 1 to 4 people, of whom more is not said."""
        return (self.low, self.high) == (1, SMALL - 1)

    def part(self, group: int) -> float:
        """Get which part of a group it is at least, for drawing; 0 where no share is told."""
        if self.exact:
            return self.low / group if group else 0
        return self.percent[0] / 100 if self.percent else 0


NONE: Final = Shown(0, 0)
FEW: Final = Shown(1, SMALL - 1)


def exactly(count: int) -> Shown:
    """Get a number as it is, for whoever may know it."""
    return Shown(count, count)


def depth(people: int, known: int) -> Shown:
    """Get how many of a group have a skill: nobody, 1 to 4, or 5 and more with a rounded share.

    The share is rounded down to a step that stands for at least five people, so that neither it nor
    the difference of two of them counts people.

    Args:
        people: How many have it.
        known: How many it is known of.
    """
    if people == 0:
        return NONE
    if people < SMALL:
        return FEW
    step = next((step for step in _STEPS if step * known >= SMALL * 100), None)
    if step is None:
        return Shown(SMALL, known)
    first = _place(SMALL, known, step)
    # what is left of the step that five people are in may be too narrow: it is one with the next
    joined = _last(first, known, step) - SMALL + 1 < SMALL
    place = _place(people, known, step)
    begin = first if joined and place == first + 1 else place
    end = first + 1 if joined and place == first else place
    low = max(SMALL, -(-begin * step * known // 100))
    return Shown(low, _last(end, known, step), (begin * step, (end + 1) * step))


def amount(count: int) -> Shown:
    """Get a number of people that has no group: in fives up to 100, then to two digits."""
    if count < SMALL:
        return FEW if count else NONE
    width = SMALL
    if count >= 100:
        width = 10 ** (len(str(count)) - 2)
    low = count - count % width
    return Shown(low, low + width - 1)


def _place(people: int, known: int, step: int) -> int:
    return min(people * 100 // (known * step), 100 // step - 1)


def _last(place: int, known: int, step: int) -> int:
    if place >= 100 // step - 1:
        return known
    return -(-(place + 1) * step * known // 100) - 1
