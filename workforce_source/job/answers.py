"""What is made of a load: marts, checks, and the files that were asked for.

The order and the exit code are here; how anything is made is in the rooms `marts` and `report`,
how it is told in `findings.py`. A load that is done stays done, whatever goes wrong here.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dlt

from workforce_source.exceptions import DestinationError, Stopped, WorkforceError
from workforce_source.exit_codes import ExitCode

if TYPE_CHECKING:
    from workforce_source.marts import CheckResult, MartsResult, Seeds, TopSkill
    from workforce_source.settings import Settings


@dataclass
class Answers:
    """What became of the marts.

    Attributes:
        marts: The marts that were built; None if they were not.
        why_not: Why they were not built, where nothing failed.
        failure: What went wrong on the way; the data is loaded nevertheless.
        error: The exception it was.
        checks: What every check found, errors first.
        top: The skills held most.
        written: The files that were written, by what they are.
        held_back: The files that were not, because a check found an error.
    """

    marts: MartsResult | None = None
    why_not: str | None = None
    failure: str | None = None
    error: Exception | None = None
    checks: list[CheckResult] = field(default_factory=list)
    top: list[TopSkill] = field(default_factory=list)
    written: dict[str, Path] = field(default_factory=dict)
    held_back: dict[str, Path] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """0, or 4 when a figure is missing or not to be trusted."""
        failed = self.failure is not None or any(check.failed for check in self.checks)
        return ExitCode.UNTRUSTED if failed else ExitCode.LOADED

    def as_dict(self) -> dict[str, Any]:
        """Get the answers as plain values."""
        return {
            "marts": None
            if self.marts is None
            else {
                "as_of": self.marts.as_of.isoformat(),
                "rows": self.marts.rows,
                "seconds": round(self.marts.seconds, 3),
            },
            "marts_not_built": self.why_not,
            "marts_failure": self.failure,
            "checks": [
                {"name": c.name, "severity": c.severity, "offenders": c.offenders}
                for c in self.checks
            ],
            "written": {what: str(path) for what, path in self.written.items()},
            "held_back": {what: str(path) for what, path in self.held_back.items()},
        }


def read_seeds(given: argparse.Namespace) -> Seeds | None:
    """Get what the company filled in, before anything is loaded.

    Raises:
        ConfigError: A row cannot be used; the message names file, line and reason.
    """
    from workforce_source.marts import Seeds

    return None if given.seeds is None else Seeds.read(given.seeds)


def answer(
    given: argparse.Namespace,
    pipeline: dlt.Pipeline,
    settings: Settings,
    seeds: Seeds | None,
    check: Callable[[], None],
) -> Answers:
    """Build the marts of what was loaded, check them, and write the files that were asked for.

    Args:
        given: The flags.
        pipeline: The pipeline that loaded.
        settings: The settings of the run.
        seeds: What the company filled in.
        check: Ends the run when a signal came.
    """
    answers = Answers()
    if given.no_marts:
        return answers
    if settings.window or settings.employee_filter:
        answers.why_not = (
            "The marts were not built: a run with a window or a filter reads a part of the"
            " organization. The next full run builds them."
        )
        return answers
    try:
        _make(answers, given, pipeline, settings.organization_id, seeds, check)
    except Stopped:
        raise
    except WorkforceError as error:
        answers.failure, answers.error = error.message, error
    except Exception as error:
        # a driver's own error: its text may quote rows, and the load is done all the same
        answers.failure = (
            f"It ended in a way nobody foresaw ({type(error).__name__}). See where it came from"
            " with --debug, and report it if it stays."
        )
        answers.error = error
    return answers


def answer_anew(
    given: argparse.Namespace,
    pipeline: dlt.Pipeline,
    organization_id: str | None,
    seeds: Seeds | None,
    check: Callable[[], None],
) -> Answers:
    """Do the same of what was loaded before; what goes wrong is raised.

    Args:
        given: The flags.
        pipeline: A pipeline with the destination and the dataset.
        organization_id: The one to show where the dataset holds several.
        seeds: What the company filled in.
        check: Ends the run when a signal came.

    Raises:
        ConfigError: Nothing is loaded, or several organizations are and none of them is wanted.
        DestinationError: The destination refused, or a file cannot be written.
    """
    answers = Answers()
    _make(answers, given, pipeline, organization_id, seeds, check)
    return answers


def _make(
    answers: Answers,
    given: argparse.Namespace,
    pipeline: dlt.Pipeline,
    organization_id: str | None,
    seeds: Seeds | None,
    check: Callable[[], None],
) -> None:
    from workforce_source import marts

    check()
    answers.marts = marts.build_marts(pipeline, seeds=seeds or marts.Seeds())
    check()
    answers.checks = marts.run_checks(pipeline)
    if given.no_load:
        organization_id = marts.organization_in(pipeline, organization_id)
    if organization_id is not None:
        answers.top = marts.top_skills(pipeline, organization_id)
    if given.suggest_aliases is not None:
        check()
        answers.written["suggested aliases"] = _new_file(
            Path(given.suggest_aliases), marts.aliases_csv(marts.suggest_aliases(pipeline))
        )
    if any(result.failed for result in answers.checks) and not given.despite_errors:
        # who opens these files does not see the checks: the last good ones stay
        for what, name in (("published file", given.publish), ("report", given.report)):
            if name is not None:
                answers.held_back[what] = Path(name)
        return
    if given.publish is not None:
        check()
        answers.written["published file"] = marts.publish(
            pipeline,
            given.publish,
            include_people=given.publish_people,
            include_raw=given.publish_raw,
        )
    if given.report is not None:
        check()
        from workforce_source.report import write_report

        answers.written["report"] = write_report(
            pipeline,
            given.report,
            organization_id=organization_id,
            with_names=given.with_names,
        )


def _new_file(path: Path, text: str) -> Path:
    try:
        # never over a file: a company may have filled it in
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise DestinationError(
            f"The file {path.name} cannot be written ({error.strerror}). Is its folder there,"
            " writable and not full, and the name new?"
        ) from error
    return path
