"""One JSON value to one typed value, or the verdict that it does not fit.

Nothing here knows a table. A value that does not fit its column is never lost: the caller keeps
it in `extra`.
"""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, Final

import orjson

from workforce_source.tables.shape import Type
from workforce_source.tables.text import composed, folded


class Misfit(ValueError):
    """A value that cannot stand in its column."""


def text(value: Any) -> str:
    """Get the value as text; anything but text becomes its JSON."""
    if type(value) is str:
        # PostgreSQL cannot store the NUL character in text
        return value.replace("\x00", "\ufffd") if "\x00" in value else value
    return canonical_json(value)


def canonical_json(value: Any) -> str:
    """Get JSON text with sorted keys, without the NUL character PostgreSQL cannot store."""
    try:
        packed = orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
    except TypeError:  # nested deeper than it writes, though not than it reads
        try:
            packed = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        except RecursionError:
            return '"nested too deep to be kept"'
    return packed.replace("\\u0000", "\ufffd")


def plain(value: Any) -> str:
    """Get a text, or a number or boolean as text; a list or an object is no text."""
    if isinstance(value, list | dict):
        raise Misfit
    return text(value)


def grouped_name(value: Any) -> str:
    """Get such a text in the form in which two that look alike are equal."""
    return composed(plain(value))


def timestamp(value: Any) -> datetime:
    """Get an ISO 8601 text as an aware UTC datetime; a text without a zone is UTC."""
    try:
        moment = datetime.fromisoformat(value)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (TypeError, ValueError, OverflowError):
        raise Misfit from None


def day(value: Any) -> date:
    """Get an ISO 8601 date."""
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        raise Misfit from None


def boolean(value: Any) -> bool:
    """Get a JSON boolean."""
    if type(value) is bool:
        return value
    raise Misfit


def whole(value: Any) -> int:
    """Get a JSON whole number that fits 64 bits."""
    if type(value) is int and -(2**63) <= value < 2**63:
        return value
    raise Misfit


CONVERTERS: Final[dict[Type, Callable[[Any], Any]]] = {
    "text": plain,
    "timestamp": timestamp,
    "date": day,
    "bool": boolean,
    "bigint": whole,
}


def skill_key(name: str) -> str:
    """Get what two spellings of one skill share, and empty text where nothing is to be seen."""
    return folded(name)
