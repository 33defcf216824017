"""What of a text nobody sees: spaces of many kinds, and characters that show nothing.

Characters only: what a text means is not known here.
"""

import re
import unicodedata
from typing import Final

SPACES: Final = (
    "\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007"
    "\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u2800\u3000"
)
"""Spaces beside the plain one; Braille's too, which is a letter to Unicode."""
UNSEEN: Final = (
    "\xad\u034f\u061c\u115f\u1160\u180b\u180c\u180d\u180e\u180f\u200b\u200c\u200d\u200e\u200f\u202a\u202b"
    "\u202c\u202d\u202e\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\u206a\u206b\u206c\u206d\u206e"
    "\u206f\u3164\ufe00\ufe01\ufe02\ufe03\ufe04\ufe05\ufe06\ufe07\ufe08\ufe09\ufe0a\ufe0b\ufe0c\ufe0d\ufe0e"
    "\ufe0f\ufeff\uffa0"
)
"""Characters without a look of their own that stand in real lists."""
_IGNORABLE: Final = re.compile(
    # Default_Ignorable_Code_Point of Unicode, which NFKC_Casefold leaves out
    "[\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e0fff]"
)
_CONTROL: Final = re.compile("[\x01-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]")
_SPACE: Final = re.compile(r"[\s\u2800]+")
_SPACES: Final = re.compile(" +")
_SEEN: Final = str.maketrans(SPACES, " " * len(SPACES), UNSEEN)


def trimmed(value: str) -> str:
    """Get a text with single plain spaces, none around it, and nothing unseen.

    As `trim` of the marts.
    """
    return _SPACES.sub(" ", value.translate(_SEEN)).strip(" ")


def composed(value: str) -> str:
    """Get a text in Unicode's composed form (NFC): `é` is one letter, however it was typed."""
    return unicodedata.normalize("NFC", value)


def folded(value: str) -> str:
    """Get what two spellings share: Unicode's NFKC_Casefold, with single spaces and no controls."""
    seen = _IGNORABLE.sub("", unicodedata.normalize("NFKC", _CONTROL.sub("", value)))
    return _SPACE.sub(" ", unicodedata.normalize("NFKC", seen.casefold())).strip()
