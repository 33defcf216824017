"""A failed step of dlt as an error of ours, which says what to do and quotes no row.

What may not be in here: anything about the run that failed.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import dlt
from dlt.common.exceptions import DltException
from dlt.pipeline.exceptions import PipelineStepFailed

from workforce_source.destination.faults import causes_of, is_full
from workforce_source.exceptions import DestinationError, WorkforceError


@contextmanager
def destination_errors(pipeline: dlt.Pipeline) -> Iterator[None]:
    """Turn what dlt says of a failed step into our own errors, which hold no data.

    Raises:
        WorkforceError: Ours, raised within, dlt's wrapping taken off.
        KeyboardInterrupt: The same: a person or a signal ended the step.
        DestinationError: The destination failed; says what to do.
    """
    try:
        yield
    except WorkforceError:
        raise
    except DltException as error:
        if (within := raised_within(error)) is not error:
            raise within from None
        # what it came from quotes rows: it stays reachable, and out of printed tracebacks
        raise DestinationError(_explain(error, pipeline)) from None


def raised_within(error: BaseException) -> BaseException:
    """Get the error of ours, or the stop, that dlt has wrapped; the error itself where none is."""
    if not isinstance(error, DltException):
        return error
    plain = (WorkforceError, KeyboardInterrupt)
    return next((each for each in causes_of(error) if isinstance(each, plain)), error)


def _explain(error: DltException, pipeline: dlt.Pipeline) -> str:
    # the texts are looked at, never shown: a destination quotes the rows it refuses
    causes = list(causes_of(error))
    whole = " ".join(map(str, causes))
    if "Could not set lock" in whole or "being used by another process" in whole:
        what = "The DuckDB file is open in another process, which locks it."
        todo = "Close the other program, or point it at a published copy, then run again."
    elif is_full(error):
        what = "There is no room left for the destination's file or dlt's working directory."
        todo = "Make room, then run again."
    elif "Permission denied" in whole or "read-only" in whole.lower():
        what = "The destination may not be written."
        todo = "Check the file's or the account's permissions, then run again."
    else:
        name = pipeline.destination.destination_name
        step = f" in the step {error.step}" if isinstance(error, PipelineStepFailed) else ""
        what = f"The destination {name} failed{step} ({type(causes[-1]).__name__})."
        todo = (
            "Check that it is up, that its credentials are right and that the account may create"
            " tables; then run again."
        )
    return f"{what} What was loaded stays, what was not is loaded by the next run. {todo}"
