"""What is made of the tables: marts, checks of the data, and the files that were asked for.

The order and the exit code are here. What may not be in here: how a mart, a check or a file is
made (`marts`, `report`), and what people are told of it (`text`).
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dlt

from workforce_source.exceptions import Stopped, WorkforceError
from workforce_source.exit_codes import ExitCode
from workforce_source.job.progress import Progress
from workforce_source.job.saying import say
from workforce_source.job.stopping import Stop
from workforce_source.small_groups import SMALL, Rule

if TYPE_CHECKING:
    from workforce_source.job.company import CompanyFiles
    from workforce_source.job.organizations import Loaded
    from workforce_source.marts import CheckResult, MartsResult, NamedSkills, TopSkill
    from workforce_source.skills import SkillNames

Organizations = Mapping[str | None, str | None]
"""Ids of organizations by their names."""
MOST_SKILLS = 10
"""Skills of the coverage that a summary lists."""


@dataclass(frozen=True)
class Skills:
    """What became of the names of skills.

    Attributes:
        held: Skills there are, before any is merged.
        in_library: Those whose name the library has or lists; None without one.
        merged: Those that are another one by what the company wrote, decided or took over.
        waiting: Proposals nobody has decided on.
        new: Those of them that this run wrote.
    """

    held: int
    in_library: int | None
    merged: int
    waiting: int
    new: int


@dataclass
class Outputs:
    """What was made of the tables, and what was not.

    Attributes:
        marts: The marts that were built; None if they were not.
        not_built: Why they were not built, where nothing failed.
        error: What went wrong on the way; the data is loaded nevertheless.
        checks: What every check found, errors first.
        skills: What became of the names of skills; None where nobody asked.
        top: The skills most people have: those that are listed, and the next.
        rule: How numbers of people are told.
        written: The files that were written, by what they are.
        not_written: The files that were not, because a check found an error.
    """

    marts: MartsResult | None = None
    not_built: str | None = None
    error: Exception | None = None
    checks: list[CheckResult] = field(default_factory=list)
    skills: Skills | None = None
    top: list[TopSkill] = field(default_factory=list)
    rule: Rule = field(default_factory=Rule)
    written: dict[str, Path] = field(default_factory=dict)
    not_written: dict[str, Path] = field(default_factory=dict)

    @property
    def failure(self) -> str | None:
        """What went wrong, and what to do."""
        if self.error is None:
            return None
        if isinstance(self.error, WorkforceError):
            return self.error.message
        # a driver's own error: its text may quote rows, and the load is done all the same
        return (
            f"It ended in a way nobody foresaw ({type(self.error).__name__}). See where it came"
            " from with --debug, and report it if it stays."
        )

    @property
    def exit_code(self) -> int:
        """0, or 4 when a figure is missing or not to be trusted."""
        failed = self.error is not None or any(check.failed for check in self.checks)
        return ExitCode.UNTRUSTED if failed else ExitCode.LOADED

    def as_dict(self) -> dict[str, Any]:
        """Get the same as plain values."""
        return {
            "marts": self.marts
            and {
                "as_of": self.marts.as_of.isoformat(),
                "observed": {who: at.isoformat() for who, at in self.marts.observed.items()},
                "left_out": list(self.marts.left_out),
                "rows": self.marts.rows,
                "seconds": round(self.marts.seconds, 3),
            },
            "marts_not_built": self.not_built,
            "marts_failure": self.failure,
            "checks": [
                {"name": c.name, "severity": c.severity, "offenders": c.offenders}
                for c in self.checks
            ],
            "skills": self.skills and asdict(self.skills),
            "written": {what: str(path) for what, path in self.written.items()},
            "not_written": {what: str(path) for what, path in self.not_written.items()},
        }


def make_outputs_of_loads(
    given: argparse.Namespace,
    pipeline: dlt.Pipeline,
    loads: Sequence[Loaded],
    company: CompanyFiles,
    stop: Stop,
) -> Outputs:
    """Make what was asked for of loads that are done; what goes wrong is kept, not raised.

    Args:
        given: The flags.
        pipeline: A pipeline with the destination and the dataset.
        loads: What became of each; what failed keeps the files of before.
        company: What the company filled in.
        stop: Whether the run is to end.

    Raises:
        Stopped: A signal came.
    """
    outputs = Outputs()
    if given.no_marts:
        return outputs
    done = [one for one in loads if one.summary is not None]
    if not done:
        outputs.not_built = "The marts were not built: no organization was loaded."
        return outputs
    if parts := [one.organization for one in done if one.part]:
        outputs.not_built = (
            "The marts were not built: a run with a window or a filter, or of one shard, reads a"
            " part of the organization"
            + (f" ({', '.join(filter(None, parts))})" if any(parts) else "")
            + ". The next full run builds them."
        )
        return outputs
    say("Building the marts ...")
    try:
        ids = {one.organization: one.organization_id for one in done}
        make_outputs(outputs, given, pipeline, ids, company, stop)
    except Stopped:
        raise
    except Exception as error:
        outputs.error = error
    return outputs


def make_outputs(
    outputs: Outputs,
    given: argparse.Namespace,
    pipeline: dlt.Pipeline,
    organizations: Organizations,
    company: CompanyFiles,
    stop: Stop,
) -> None:
    """Build the marts, check the data, and write the files that were asked for.

    Args:
        outputs: Takes note of each as it is made.
        given: The flags.
        pipeline: A pipeline with the destination and the dataset.
        organizations: The ids of those to show, by their names; of the only one, without a name,
            it may be unknown.
        company: What the company filled in.
        stop: Whether the run is to end.

    Raises:
        ConfigError: Nothing is loaded, or several organizations are and none of them is wanted.
        DestinationError: The destination refused, or a file cannot be written.
        Stopped: A signal came.
    """
    from workforce_source import marts

    stop.raise_for_signal()
    seeds = company.seeds
    if company.names is not None:
        named = marts.name_skills(pipeline, seeds, company.names)
        seeds = named.seeds
    decided = company.names.review.rejected if company.names else frozenset()
    progress = Progress(before_step=stop.raise_for_signal)
    with progress.watched():
        outputs.marts = marts.build_marts(
            pipeline, seeds=seeds, as_of=given.as_of, progress=progress
        )
        if company.names is not None:
            outputs.skills = _review(outputs, named, company.names)
        outputs.checks = marts.run_checks(
            pipeline, as_of=given.as_of, decided=decided, progress=progress
        )
    stop.raise_for_signal()
    several = len(organizations) > 1
    if given.no_load:
        organizations = _in_marts(pipeline, organizations)
    if not several:
        (shown,) = organizations.values()
        outputs.rule = Rule(given.small_groups or "round", given.smallest_group or SMALL)
        if shown is not None:
            # one more than is listed, which says whether it stands behind the last
            limit = MOST_SKILLS + 1
            outputs.top = marts.top_skills(pipeline, shown, limit=limit, rule=outputs.rule)
    reports = _reports(given.report, organizations, several=several)
    if any(check.failed for check in outputs.checks) and not given.despite_errors:
        # who opens these files does not see the checks: the last good ones stay
        files = {"published file": given.publish, "safe file": given.publish_safe}
        files |= {what: to for what, (to, _) in reports.items()}
        outputs.not_written = {what: path for what, path in files.items() if path is not None}
        return
    if given.publish is not None:
        _begin(given.publish, stop)
        outputs.written["published file"] = marts.publish(
            pipeline,
            given.publish,
            include_people=given.publish_people,
            include_raw=given.publish_raw,
            checks=outputs.checks,
        )
    if given.publish_safe is not None:
        _begin(given.publish_safe, stop)
        from workforce_source.report import HORIZON, write_safe_file

        outputs.written["safe file"] = write_safe_file(
            pipeline,
            given.publish_safe,
            organizations=organizations.values(),
            small_groups=given.small_groups or "round",
            smallest_group=given.smallest_group or SMALL,
            horizon=given.horizon or HORIZON,
            is_loaded=not given.no_load,
        )
    called = {organization_id: name for name, organization_id in organizations.items()}
    for what, (path, organization_id) in reports.items():
        _begin(path, stop)
        from workforce_source.report import HORIZON, write_report

        outputs.written[what] = write_report(
            pipeline,
            path,
            organization_id=organization_id,
            with_names=given.with_names,
            small_groups=given.small_groups or "round",
            smallest_group=given.smallest_group or SMALL,
            horizon=given.horizon or HORIZON,
            company=called.get(organization_id),
            is_loaded=not given.no_load,
            observed=None if outputs.marts.snapshot else outputs.marts.observed,
        )


def _begin(file: Path, stop: Stop) -> None:
    stop.raise_for_signal()
    say(f"Writing {file.name} ...")


def _in_marts(pipeline: dlt.Pipeline, organizations: Organizations) -> Organizations:
    """Get those that the marts hold, or the only one they hold."""
    from workforce_source import marts

    if len(organizations) == 1:
        return {name: marts.organization_in(pipeline, i) for name, i in organizations.items()}
    there = marts.organizations_in(pipeline)
    return {name: i for name, i in organizations.items() if i in there}


def _reports(
    path: Path | None, organizations: Organizations, *, several: bool
) -> dict[str, tuple[Path, str | None]]:
    """Get the files of reports, and whose each is, by what they are: one each of several."""
    if path is None:
        return {}
    if not several:
        (organization_id,) = organizations.values()
        return {"report": (path, organization_id)}
    return {
        f"report of {name}": (path.with_stem(f"{path.stem}-{name}"), organization_id)
        for name, organization_id in organizations.items()
    }


def _review(outputs: Outputs, named: NamedSkills, names: SkillNames) -> Skills:
    """Put what is to be decided on into the review, and count."""
    before = names.review
    after = before.add(named.proposals)
    if after.path is not None:
        outputs.written["review of skills"] = after.path
    return Skills(
        held=named.held,
        in_library=named.in_library if names.library.skills else None,
        merged=named.merged,
        waiting=after.waiting,
        new=len(after.decisions) - len(before.decisions),
    )
