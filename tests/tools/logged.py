"""Everything a load logs, and what of it must not be there."""

from __future__ import annotations

import base64
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

from tests.tools.main_job import personal
from workforce_source.sandbox import Sandbox

OURS = "workforce_source"


class Kept(logging.Handler):
    """Keeps every record."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record."""
        self.records.append(record)


@contextmanager
def everything_logged() -> Iterator[list[logging.LogRecord]]:
    """Every record of every logger at every level, also of those that keep them to themselves."""
    kept = Kept()
    loggers = [logging.getLogger(), logging.getLogger(OURS)]
    loggers.append(logging.getLogger("dlt"))
    before = [(one, one.level, one.propagate) for one in loggers]
    for one in loggers:
        one.addHandler(kept)
        one.setLevel(logging.DEBUG)
    logging.getLogger(OURS).propagate = False
    try:
        yield kept.records
    finally:
        for one, level, propagate in before:
            one.removeHandler(kept)
            one.setLevel(level)
            one.propagate = propagate


def private_to(sandbox: Sandbox) -> set[str]:
    """All that must not be logged, as it is, as it stands in an address, and as a header has it."""
    people = sandbox.truth()["employees"]
    keys = {str(row["external_id"]) for row in people if len(row["external_id"] or "") > 3}
    plain = personal(sandbox) | keys
    header = base64.b64encode(f"{sandbox.api_token}:".encode()).decode()
    return {one.casefold() for one in plain | {quote(one, safe="") for one in plain} | {header}}


def whole(record: logging.LogRecord) -> str:
    """All a record may show: its message, its traceback and every attribute."""
    shown = logging.Formatter().format(record)
    return f"{shown} {vars(record)}".casefold()
