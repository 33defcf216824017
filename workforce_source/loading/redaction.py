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
from dlt.common.pipeline import LoadInfo
from dlt.pipeline.trace import PipelineStepTrace, save_trace

_LEFT_OUT = "the destination's words are left out, for they may quote rows"
_QUOTES = " with message "
"""What stands in a line of dlt's log before the text of a destination."""


@contextmanager
def redact_errors(pipeline: dlt.Pipeline) -> Iterator[None]:
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
        redact_trace(pipeline)
        raise
    finally:
        if log is not None:
            log.removeFilter(bare)


def redact_trace(pipeline: dlt.Pipeline) -> None:
    """Write the trace anew where it has texts of errors or of jobs that failed, without them.

    Args:
        pipeline: The pipeline a step of which failed.
    """
    trace = pipeline.last_trace
    if trace is None:
        return
    bare = [_bare(step) for step in trace.steps]
    if bare != trace.steps:
        trace.steps[:] = bare
        save_trace(pipeline.working_dir, trace)


def _bare(step: PipelineStepTrace) -> PipelineStepTrace:
    if isinstance(step.step_info, LoadInfo) and step.step_info.has_failed_jobs:
        # of a package that was aborted, too: it quotes the errors of its jobs
        step = step._replace(step_info=None)
    if step.step_exception in (None, _LEFT_OUT):
        return step
    errors: list[Any] = [
        {**error, "message": _LEFT_OUT, "exception_attrs": {}}
        for error in step.exception_traces or ()
    ]
    return step._replace(step_exception=_LEFT_OUT, exception_traces=errors, step_info=None)


def _without_words(record: logging.LogRecord) -> bool:
    said, quotes, _ = record.getMessage().partition(_QUOTES)
    if quotes:
        record.msg, record.args = f"{said} ({_LEFT_OUT})", None
    record.exc_info = record.exc_text = None
    return True
