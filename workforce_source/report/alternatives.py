"""What follows from numbers that add up, and whether other numbers would look the same.

Pure arithmetic on ranges; which numbers these are is not known here.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from workforce_source.small_groups import Shown

_TRIES: Final = 300
"""Changes tried for one number; where none of them does, it counts as told."""


@dataclass(frozen=True)
class Sum:
    """What adds up: the parts make the whole, to the person."""

    whole: Hashable
    parts: tuple[Hashable, ...]


def narrowed(
    ranges: Mapping[Hashable, Shown], sums: Iterable[Sum]
) -> dict[Hashable, tuple[int, int]]:
    """Get what is left of ranges when each sum is used to narrow its whole and its parts.

    This is what somebody can conclude who subtracts what is shown from the totals shown, as often
    as it helps. Numbers that contradict each other, as of marts that changed while they were read,
    all count as told, so that what is small among them is not shown.
    """
    found: dict[Hashable, tuple[int, int]] = {n: (r.low, r.high) for n, r in ranges.items()}
    sums = list(sums)
    of: dict[Hashable, list[int]] = defaultdict(list)
    for place, one in enumerate(sums):
        for node in (one.whole, *one.parts):
            of[node].append(place)
    # only what a number that changed is part of can change again
    waiting = dict.fromkeys(range(len(sums)))
    while waiting:
        place = next(iter(waiting))
        del waiting[place]
        one = sums[place]
        ranges_of_parts = [found[part] for part in one.parts]
        lows = sum(low for low, _ in ranges_of_parts)
        highs = sum(high for _, high in ranges_of_parts)
        low, high = found[one.whole]
        low, high = max(low, lows), min(high, highs)
        new = [(one.whole, low, high)]
        below, above = low - highs, high - lows
        for part, (least, most) in zip(one.parts, ranges_of_parts, strict=True):
            if below + most > least or above + least < most:
                new.append((part, max(least, below + most), min(most, above + least)))
        for node, low, high in new:
            if low > high:
                return dict.fromkeys(found, (0, 0))  # narrowing them would never end
            if found[node] != (low, high):
                found[node] = low, high
                waiting.update(dict.fromkeys(of[node]))
    return found


@dataclass(frozen=True)
class Cover:
    """What is the people of some others together, who may be the same people.

    Attributes:
        whole: Never more than all others together.
        parts: The others.
        inside: Those of them that are never more than the whole.
    """

    whole: Hashable
    parts: tuple[Hashable, ...]
    inside: tuple[Hashable, ...]


def tightened(
    ranges: Mapping[Hashable, Shown], covers: Iterable[Cover]
) -> dict[Hashable, tuple[int, int]]:
    """Get what is left of ranges when each cover is used to narrow its whole and its parts."""
    found = {node: (shown.low, shown.high) for node, shown in ranges.items()}
    covers = list(covers)
    changed = True
    while changed:
        changed = False
        for one in covers:
            low, high = found[one.whole]
            lows = max((found[part][0] for part in one.inside), default=0)
            highs = sum(found[part][1] for part in one.parts)
            new = {one.whole: (max(low, lows), min(high, highs))}
            for part in one.inside:
                new[part] = found[part][0], min(found[part][1], high)
            for part in one.parts:
                least, most = new.get(part, found[part])
                new[part] = max(least, low - highs + found[part][1]), most
            if any(low > high for low, high in new.values()):
                return dict.fromkeys(found, (0, 0))  # of marts that changed while they were read
            if any(found[node] != range_ for node, range_ in new.items()):
                found.update(new)
                changed = True
    return found


class Alternatives:
    """Other numbers that stay in the same ranges and add up as well.

    Ranges narrowed by one sum after the other do not show everything that follows from sums which
    share parts; a second solution does show that a number cannot follow from them.

    Args:
        ranges: From and up to what each number is shown.
        sums: What adds up.
        truth: What the numbers are.
    """

    def __init__(
        self,
        ranges: Mapping[Hashable, Shown],
        sums: Iterable[Sum],
        truth: Mapping[Hashable, int],
    ) -> None:
        self._ranges = ranges
        self._truth = truth
        self._signs: list[dict[Hashable, int]] = []
        self._sums_of: dict[Hashable, list[int]] = defaultdict(list)
        for place, one in enumerate(sums):
            signs = {one.whole: -1, **dict.fromkeys(one.parts, 1)}
            self._signs.append(signs)
            for node in signs:
                self._sums_of[node].append(place)
        self._tries = 0
        # numbers that are parts of the same sums: one may go up and another down
        self._alike = {
            node: tuple((place, self._signs[place][node]) for place in places)
            for node, places in self._sums_of.items()
        }
        self._can: Counter[tuple[tuple[tuple[int, int], ...], int]] = Counter(
            (alike, step)
            for node, alike in self._alike.items()
            for step in (1, -1)
            if self._allows(node, step)
        )

    def exist(self, node: Hashable) -> bool:
        """Say whether a number could be one more or one less, with others changed to match."""
        alike = self._alike.get(node)
        for step in (1, -1):
            if alike is not None and self._allows(node, step):
                partners = self._can[alike, -step] - self._allows(node, -step)
                if partners > 0:
                    return True
        self._tries = _TRIES
        return any(self._change({}, {}, node, step) for step in (1, -1))

    def _change(
        self, steps: dict[Hashable, int], off: dict[int, int], node: Hashable, step: int
    ) -> bool:
        self._tries -= 1
        if self._tries < 0 or not self._allows(node, step):
            return False
        steps, off = {**steps, node: step}, dict(off)
        for place in self._sums_of[node]:
            off[place] = off.get(place, 0) + self._signs[place][node] * step
            if not off[place]:
                del off[place]
        if not off:
            return True
        return any(self._change(steps, off, other, by) for other, by in self._mending(steps, off))

    def _allows(self, node: Hashable, step: int) -> bool:
        shown = self._ranges[node]
        return shown.low <= self._truth[node] + step <= shown.high

    def _mending(
        self, steps: Mapping[Hashable, int], off: Mapping[int, int]
    ) -> list[tuple[Hashable, int]]:
        """The changes that can make up for a sum that is off; first those that leave least off."""
        choices: list[tuple[Hashable, int]] | None = None
        for place, by in off.items():
            signs = self._signs[place]
            found = [
                (node, -by * sign)
                for node, sign in signs.items()
                if node not in steps
                and self._ranges[node].low
                <= self._truth[node] - by * sign
                <= self._ranges[node].high
            ]
            if choices is None or len(found) < len(choices):
                choices = found

        def left_off(choice: tuple[Hashable, int]) -> int:
            node, step = choice
            return sum(
                1 if off.get(s, 0) + self._signs[s][node] * step else -1
                for s in self._sums_of[node]
            )

        return sorted(choices or [], key=left_off)


def stay_open(
    ranges: Mapping[Hashable, Shown],
    sums: Sequence[Sum],
    truth: Mapping[Hashable, int],
    secrets: Iterable[Hashable],
) -> bool:
    """Say whether none of some numbers can be worked out from what is shown.

    Args:
        ranges: From and up to what each number is shown.
        sums: What adds up.
        truth: What the numbers are.
        secrets: Those that must not be worked out.
    """
    secrets = list(secrets)
    if not secrets:
        return True
    left = narrowed(ranges, sums)
    if any(left[secret][0] == left[secret][1] for secret in secrets):
        return False
    others = Alternatives(ranges, sums, truth)
    return all(others.exist(secret) for secret in secrets)
