"""Damage to bodies: broken, cut, dressed up as a web page, or with attributes nobody documented.

Pure functions on answers; which answer is damaged is decided in `injection.py`.
"""

from typing import Any

from workforce_source.sandbox.calls import Answer

_PAGE = (
    b"<!DOCTYPE html>\n<html><head><title>We'll be right back</title></head>\n"
    b"<body><h1>Scheduled maintenance</h1><p>Please try again later.</p></body></html>\n"
)


def as_web_page() -> Answer:
    """Get a web page, as a proxy or a maintenance window would answer."""
    return Answer(200, _PAGE, media_type="text/html; charset=utf-8")


def without_its_end(answer: Answer) -> Answer:
    """Get the answer with half its body, the declared length to match: no JSON any more."""
    return Answer(answer.status, answer.body[: len(answer.body) // 2] + b'"', answer.headers)


def with_unknown_attributes(value: Any) -> Any:
    """Get the JSON value with attributes the page does not name in every object."""
    if isinstance(value, list):
        return [with_unknown_attributes(item) for item in value]
    if not isinstance(value, dict):
        return value
    grown = {name: with_unknown_attributes(inner) for name, inner in value.items()}
    return grown | {
        "beta_level": "Intermediate",
        "beta_score": 4.25,
        "beta_tags": ["a", "b"],
        "beta_detail": {"since": "2026-01-01", "empty": None},
    }
