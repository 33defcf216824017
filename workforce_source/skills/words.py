"""The name of a skill taken apart into words that can be compared.

Letters only. What may not be in here: which skills there are, and how alike two of them are.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Final

_WORD: Final = re.compile(r"[\w+#]+")
_BRACKET: Final = re.compile(r"^(.+?)\s*\(([^()]+)\)\s*(.*)$")
_TELLING: Final = re.compile(r"[\d+#]")
"""What tells skills apart wherever it stands: Python 2 and 3, C and C++."""
FILLERS: Final = frozenset(
    {"a", "an", "and", "for", "in", "of", "on", "skill", "skills", "the", "to", "with"}
)
"""Words that add nothing to the others of a name."""
_LEVELS: Final = frozenset(
    {"advanced", "associate", "basic", "basics", "beginner", "entry", "expert", "foundation"}
    | {"fundamentals", "intermediate", "introduction", "master", "practitioner", "professional"}
)
"""Words in brackets that make another skill of it."""
_NO_PLURALS: Final = ("ss", "us", "is", "as", "os", "news", "lens", "series", "species")
_PLURAL_LETTERS: Final = 4

# Both ways of writing English become one; what that makes of other words, nobody sees.
_ENGLISH: Final = tuple(
    (re.compile(pattern), one)
    for pattern, one in (
        (r"(?<=[a-z]{3})is(?=e$|es$|ed$|er$|ers$|ing$|ation$|ations$|ational$|able$)", "iz"),
        (r"(?<=[a-z]{2})ys(?=e$|ed$|er$|ers$|ing$)", "yz"),
        (r"(?<=[a-z]{2})our(?=$|s$|al$|ed$|ing$|ite$|able$|ful$)", "or"),
        (r"(?<=[a-z]{3}l)l(?=ing$|ed$|er$|ers$)", ""),
        (r"(?<=og)ue(?=$|s$)", ""),
        (r"ae", "e"),
        (r"^oe|(?<=f)oe(?=t)|(?<=rrh)oe(?=a)", "e"),
    )
)
_AMERICAN: Final = {
    "aluminium": "aluminum",
    "artefact": "artifact",
    "calibre": "caliber",
    "centre": "center",
    "cheque": "check",
    "defence": "defense",
    "enrolment": "enrollment",
    "fibre": "fiber",
    "fulfilment": "fulfillment",
    "grey": "gray",
    "instalment": "installment",
    "jewellery": "jewelry",
    "judgement": "judgment",
    "licence": "license",
    "litre": "liter",
    "metre": "meter",
    "mould": "mold",
    "offence": "offense",
    "plough": "plow",
    "practise": "practice",
    "programme": "program",
    "theatre": "theater",
    "tyre": "tire",
}


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a name.

    Attributes:
        bare: As it stands, without accents.
        folded: In one of the two ways of writing English.
        stem: The same in the singular.
    """

    bare: str
    folded: str
    stem: str

    @property
    def telling(self) -> bool:
        """Whether a digit or a sign is in it, which no slip of the keyboard explains."""
        return _TELLING.search(self.bare) is not None


@dataclass(frozen=True)
class Form:
    """One reading of a name: all of it, or what is outside or inside its brackets.

    Attributes:
        words: Its words in order.
        bracket: Words in brackets that were left out.
        whole: Whether it is the name as it stands.
    """

    words: tuple[Word, ...]
    bracket: tuple[Word, ...] = ()
    whole: bool = True

    @cached_property
    def joined(self) -> str:
        """All letters in a row: hyphens and spaces do not tell."""
        return "".join(word.bare for word in self.words)

    @cached_property
    def joined_stems(self) -> str:
        """All stems in a row."""
        return "".join(word.stem for word in self.words)

    @cached_property
    def core(self) -> tuple[Word, ...]:
        """The words that say something; all of them where none does."""
        return tuple(w for w in self.words if w.bare not in FILLERS) or self.words

    @cached_property
    def stems(self) -> tuple[str, ...]:
        """Stems of the words that say something, in the order of the alphabet."""
        return tuple(sorted(word.stem for word in self.core))


@lru_cache(maxsize=20_000)
def word_of(text: str) -> Word:
    """Get a word."""
    bare = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    folded = _AMERICAN.get(bare, bare)
    if bare.endswith("s") and bare[:-1] in _AMERICAN:
        folded = f"{_AMERICAN[bare[:-1]]}s"
    if not _TELLING.search(bare):
        for pattern, one in _ENGLISH:
            folded = pattern.sub(one, folded)
    return Word(bare, folded, _singular(folded))


def words_of(key: str) -> tuple[Word, ...]:
    """Get the words of a skill's key."""
    text = key.replace("&", " and ").replace("_", " ").replace("'", "").replace("\u2019", "")
    return tuple(word_of(word) for word in _WORD.findall(text))


def forms_of(key: str) -> tuple[Form, ...]:
    """Get the readings of a skill's key: itself first, then without its brackets.

    What is in brackets is a reading of its own where it is the other's initials: `AWS` of
    `Amazon Web Services (AWS)`, and the other way round.
    """
    whole = Form(words_of(key))
    if not (found := _BRACKET.match(key)):
        return (whole,)
    outside, inside = words_of(f"{found[1]} {found[3]}"), words_of(found[2])
    if not outside or not inside or any(w.telling or w.bare in _LEVELS for w in inside):
        return (whole,)
    if _initials(outside) == "".join(w.bare for w in inside) or _initials(inside) == "".join(
        w.bare for w in outside
    ):
        # each of them is the name; neither leaves anything out
        return whole, Form(outside, whole=False), Form(inside, whole=False)
    return whole, Form(outside, inside, whole=False)


def _initials(words: tuple[Word, ...]) -> str:
    return "".join(w.bare[0] for w in words if w.bare not in FILLERS) if len(words) > 1 else ""


def _singular(word: str) -> str:
    if len(word) < _PLURAL_LETTERS or not word.endswith("s") or word.endswith(_NO_PLURALS):
        return word
    if _TELLING.search(word):
        return word
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    if word.endswith(("xes", "ches", "shes", "sses", "zes")):
        return word[:-2]
    return word[:-1]
