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

import signal as signals
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


class WorkforceError(Exception):
    """Anything this package raises on purpose; `str()` is a message for a person."""

    exit_code: ClassVar[int] = ExitCode.FAILED

    # One positional argument, everything else with a default: the default pickling of exceptions
    # calls the class with `args` alone and then restores the attributes.
    def __init__(self, message: str = "") -> None:
        """Keep the message.

        Args:
            message: What happened, where, and what to do next.
        """
        super().__init__(message)

    @property
    def message(self) -> str:
        """The message for a person."""
        return str(self.args[0]) if self.args else ""


class ConfigError(WorkforceError, ValueError):
    """A setting is missing or cannot be used: fix it and run again."""

    exit_code = ExitCode.UNUSABLE


class AuthenticationError(WorkforceError):
    """The API does not accept the credentials (401), or not for this organization (403)."""

    exit_code = ExitCode.UNUSABLE

    def __init__(self, message: str = "", *, status: int | None = None) -> None:
        """Keep the message and the status.

        Args:
            message: What happened, where, and what to do next.
            status: HTTP status of the answer.
        """
        super().__init__(message)
        self.status = status


class ApiError(WorkforceError):
    """The API answered with something that stops the run."""

    def __init__(self, message: str = "", *, status: int | None = None, path: str = "") -> None:
        """Keep the message, the status and the path template.

        Args:
            message: What happened, where, and what to do next.
            status: HTTP status of the last answer; `None` when there was none.
            path: Path template of the endpoint, placeholders unfilled.
        """
        super().__init__(message)
        self.status = status
        self.path = path


class NotReadable(ApiError):
    """One employee cannot be read (403, 404, 410 or 422); the rest of the run is not concerned."""


class GivenUp(ApiError):
    """Retries are exhausted: timeouts, resets, broken bodies, 429 or 5xx until the time was up."""

    def __init__(
        self,
        message: str = "",
        *,
        status: int | None = None,
        path: str = "",
        attempts: int = 0,
        elapsed: float = 0.0,
    ) -> None:
        """Keep the message and how much was tried.

        Args:
            message: What happened, where, and what to do next.
            status: HTTP status of the last answer; `None` when there was none.
            path: Path template of the endpoint, placeholders unfilled.
            attempts: Requests sent for this one answer.
            elapsed: Seconds between the first attempt and giving up.
        """
        super().__init__(message, status=status, path=path)
        self.attempts = attempts
        self.elapsed = elapsed


class RateLimited(GivenUp):
    """The API kept answering 429, or asked for a longer pause than the settings allow."""

    def __init__(
        self,
        message: str = "",
        *,
        status: int | None = 429,
        path: str = "",
        attempts: int = 0,
        elapsed: float = 0.0,
        retry_after: float | None = None,
    ) -> None:
        """Keep the message and the pause the API asked for.

        Args:
            message: What happened, where, and what to do next.
            status: HTTP status of the last answer.
            path: Path template of the endpoint, placeholders unfilled.
            attempts: Requests sent for this one answer.
            elapsed: Seconds between the first attempt and giving up.
            retry_after: Seconds the last answer asked to wait; `None` when it did not say.
        """
        super().__init__(message, status=status, path=path, attempts=attempts, elapsed=elapsed)
        self.retry_after = retry_after


class UnexpectedResponse(ApiError):
    """A 200 without the documented shape: `base_url` is wrong, or the API changed."""

    def __init__(
        self, message: str = "", *, status: int | None = 200, path: str = "", key: str = ""
    ) -> None:
        """Keep the message and the part of the body that surprised.

        Args:
            message: What happened, where, and what to do next.
            status: HTTP status of the answer.
            path: Path template of the endpoint, placeholders unfilled.
            key: Documented attribute that is missing or of another type, e.g. `metadata`.
        """
        super().__init__(message, status=status, path=path)
        self.key = key


class DestinationError(WorkforceError):
    """The destination cannot be read or written; nothing that was loaded is lost."""


class Locked(WorkforceError):
    """Another run of the same pipeline and destination is at work."""


class Stopped(WorkforceError):
    """The run was stopped by a signal, or its client was closed while requests were waiting."""

    def __init__(self, message: str = "", *, signal: int = signals.SIGINT) -> None:
        """Keep the message and the signal.

        Args:
            message: What happened, and what the next run does.
            signal: Number of the signal that stopped the run.
        """
        super().__init__(message)
        self.signal = int(signal)

    @property
    def exit_status(self) -> int:
        """The exit status shells expect after this signal: 130 for SIGINT, 143 for SIGTERM."""
        return 128 + self.signal
