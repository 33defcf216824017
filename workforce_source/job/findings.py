"""The answers people read: the top of the coverage, what the checks found, what was written.

Text only, made from numbers; nothing is asked or decided here.
"""

from collections.abc import Iterator

from workforce_source.job.answers import Answers
from workforce_source.job.summary import aligned
from workforce_source.marts import CheckResult, TopSkill

_BAR = 20
_SHOWN = {"error": "ERROR", "warn": "warning", "info": "note"}


def text(answers: Answers, exit_code: int) -> str:
    """Get what is to be said of the marts; nothing where none were asked for.

    Args:
        answers: What became of the marts.
        exit_code: How the run ends.
    """
    parts = [
        list(_coverage(answers.top)),
        list(_checks(answers.checks)),
        list(_written(answers)),
        list(_remarks(answers, exit_code)),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part)


def _coverage(top: list[TopSkill]) -> Iterator[str]:
    if not top:
        return
    yield (
        f"The skills held most, among the {top[0].known:,} employees whose badges are known; of all"
        " employees between low and high:"
    )
    most = top[0].people
    lines = [("skill", "people", "coverage", "low", "high", "lapsing in 90 days", "")]
    lines += [
        (
            skill.skill_name,
            f"{skill.people:,}",
            f"{skill.coverage:.1%}",
            f"{skill.coverage_low:.1%}",
            f"{skill.coverage_high:.1%}",
            f"{skill.people_lapsing_90d:,}",
            "█" * -(-skill.people * _BAR // most),
        )
        for skill in top
    ]
    yield from aligned(lines, right=(1, 2, 3, 4, 5))


def _checks(checks: list[CheckResult]) -> Iterator[str]:
    found = [check for check in checks if check.offenders]
    if not checks:
        return
    yield f"{len(checks)} checks of the data" + (":" if found else " found nothing.")
    for check in found:
        yield f"  {_SHOWN[check.severity]}: {check.offenders:,} {check.message}"
        if check.name == "skill_spelled_nearly_alike":
            yield "    (--suggest-aliases FILE writes them; --seeds DIR merges them.)"


def _written(answers: Answers) -> Iterator[str]:
    if answers.marts is not None:
        rows = sum(answers.marts.rows.values())
        yield (
            f"Built {len(answers.marts.rows)} marts for {answers.marts.as_of} with {rows:,} rows in"
            f" {answers.marts.seconds:.1f} s."
        )
    for what, path in answers.written.items():
        yield f"Wrote the {what} {path}."
    for what, path in answers.held_back.items():
        yield f"Did not write the {what} {path}: a check marked ERROR found something."


def _remarks(answers: Answers, exit_code: int) -> Iterator[str]:
    # only the code the run ends with is named: it may be the load's own, which goes first
    ends = f" (exit {exit_code})" if exit_code == answers.exit_code else ""
    if answers.why_not is not None:
        yield answers.why_not
    if answers.failure is not None:
        yield (
            "The data is loaded, but not everything was made of it. "
            f"{answers.failure} Then run again: only what is due is read.{ends}"
        )
    elif answers.exit_code:
        yield (
            "The data is loaded, but a check marked ERROR says that its figures cannot be trusted"
            f" yet. docs/marts.md says what each means.{ends}"
        )
        if answers.held_back:
            yield "Files of before stay as they were; --despite-errors writes them all the same."
