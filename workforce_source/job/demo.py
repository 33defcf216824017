"""The invented organization of `--sandbox`: its people, and what happens between two loads.

What is served is the sandbox's; what may not be in here: a load.
"""

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Final

from workforce_source.clock import SYSTEM_CLOCK
from workforce_source.exceptions import ConfigError

if TYPE_CHECKING:
    from workforce_source.sandbox import SandboxProcess

EMPLOYEES: Final = 500
"""People unless told otherwise."""
_HAPPENS: Final = {
    "joiners": 5,
    "acceptances": 3,
    "leavers": 2,
    "profile_edits": 8,
    "template_edits": 1,
    "deletions": 5,
    "refreshed_external": 2,
}
"""What happens between the first load and the next, to so many. As many join as are deleted, and
the lists tell all of it, so that a load finds it that is not due to read badges."""


def people(given: int | None) -> int:
    """Get how many people there are, of a number that may have been given."""
    return EMPLOYEES if given is None else given


class Demo:
    """An invented organization that is served while a block lasts.

    Args:
        employees: How many people; None for the usual number.
        stack: Ends it.

    Attributes:
        settings: What a load needs of it.

    Raises:
        ConfigError: It needs packages that are not installed.
    """

    def __init__(self, employees: int | None, stack: ExitStack) -> None:
        try:
            from workforce_source.sandbox import Options, sandbox_process
        except ModuleNotFoundError as missing:
            raise ConfigError(f"{missing} (where this runs), then run again.") from None
        # what it tells of the last months stays true in years; runs of one month find the same
        # people
        today = SYSTEM_CLOCK.now()
        self._month = today.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        number = people(employees)
        # another number of employees is another organization, not the same one after a mass
        # dismissal
        self._sandbox: SandboxProcess = stack.enter_context(
            sandbox_process(number, seed=number, options=Options(as_of=self._month))
        )
        # who leaves is kept, so that there is something to ask
        self.settings: dict[str, Any] = {**self._sandbox.settings, "deletions": "soft"}

    def live_on(self) -> None:
        """Let some weeks pass, the same ones each time."""
        self._sandbox.set_clock(self._month)
        # who joins is in another order where somebody was asked for before: a turn of nothing makes
        # the weeks after a load those before the next one
        self._sandbox.churn({}, seed=1)
        self._sandbox.churn(_HAPPENS, seed=1)
        self._sandbox.set_clock(None)
