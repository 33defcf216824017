"""Slips of the keyboard: words that are another one but for a letter or two.

What may not be in here: names of several words, and which of the words is right.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final

_SHORT: Final = 5
"""Letters a word needs to be taken for a slip of another."""
_LONG: Final = 10
"""Letters from which it may be two slips."""
_TELLING: Final = (
    *("", "ante", "anti", "auto", "bi", "co", "contra", "de", "dis", "down", "ecto", "en", "endo"),
    *("epi", "ex", "exo", "extra", "hetero", "homo", "hyper", "hypo", "il", "im", "in", "infra"),
    *("inter", "intra", "intro", "ir", "macro", "mal", "meta", "micro", "mid", "mis", "mono"),
    *("multi", "non", "off", "on", "ortho", "out", "over", "per", "peri", "poly", "post", "pre"),
    *("pro", "pseudo", "quasi", "re", "semi", "sub", "super", "tele", "trans", "tri", "ultra"),
    *("un", "under", "uni", "up"),
)
"""Beginnings that make another word of one: macroeconomics, microeconomics."""


def slip(one: str, other: str) -> int:
    """Count the letters that may be slips between two words; 0 where they are two words.

    A first letter, and a last one that was changed, are rarely slips: `trainer` and `trainee`.
    """
    shorter = min(len(one), len(other))
    if shorter < _SHORT or one[0] != other[0] or not (one.isalpha() and other.isalpha()):
        return 0
    if len(one) == len(other) and one[:-1] == other[:-1]:
        return 0
    if any(
        one.startswith(p) and f"{q}{one[len(p) :]}" == other for p in _TELLING for q in _TELLING
    ):
        return 0
    allowed = 2 if shorter >= _LONG else 1
    found = distance(one, other, allowed)
    return found if found <= allowed else 0


class Spelling:
    """Words that may be meant by a slip.

    Args:
        words: All of them.
    """

    def __init__(self, words: Iterable[str]) -> None:
        self._by_part: dict[str, list[str]] = defaultdict(list)
        for word in words:
            if len(word) >= _SHORT and word.isalpha():
                for part in _parts(word):
                    self._by_part[part].append(word)

    def meant(self, word: str) -> list[str]:
        """Get the words that a word may be a slip of."""
        if len(word) < _SHORT or not word.isalpha():
            return []
        found = {other for part in _parts(word) for other in self._by_part.get(part, ())}
        return sorted(other for other in found if other != word and slip(word, other))


def _parts(word: str) -> Iterator[str]:
    """Get a word, and it without any one of its letters: what slips have in common."""
    yield word
    for place in range(1, len(word)):
        yield word[:place] + word[place + 1 :]


def distance(one: str, other: str, limit: int) -> int:
    """Count the letters to add, drop, change or swap; more than `limit` is `limit` + 1."""
    if abs(len(one) - len(other)) > limit:
        return limit + 1
    before: list[int] = []
    above: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        before, above, row = above, row, [i]
        for j, b in enumerate(other, 1):
            cost = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return limit + 1
    return min(row[-1], limit + 1)
