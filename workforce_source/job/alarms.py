"""What is an alarm, told from the rows of `load_audit` alone.

The same rows give the same alarms, so nothing has to remember which were told. What may not be in
here: who is told, and how.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from workforce_source.exit_codes import ExitCode, meaning_of
from workforce_source.settings import TOKEN_WARNING

Run = Mapping[str, Any]


@dataclass(frozen=True)
class Rules:
    """How far a run may go.

    Attributes:
        unreadable_share: Share of accepted employees who cannot be read.
        runs: Earlier runs a run is compared with.
        least_runs: As many there must be.
        spreads: How many times their usual distance from the middle.
        least_rows: Rows that are never too many.
        least_seconds: Seconds that are never too long.
    """

    unreadable_share: float = 0.05
    runs: int = 20
    least_runs: int = 8
    spreads: float = 6.0
    least_rows: int = 200
    least_seconds: float = 120.0


DEFAULT_RULES = Rules()


def alarms(runs: Sequence[Run], rules: Rules = DEFAULT_RULES) -> dict[str, str]:
    """Get what is wrong by the last of some runs of an organization, by kind, in words.

    Args:
        runs: Rows of `load_audit`, the newest first.
        rules: How far a run may go.
    """
    if not runs:
        return {}
    found: dict[str, str] = {}
    run, code = runs[0], runs[0]["exit_code"]
    if code not in (ExitCode.LOADED, ExitCode.INTERRUPTED, ExitCode.TERMINATED):
        kind = f", {run['error']}" if run.get("error") else ""
        meaning = meaning_of(code)
        found[f"exit {code}"] = f"The run ended with exit {code} ({meaning}{kind})."
    unreadable, accepted = run.get("unreadable") or 0, run.get("accepted") or 0
    if unreadable > rules.unreadable_share * accepted and accepted:
        found["unreadable"] = (
            f"{unreadable:,} of {accepted:,} connected employees could not be read."
        )
    if held := run.get("rows_held_back"):
        found["held back"] = f"{held:,} removals were held back."
    fresh = next((one["fresh_until"] for one in runs if one.get("fresh_until")), None)
    if fresh is not None and fresh < run["ended"]:
        found["stale"] = (
            f"The oldest badges are older than badge_max_age since {fresh:%Y-%m-%d %H:%M} UTC."
        )
    ends = run.get("token_ends")
    if ends is not None and ends - run["ended"] <= TOKEN_WARNING:
        found["token"] = f"The API token ends on {ends:%Y-%m-%d}."
    found |= _unusual(runs, rules)
    return found


def _unusual(runs: Sequence[Run], rules: Rules) -> dict[str, str]:
    """Compare the last run with those before it, where both loaded."""
    found: dict[str, str] = {}
    if runs[0].get("as_of") is None:
        return found
    earlier = [one for one in runs[1:] if one.get("as_of") is not None][: rules.runs]
    if len(earlier) < rules.least_runs:
        return found
    rows, usual = runs[0]["rows_written"] or 0, [one["rows_written"] or 0 for one in earlier]
    if rows > rules.least_rows and _far(rows, usual, rules):
        found["rows"] = f"{rows:,} rows changed, where {median(usual):,.0f} are usual."
    seconds, lasted = _seconds(runs[0]), [_seconds(one) for one in earlier]
    if seconds > rules.least_seconds and _far(seconds, lasted, rules):
        found["duration"] = f"The run took {seconds:,.0f} s, where {median(lasted):,.0f} are usual."
    return found


def _far(value: float, usual: Sequence[float], rules: Rules) -> bool:
    # the median of the distances: one odd run among them does not widen what is usual
    middle = median(usual)
    spread = median(abs(each - middle) for each in usual)
    return value > middle + rules.spreads * max(spread, 0.1 * middle)


def _seconds(run: Run) -> float:
    return float((run["ended"] - run["started"]).total_seconds())
