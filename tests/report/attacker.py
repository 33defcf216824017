"""Somebody who wants to know more than a report says: reads its HTML, and solves for the rest.

The attacker knows how numbers are rounded, every group with its size, which group is inside which,
and which badge stands for which skill; not who has a badge.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

from workforce_source.report import wording
from workforce_source.small_groups import Rule

Range = tuple[int, int]

STEPS = 100
"""Cases an attacker tells apart by hand before giving up on one number."""


@dataclass
class Table:
    """One table as it stands in the page: heads, and rows of cells, the first naming the row."""

    heads: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)


class Page(HTMLParser):
    """The tables of a page by name, and its text and attributes.

    Args:
        html: The page.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tables: dict[str, Table] = {}
        self.attributes: list[tuple[str, str, str]] = []
        self.words: list[str] = []
        self._table = Table()
        self._cell: list[str] | None = None
        self._hidden = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take the attributes; begin a table, a row or a cell."""
        given = {name: value or "" for name, value in attrs}
        self.attributes += [(tag, name, value) for name, value in given.items()]
        self._hidden = tag == "style"
        if tag == "table":
            self._table = Table()
        elif tag == "caption":
            self.tables[given["id"].removesuffix("-caption")] = self._table
        elif tag == "tr":
            self._table.rows.append([])
        elif tag in ("td", "th"):
            self._cell = []

    def handle_endtag(self, tag: str) -> None:
        """End a cell or the head of a table."""
        if tag in ("td", "th") and self._cell is not None:
            self._table.rows[-1].append(" ".join("".join(self._cell).split()))
            self._cell = None
        elif tag == "thead":
            self._table.heads = self._table.rows.pop()

    def handle_data(self, data: str) -> None:
        """Take text."""
        if self._cell is not None:
            self._cell.append(data)
        if not self._hidden:
            self.words.append(data)

    @property
    def text(self) -> str:
        """All text of the page."""
        return " ".join(" ".join(self.words).split())


def behind(text: str, most: int, written: Callable[[int], str]) -> Range:
    """The least and the most a number may be that is written like this."""
    fitting = [number for number in range(most + 1) if written(number) == text]
    assert fitting, f"nothing is written as {text!r}"
    assert fitting == list(range(fitting[0], fitting[-1] + 1))
    return fitting[0], fitting[-1]


RULE = Rule()


def cell(text: str, known: int, rule: Rule = RULE) -> Range:
    """What a cell of a heat map may stand for: a share and a number, or one of them."""

    def written(n: int) -> str:
        shown, of = rule.count(n, known), rule.number(known)
        if shown.high == 0 or shown.few or of < 20:
            return wording.people(shown)
        return f"{wording.share(shown, of)} {wording.people(shown)}"

    return behind(text, known, written)


def share(text: str, known: int, rule: Rule = RULE) -> Range:
    """What a share of a group may stand for."""
    return behind(text, known, lambda n: wording.share(rule.count(n, known), rule.number(known)))


def bounded(text: str, known: int, rule: Rule = RULE) -> Range:
    """What a number of the known people of a group may stand for."""
    if text == "some":
        return 1, known
    if text == "0":
        return 0, 0
    return behind(text, known, lambda n: wording.people(rule.count(n, known)))


def number(text: str, most: int, rule: Rule = RULE) -> Range:
    """What a number of people may stand for; `some` is any from one on."""
    if text == "some":
        return 1, most
    return behind(text, most, lambda n: wording.people(rule.count(n)))


@dataclass(frozen=True)
class Equation:
    """Parts that make a whole."""

    whole: str
    parts: tuple[str, ...]


class System:
    """What an attacker knows of some numbers, and what follows from it, exactly.

    Args:
        ranges: The least and the most each number may be.
        equations: What adds up.
        at_most: Pairs of which the first is never more than the second.
    """

    def __init__(
        self,
        ranges: Mapping[str, Range],
        equations: Iterable[Equation] = (),
        at_most: Iterable[tuple[str, str]] = (),
    ) -> None:
        self._ranges = dict(ranges)
        self._equations = list(equations)
        self._at_most = list(at_most)
        self._steps = STEPS

    def open(self, name: str, truth: int) -> bool:
        """Whether a number could be another than it is: some whole solution has another there.

        Args:
            name: The number.
            truth: What it is.
        """
        start = self._narrow(self._ranges)
        assert start is not None, "the page contradicts itself"
        low, high = start[name]
        assert low <= truth <= high, f"{name} is {truth}, the page says {low} to {high}"
        # the nearest first: most often one of them is possible
        others = sorted(set(range(low, high + 1)) - {truth}, key=lambda n: abs(n - truth))
        self._steps = STEPS
        return any(self._solvable({**start, name: (n, n)}) for n in others)

    def _solvable(self, ranges: dict[str, Range]) -> bool:
        self._steps -= 1
        if self._steps < 0:
            return True  # more than so many cases to tell apart: the attacker gives up
        narrowed = self._narrow(ranges)
        if narrowed is None:
            return False
        free = [name for name, (low, high) in narrowed.items() if low < high]
        if not free:
            return True
        name = min(free, key=lambda n: narrowed[n][1] - narrowed[n][0])
        low, high = narrowed[name]
        return any(self._solvable({**narrowed, name: (n, n)}) for n in range(low, high + 1))

    def _narrow(self, ranges: Mapping[str, Range]) -> dict[str, Range] | None:
        found = dict(ranges)
        changed = True
        while changed:
            before = dict(found)
            for equation in self._equations:
                lows = sum(found[part][0] for part in equation.parts)
                highs = sum(found[part][1] for part in equation.parts)
                low, high = found[equation.whole]
                low, high = max(low, lows), min(high, highs)
                found[equation.whole] = low, high
                for part in equation.parts:
                    least, most = found[part]
                    found[part] = max(least, low - highs + most), min(most, high - lows + least)
            for less, more in self._at_most:
                found[less] = found[less][0], min(found[less][1], found[more][1])
                found[more] = max(found[more][0], found[less][0]), found[more][1]
            if any(low > high for low, high in found.values()):
                return None
            changed = found != before
        return found
