"""Things tried one after the other: a line for each as it is tried, and the exit code of all.

What is tried is not known here.
"""

from collections.abc import Callable

from workforce_source.exceptions import Stopped, WorkforceError
from workforce_source.job.saying import show
from workforce_source.job.stopping import Stop


class Skipped(Exception):
    """Something that cannot be tried here; no failure."""


class Steps:
    """Prints what came of each step.

    Args:
        stop: Whether the run is to end.

    Attributes:
        code: The exit code so far: 0, or that of the first failure.
    """

    def __init__(self, stop: Stop) -> None:
        self.code = 0
        self._stop = stop

    def step(self, name: str, attempt: Callable[[], str]) -> bool:
        """Try one thing unless the run is to end; get whether it went well."""
        self._stop.raise_for_signal()
        return self.attempt(name, attempt)

    def attempt(self, name: str, attempt: Callable[[], str]) -> bool:
        """Try one thing, print what came of it, and get whether it went well."""
        try:
            self.ok(name, attempt())
        except Skipped as reason:
            self.skip(name, str(reason))
        except Stopped:
            raise
        except WorkforceError as error:
            self.fail(name, error)
            return False
        return True

    def ok(self, name: str, text: str) -> None:
        """Print that something works."""
        self._print("ok", name, text)

    def fail(self, name: str, error: WorkforceError) -> None:
        """Print what failed, and what to do."""
        self.code = self.code or error.exit_code
        self._print("failed", name, error.message)

    def skip(self, name: str, why: str) -> None:
        """Print that something was not tried."""
        self._print("skipped", name, why)

    @staticmethod
    def _print(verdict: str, name: str, text: str) -> None:
        show(f"{verdict:8} {name:16} {text}")
