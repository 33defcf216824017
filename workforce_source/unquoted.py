"""What dlt says and keeps of a load that failed, without the values it failed for.

A destination quotes the rows it refuses, and dlt repeats that in its log and in the trace it keeps
until the next run. Kinds of errors, steps and stack traces stay.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, cast

import dlt
from dlt.common import logger as dlts
from dlt.pipeline.trace import PipelineStepTrace, save_trace

_LEFT_OUT = "the destination's words are left out, for they may quote rows"
_QUOTES = " with message "
"""What stands in a line of dlt's log before the text of a destination."""


@contextmanager
def unquoted(pipeline: dlt.Pipeline) -> Iterator[None]:
    """Leave the words of a destination out of dlt's log, and out of its trace after a failure.

    Args:
        pipeline: The pipeline that loads meanwhile.
    """
    log = cast("Any", dlts).LOGGER
    bare = partial(_without_words)  # one for each load: several may run in threads
    if log is not None:
        log.addFilter(bare)
    try:
        yield
    except BaseException:
        forget_words(pipeline)
        raise
    finally:
        if log is not None:
            log.removeFilter(bare)


def forget_words(pipeline: dlt.Pipeline) -> None:
    """Write the trace of a failed step anew, without the texts of errors.

    Args:
        pipeline: The pipeline whose step failed.
    """
    trace = pipeline.last_trace
    if trace is None or not any(step.step_exception for step in trace.steps):
        return
    trace.steps[:] = [_bare(step) if step.step_exception else step for step in trace.steps]
    save_trace(pipeline.working_dir, trace)


def _bare(step: PipelineStepTrace) -> PipelineStepTrace:
    errors: list[Any] = [
        {**error, "message": _LEFT_OUT, "exception_attrs": {}}
        for error in step.exception_traces or ()
    ]
    # the info of a failed step quotes the errors of its jobs
    return step._replace(step_exception=_LEFT_OUT, exception_traces=errors, step_info=None)


def _without_words(record: logging.LogRecord) -> bool:
    said, quotes, _ = record.getMessage().partition(_QUOTES)
    if quotes:
        record.msg, record.args = f"{said} ({_LEFT_OUT})", None
    record.exc_info = record.exc_text = None
    return True
