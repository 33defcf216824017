"""What must be settled before dlt is imported: no telemetry, no log lines nobody asked for.

Neither dlt nor anything that imports it may be imported here.
"""

import io
import logging
import os
import sys
import warnings
from typing import TextIO

from workforce_source.job.saying import harmless


class _Harmless(logging.Formatter):
    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # its name there
        record.message = harmless(record.message)
        return super().formatMessage(record)


class _Shown(logging.StreamHandler[TextIO]):
    """Shows our lines on standard error; one for all calls of a process."""


def prepare(*, verbose: bool, debug: bool, label: str = "") -> None:
    """Leave standard error to our own words, at the level asked for.

    dlt logs the text of whatever a destination refuses, rows included. What you have set in the
    environment (`RUNTIME__LOG_LEVEL`, `RUNTIME__DLTHUB_TELEMETRY`) stands. `RUNTIME__LOG_FORMAT`
    is dlt's too: with `JSON` it gives the lines of every logger its own form, ours among them.

    Args:
        verbose: One line a page or batch.
        debug: The same, retries and Python's warnings too.
        label: Stands before each message.
    """
    _open_streams()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal may not know every letter
            stream.reconfigure(errors="replace")
    os.environ.setdefault("RUNTIME__DLTHUB_TELEMETRY", "false")
    os.environ.setdefault("RUNTIME__LOG_LEVEL", "CRITICAL")
    if not debug and not sys.warnoptions:
        warnings.simplefilter("ignore")
    logger = logging.getLogger("workforce_source")
    for earlier in [each for each in logger.handlers if isinstance(each, _Shown)]:
        logger.removeHandler(earlier)  # of an earlier call in this process
    shown = _Shown()
    # on a terminal a line takes the place of the progress drawn there
    over = "\r\x1b[K" if sys.stderr.isatty() else ""
    shown.setFormatter(_Harmless(f"{over}%(asctime)s %(levelname)s {label}%(message)s"))
    logger.addHandler(shown)
    logger.propagate = False
    logger.setLevel(logging.DEBUG if debug else logging.INFO if verbose else logging.WARNING)


def _open_streams() -> None:
    # a scheduler, or a program with windows, may have closed them: what is said is said to nobody
    if sys.stdout is None or sys.stdout.closed:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 # to the end
    if sys.stderr is None or sys.stderr.closed:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 # to the end
