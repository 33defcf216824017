"""The errors of this package, one class for each thing a caller can do about them.

```
WorkforceError                 anything this package raises on purpose
├── ConfigError                fix a setting (also a ValueError)
├── AuthenticationError        fix the token, or what it may read
├── ApiError                   the API answered with something that stops the run
│   ├── NotReadable            one employee cannot be read: record it, go on
│   ├── GivenUp                retries are exhausted: run again later
│   │   └── RateLimited        ... because the API kept answering 429
│   └── UnexpectedResponse     a 200 that is not the documented shape: wrong base_url, or a new API
├── DestinationError           the destination refused: free it or fix it
├── Locked                     another run holds the lock: wait for it
└── Stopped                    a signal, or `close()`, ended the run
```

Every message stands alone: what happened, where (the path template, never a filled path), what to
do next. Facts for code are attributes, so nobody has to parse a message. Every class survives
pickling, because loading tools carry errors between threads, processes and trace files.

What may not be in here: response bodies, keys of employees, e-mail addresses, tokens, and any
import of this package but the exit codes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from workforce_source.exit_codes import ExitCode

__all__ = [
    "ApiError",
    "AuthenticationError",
    "ConfigError",
    "DestinationError",
    "GivenUp",
    "Locked",
    "NotReadable",
    "RateLimited",
    "Stopped",
    "UnexpectedResponse",
    "WorkforceError",
]


@dataclass(eq=False)
class WorkforceError(Exception):
    """Anything this package raises on purpose; `str()` is a message for a person.

    Attributes:
        message: What happened, where, and what to do next.
    """

    # One positional argument, everything else with a default: the default pickling of exceptions
    # calls the class with `args` alone and then restores the attributes.
    message: str = ""
    exit_code: ClassVar[int] = ExitCode.FAILED

    def __post_init__(self) -> None:
        """Let `str()` be the message, however it was given."""
        super().__init__(self.message)


class ConfigError(WorkforceError, ValueError):
    """A setting is missing or cannot be used: fix it and run again."""

    exit_code = ExitCode.UNUSABLE


@dataclass(eq=False, kw_only=True)
class AuthenticationError(WorkforceError):
    """The API does not accept the credentials (401), or not for this organization (403).

    Attributes:
        status: HTTP status of the answer.
    """

    status: int | None = None
    exit_code = ExitCode.UNUSABLE


@dataclass(eq=False, kw_only=True)
class ApiError(WorkforceError):
    """The API answered with something that stops the run.

    Attributes:
        status: HTTP status of the last answer; `None` when there was none.
        path: Path template of the endpoint, placeholders unfilled.
    """

    status: int | None = None
    path: str = ""


class NotReadable(ApiError):
    """One employee cannot be read, by the status; the rest of the run is not concerned."""


@dataclass(eq=False, kw_only=True)
class GivenUp(ApiError):
    """Retries are exhausted: timeouts, resets, broken bodies, 429 or 5xx until the time was up.

    Attributes:
        attempts: Requests sent for this one answer.
        elapsed: Seconds between the first attempt and giving up.
    """

    attempts: int = 0
    elapsed: float = 0.0


@dataclass(eq=False, kw_only=True)
class RateLimited(GivenUp):
    """The API kept answering 429, or asked for a longer pause than the settings allow.

    Attributes:
        retry_after: Seconds the last answer asked to wait; `None` when it did not say.
    """

    status: int | None = 429
    retry_after: float | None = None


@dataclass(eq=False, kw_only=True)
class UnexpectedResponse(ApiError):
    """A 200 without the documented shape: `base_url` is wrong, or the API changed.

    Attributes:
        key: Documented attribute that is missing or of another type, e.g. `metadata`.
    """

    status: int | None = 200
    key: str = ""


class DestinationError(WorkforceError):
    """The destination cannot be read or written; nothing that was loaded is lost."""


class Locked(WorkforceError):
    """Another run of the same pipeline and destination is at work."""


@dataclass(eq=False, kw_only=True)
class Stopped(WorkforceError):
    """The run was stopped by a signal, or its client was closed while requests were waiting.

    Attributes:
        signal: Number of the signal that stopped the run.
    """

    signal: int = 2  # SIGINT, on every system

    def after(self, read: int) -> Stopped:
        """Get the same, said of a run that keeps the badges of so many employees it had read."""
        kept = f" The badges of {read:,} employees that this run had read are among it."
        return Stopped(self.message + kept if read else self.message, signal=self.signal)

    @property
    def exit_status(self) -> int:
        """The exit status shells expect after this signal: 130 for SIGINT, 143 for SIGTERM."""
        return 128 + self.signal
