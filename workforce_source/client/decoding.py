"""The JSON of a body, every digit kept; read leniently where it is not quite JSON.

orjson is quick and strict: it reads a number of more digits than a float has as another one, and
nothing at all of a body with `NaN`, half a character pair or a byte that is no UTF-8. One such
value is no reason to lose a person. Only bodies that have one are read a second, slower time.

What may not be in here: what the values mean.
"""

import json
import re
from typing import Any, Final

import orjson

# A number that may lose digits: a fraction, or one of 19 digits and more. `":` keeps the search
# quick; numbers that stand in a list bare are none of ours.
_INEXACT: Final = re.compile(rb'":\s*-?\d+(?:[.eE]|(?<=\d{19}))')


def decode(body: bytes) -> Any:
    """Get the value of a body.

    A number that neither 64 bits nor a float can hold exactly is the text it was sent as, `NaN` and
    `Infinity` too; bytes and escapes that are no characters are U+FFFD.

    Raises:
        ValueError: It is not JSON, however leniently it is read.
    """
    if not _INEXACT.search(body):
        try:
            return orjson.loads(body)
        except ValueError:
            pass
    try:
        return _lenient(body)
    except (ValueError, RecursionError):
        pass
    # not within: the errors above hold the whole body, and an error's context is kept with it
    raise ValueError("The body is not JSON, or deeper than any that is documented.")


def _lenient(body: bytes) -> Any:
    lenient = json.loads(
        body.decode("utf-8", "replace"),
        parse_int=_whole,
        parse_float=_fraction,
        parse_constant=str,
        strict=False,
    )
    # halves of character pairs, which only escapes can make, are no text for anybody else
    text = json.dumps(lenient, ensure_ascii=False)
    return orjson.loads(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace"))


def _whole(digits: str) -> int | str:
    return number if len(digits) < 21 and -(2**63) <= (number := int(digits)) < 2**63 else digits


def _fraction(digits: str) -> float | str:
    # 0.10 is not 0.1 where it is a version or a number of something
    return number if repr(number := float(digits)) == digits else digits
