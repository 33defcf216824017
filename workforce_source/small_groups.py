"""How numbers of people are told where small groups are to be kept: in fives, and shares of those.

Pure decisions on single numbers, the same for the report, the console and whoever shows the marts.
What several of them tell together is in `report/complements.py`.
"""

from dataclasses import dataclass, replace
from typing import Final, Literal, get_args

SMALL: Final = 5
"""Fewer than so many people are never told apart."""
MANY: Final = 10**9
"""Above every number of people: an upper bound that says nothing."""
_STEP: Final = 5
_SHARED: Final = 20
"""Of fewer people no share is told: one step would be a third of them."""

Mode = Literal["hide", "round", "show"]
"""What is done about small groups."""
MODES: Final[tuple[Mode, ...]] = get_args(Mode)


@dataclass(frozen=True)
class Shown:
    """A number of people as it is shown.

    Attributes:
        low: The least it may be.
        high: The most it may be; `MANY` where nothing is said.
        rounded: What is calculated with: the number itself, or the nearest five.
    """

    low: int
    high: int
    rounded: int = 0

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
        """Whether it is fewer than five people, of whom more is not said."""
        return not self.exact and self.rounded == 0 and self.told

    @property
    def told(self) -> bool:
        """Whether anything is said."""
        return self.high < MANY

    @property
    def words(self) -> str:
        """As it is written: `12`, `1–2`, `<5`; `some` where nothing is said."""
        if self.exact:
            return f"{self.low:,}"
        if not self.told:
            return "some"
        if self.few:
            return f"{self.low}–{self.high}" if self.low else f"<{self.high + 1}"
        return f"{self.rounded:,}"


NONE: Final = Shown(0, 0, 0)
UNTOLD: Final = Shown(0, MANY, 0)
"""A number nothing is said of."""


@dataclass(frozen=True)
class Rule:
    """What is told of numbers of people.

    Attributes:
        mode: `round` tells nobody, one or two, and else the nearest five; `hide` tells fewer than
            five alike, nobody among them; `show` tells every number.
        smallest: Groups with fewer known people have no figures, unless everything is shown.
    """

    mode: Mode = "round"
    smallest: int = SMALL

    def __post_init__(self) -> None:
        """Refuse what no rule is made of."""
        if self.mode not in MODES or self.smallest < SMALL:
            raise ValueError(f"a mode is one of {', '.join(MODES)}, a group has {SMALL} or more")

    @property
    def exact(self) -> bool:
        """Whether every number is told to the person."""
        return self.mode == "show"

    @property
    def least(self) -> int:
        """How many known people a group needs to have figures."""
        # where fewer than five are told alike, five of five would be told to the person
        return max(self.smallest, SMALL + 1) if self.mode == "hide" else self.smallest

    def tells(self, known: int) -> bool:
        """Say whether anything is told of so many known people together."""
        return self.exact or known > self.least

    def count(self, people: int, of: int = MANY) -> Shown:
        """Get a number of people as it is shown.

        Args:
            people: The number.
            of: The most it could be, as everybody can tell: how many the group has. A number that
                could then be no other is told as if it were one less.
        """
        shown = self._count(people)
        if not shown.exact and SMALL <= of == shown.low:
            shown = self._count(people - 1)
        if shown.high == of - 1 and not self.exact and self._count(of).low == of:
            shown = replace(shown, high=of)
        return shown

    def _count(self, people: int) -> Shown:
        if self.exact or (people == 0 and self.mode == "round"):
            return Shown(people, people, people)
        if self.mode == "round" and people <= _STEP // 2:
            return Shown(1, _STEP // 2, 0)
        if self.mode == "hide" and people < SMALL:
            return Shown(0, SMALL - 1, 0)
        rounded = self.number(people)
        least = SMALL if self.mode == "hide" else 0
        return Shown(max(least, rounded - _STEP // 2), rounded + _STEP // 2, rounded)

    def number(self, people: int) -> int:
        """Get a number of people nothing has to be kept of, such as the size of a group."""
        return people if self.exact else (people + _STEP // 2) // _STEP * _STEP

    def percent(self, part: int, whole: int) -> int | None:
        """Get the share of one number as it is shown in another, in whole percent; None for none.

        Args:
            part: A number as it is shown (`Shown.rounded`).
            whole: The other (`number`).
        """
        if whole == 0 or (not self.exact and whole < _SHARED):
            return None
        return min(100, (200 * part + whole) // (2 * whole))

    def share(self, part: int, whole: int) -> str | None:
        """Get the same as it is written: a part is not rounded to nothing, nor to all."""
        percent = self.percent(part, whole)
        if percent is None:
            return None
        if part and percent == 0:
            return "<1%"
        return ">99%" if part < whole and percent == 100 else f"{percent}%"


SHOW: Final = Rule("show")
"""Every number as it is."""
