"""The text people read when several organizations were loaded: a line for each, then what to know.

Text only, made from numbers. What may not be in here: counting, deciding, asking.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from workforce_source.exit_codes import ExitCode
from workforce_source.job.organizations import Loaded
from workforce_source.job.text import align, blocks, many, remarks, seconds_text

_OUTCOMES: dict[int, str] = {
    ExitCode.LOADED: "loaded",
    ExitCode.PARTIAL: "partial (3)",
    ExitCode.HELD_BACK: "held back (5)",
}
_HEAD = ("organization", "outcome", "added", "changed", "removed", "requests", "reads", "seconds")


def overview_text(loads: Sequence[Loaded], where: str, seconds: float) -> str:
    """Get what is to be said of the loads of several organizations.

    Args:
        loads: What became of each.
        where: The destination, as people would say it.
        seconds: How long it took.
    """
    done = sum(one.summary is not None for one in loads)
    return blocks(
        [
            f"Loaded {done:,} of {many(len(loads), 'organization')} into {where} in"
            f" {seconds_text(seconds)}."
        ],
        align([_HEAD, *map(_line, loads)], right=range(2, len(_HEAD))),
        _remarks(loads),
    )


def _line(one: Loaded) -> tuple[str, ...]:
    name = one.organization or ""
    if one.summary is None:
        return (name, f"failed ({one.exit_code})", *[""] * (len(_HEAD) - 2))
    summary = one.summary
    tally = sum(summary.statistics.tally.values(), Counter[str]())
    return (
        name,
        _OUTCOMES[one.exit_code],
        *(f"{tally[kind]:,}" for kind in ("added", "changed", "removed")),
        f"{sum(summary.requests.values()):,}",
        f"{summary.statistics.read:,}",
        f"{summary.seconds:.1f}",
    )


def _remarks(loads: Sequence[Loaded]) -> Iterator[str]:
    for one in loads:
        said = [one.failure] if one.failure else []
        if one.summary is not None:
            said += remarks(one.summary)
        yield from (f"{one.organization}: {sentence}" for sentence in said)
