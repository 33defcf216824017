"""How alike the names of two skills are, and which names of many are like one.

Letters and words only; what becomes of names that are alike is not decided here.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Final

from workforce_source.skills.slips import Spelling, slip
from workforce_source.skills.words import FILLERS, Form, forms_of

THRESHOLD: Final = 0.88
"""From which score on names are proposed: chosen by `tests/skills/labelled.csv`, docs/skills.md."""
_PUNCTUATION, _SPELLING, _ORDER, _PLURAL = 0.01, 0.02, 0.03, 0.03
_FILLER, _BRACKET = 0.04, 0.06
"""What each difference takes from a score of 1; a slip, its share of the word's letters."""
_DIFFERENT_WORDS: Final = 2
_CORRECTIONS: Final = 8


@dataclass(frozen=True)
class Likeness:
    """How alike two names are.

    Attributes:
        score: 1 for the same, 0 for names that have nothing to do with one another.
        why: What differs.
    """

    score: float
    why: str


UNLIKE: Final = Likeness(0.0, "")


def likeness(one: str, other: str) -> Likeness:
    """Say how alike two skill keys are.

    Digits, `+` and `#` tell skills apart (Python 2 and 3, C and C++), so they must be equal.
    """
    found = (_of_forms(a, b) for a in forms_of(one) for b in forms_of(other))
    return max(found, key=lambda each: each.score, default=UNLIKE)


class Names:
    """Names of skills to look in for those like another.

    Args:
        keys: The names as skill keys.

    Attributes:
        words: How many names each word is in, by its stem.
    """

    def __init__(self, keys: Iterable[str]) -> None:
        self.words: Counter[str] = Counter()
        self._found: dict[object, list[str]] = defaultdict(list)
        for key in keys:
            forms = forms_of(key)
            for form in forms:
                for place in {form.joined, form.joined_stems, form.stems}:
                    self._found[place].append(key)
            self.words.update({word.stem for word in forms[0].words})
        self._spelling = Spelling(self.words)

    def like(
        self, key: str, is_word: Callable[[str], bool], threshold: float = THRESHOLD
    ) -> dict[str, Likeness]:
        """Get the names that are like one, itself left out.

        Args:
            key: The one.
            is_word: Whether a word is one, by its stem, and so no slip of another.
            threshold: The least score.
        """
        found: dict[str, Likeness] = {}
        for form in forms_of(key):
            for place in (form.joined, form.joined_stems, *self._meant(form, is_word)):
                for other in self._found.get(place, ()):
                    if other != key and other not in found:
                        found[other] = likeness(key, other)
        return {other: each for other, each in found.items() if each.score >= threshold}

    def _meant(self, form: Form, is_word: Callable[[str], bool]) -> Iterator[tuple[str, ...]]:
        """Get the words of a name, and those it may have been meant to have."""
        choices = []
        for word in form.core:
            known = word.telling or is_word(word.stem)
            meant = [] if known else self._spelling.meant(word.stem)[:_CORRECTIONS]
            choices.append([word.stem, *meant])
        if sum(len(choice) > 1 for choice in choices) > _DIFFERENT_WORDS:
            choices = [choice[:1] for choice in choices]
        for words in product(*choices):
            yield tuple(sorted(words))


def _of_forms(one: Form, other: Form) -> Likeness:
    if not one.words or not other.words:
        return UNLIKE
    lost, why = 0.0, []
    if one.bracket and other.bracket:
        # two explanations must have something in common
        shared = {w.stem for w in one.bracket} & {w.stem for w in other.bracket}
        if not shared:
            return UNLIKE
    if not (one.whole and other.whole):
        lost += _BRACKET * (bool(one.bracket) + bool(other.bracket)) or _PUNCTUATION
        why.append("brackets")
    if one.joined == other.joined:
        return _scored(lost or _PUNCTUATION, why or ["punctuation"])
    if one.joined_stems == other.joined_stems and len(one.words) != len(other.words):
        return _scored(lost + _PUNCTUATION + _PLURAL, [*why, "punctuation", "plural"])
    left, right = list(one.words), list(other.words)
    for word in one.words:
        twin = next((w for w in right if w.folded == word.folded), None)
        if twin:
            if twin.bare != word.bare and "spelling" not in why:
                lost += _SPELLING
                why.append("spelling")
            left.remove(word)
            right.remove(twin)
    for some in (left, right):
        for word in [w for w in some if w.bare in FILLERS]:
            some.remove(word)
            lost += _FILLER
            why.append("small words")
    if len(left) != len(right) or len(left) > _DIFFERENT_WORDS:
        return UNLIKE
    pairs = {}
    for a, b in zip(*(sorted(some, key=lambda w: w.stem) for some in (left, right)), strict=True):
        if a.stem == b.stem:
            lost += _PLURAL
            why.append("plural")
        elif letters := slip(a.stem, b.stem):
            lost += letters / max(len(a.stem), len(b.stem))
            why.append("a letter" if letters == 1 else "two letters")
        else:
            return UNLIKE
        pairs[a.folded] = b.folded
    if [pairs.get(w.folded, w.folded) for w in one.core] != [w.folded for w in other.core]:
        lost += _ORDER
        why.append("order")
    return _scored(lost or _PUNCTUATION, why or ["punctuation"])


def _scored(lost: float, why: list[str]) -> Likeness:
    return Likeness(round(max(0.0, 1 - lost), 2), ", ".join(dict.fromkeys(why)))
