"""The loads of a run: one of each organization, one after the other, and what became of each.

One organization's failure stops no other. What may not be in here: processes, text, and what is
made of what was loaded.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workforce_source.exceptions import Stopped
from workforce_source.exit_codes import ExitCode
from workforce_source.job.call import Call
from workforce_source.job.failure import message_of, tell
from workforce_source.job.progress import Progress
from workforce_source.job.saying import say
from workforce_source.job.stopping import Stop

if TYPE_CHECKING:
    from workforce_source import Summary


@dataclass(frozen=True)
class Loaded:
    """What became of the load of one organization.

    Attributes:
        organization: Its name; None for the only one, which has none.
        organization_id: Its id, as far as it is known.
        summary: What the load did; None if it failed.
        part: Whether it looked at a part of the organization.
        failure: Why it failed.
        exit_code: What it would have ended a run of its own with.
    """

    organization: str | None
    organization_id: str | None = None
    summary: Summary | None = None
    part: bool = False
    failure: str | None = None
    exit_code: int = ExitCode.LOADED

    def as_dict(self) -> dict[str, Any]:
        """Get the same as plain values."""
        summary = {} if self.summary is None else self.summary.as_dict()
        return {**summary, "failure": self.failure, "exit_code": int(self.exit_code)}


def load_one(call: Call, organization: str | None, stop: Stop) -> Loaded:
    """Load one organization.

    Args:
        call: What was asked for.
        organization: Its name; None for the only one, which has none.
        stop: Whether the run is to end.

    Raises:
        WorkforceError: It failed.
    """
    from workforce_source import load
    from workforce_source.sync.shard import ALL

    resolved = call.resolve(organization)
    job = call.pipeline(organization)
    share = call.given.shard or ALL
    label = f"{organization}: " if organization else ""
    progress = Progress(before_step=stop.raise_for_signal, label=label)
    with progress.watched():
        summary = load(
            job.pipeline,
            organization=organization,
            shard=(share.number, share.of),
            allow_removals=call.given.allow_removals,
            allow_changes=call.given.allow_changes,
            progress=progress,
            session=call.session,
            **call.settings,
        )
    return Loaded(
        organization,
        resolved.organization_id,
        summary,
        part=bool(resolved.window or resolved.employee_filter or share != ALL),
        exit_code=summary.exit_code,
    )


def try_one(call: Call, organization: str, stop: Stop) -> Loaded:
    """Load one organization of several; a failure is said and kept, not raised.

    Args:
        call: What was asked for.
        organization: Its name.
        stop: Whether the run is to end.

    Raises:
        Stopped: A signal came.
    """
    try:
        return load_one(call, organization, stop)
    except Stopped:
        raise
    except Exception as error:
        code = tell(error, debug=call.given.debug, label=f"{organization}: ")
        return Loaded(organization, failure=message_of(error), exit_code=code)


def load_in_turn(call: Call, organizations: Iterable[str], stop: Stop) -> list[Loaded]:
    """Load organizations one after the other.

    Raises:
        Stopped: A signal came.
    """

    def each(organization: str) -> Loaded:
        stop.raise_for_signal()
        say(f"Loading {organization} ...")
        return try_one(call, organization, stop)

    return list(map(each, organizations))
