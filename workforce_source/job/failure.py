"""Errors as people read them: what happened, where, what next; and the exit code.

The text of foreign exceptions is never shown as it is: a destination quotes the rows it refuses.
"""

import re
import traceback
from collections.abc import Iterator

from workforce_source.exceptions import Stopped, WorkforceError
from workforce_source.exit_codes import ExitCode
from workforce_source.job.saying import say

# A name may hold the very sign it is quoted with: nothing after a first one is shown.
_PERSONAL = re.compile(r"""['"`(\[{\u2018-\u201f\u00ab].* | \S*@.*""", re.VERBOSE | re.DOTALL)


def tell(error: BaseException, *, debug: bool, label: str = "") -> int:
    """Say on standard error what went wrong, and get the exit code.

    Args:
        error: What ended the run.
        debug: Show where it came from, without the values it came from.
        label: Stands before the message.
    """
    say(f"{label}{message_of(error)}")
    if debug:
        trace(error)
    elif not isinstance(error, WorkforceError):
        say("--debug shows where it came from.")
    if isinstance(error, Stopped):
        return error.exit_status
    return error.exit_code if isinstance(error, WorkforceError) else ExitCode.FAILED


def trace(error: BaseException) -> None:
    """Show on standard error where an error came from, without the values it came from."""
    say("\n".join(_trace(error)))


def message_of(error: BaseException) -> str:
    """Get what is said of an error: for a person, and nothing of a row."""
    if isinstance(error, WorkforceError):
        return error.message
    frames = traceback.extract_tb(error.__traceback__)
    where = f" in {frames[-1].name}, line {frames[-1].lineno}" if frames else ""
    return (
        f"The run failed in a way nobody foresaw ({type(error).__name__}{where}). What was loaded"
        " stays loaded; run again, and report it if it stays."
    )


def _trace(error: BaseException) -> Iterator[str]:
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        if cause is not error:
            yield "It came from:"
        for frame in traceback.extract_tb(cause.__traceback__):
            yield f"  {frame.filename}:{frame.lineno} in {frame.name}: {frame.line}"
        kind = type(cause)
        yield f"{kind.__module__}.{kind.__qualname__}: {_without_values(cause)}"
        cause = cause.__cause__ or cause.__context__


def _without_values(error: BaseException) -> str:
    if isinstance(error, WorkforceError):
        return error.message
    first = str(error).strip().partition("\n")[0]
    return _PERSONAL.sub("...", first)[:300]
