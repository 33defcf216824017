"""The decision what becomes of each request: what was planned, what always fails, what by chance.

Decisions only; `application.py` carries them out, `spoil.py` damages bodies. A share is decided by
the seed, the request and how often it came, not by the order of arrival: the same requests fail
the same way however many run at once.
"""

import math
from collections import Counter, deque
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from hashlib import blake2b
from threading import Lock
from typing import Literal, get_args

from workforce_source.sandbox.faults import Faults
from workforce_source.sandbox.times import Clock

FailureKind = Literal[
    "status", "reset", "lost", "late", "invalid_json", "truncated", "slow", "html", "redirect"
]
FAILURE_KINDS: tuple[FailureKind, ...] = get_args(FailureKind)
"""How a request can fail."""


@dataclass(slots=True)
class Failure:
    """What becomes of one request.

    Args:
        kind: `status` answers `status` instead of the truth, and `reset` nothing: neither does
            what was asked for. `lost` does it and answers nothing, `late` does it and answers
            `status`; the others let the truth be answered and damage it on its way.
        status: For `status`, `late` and `redirect`.
        retry_after: Value of the header, if any.
        location: Where a redirect leads.
    """

    kind: FailureKind
    status: int = 500
    retry_after: str | None = None
    location: str | None = None


@dataclass(slots=True)
class _Planned:
    failure: Failure
    endpoint: str | None
    left: int


class FaultInjector:
    """Decides what becomes of each request.

    Args:
        faults: What may go wrong.
        clock: The present instant; the request rate is measured by it.
    """

    def __init__(self, faults: Faults, clock: Clock) -> None:
        self._faults = faults
        self._clock = clock
        self._lock = Lock()
        self._planned: deque[_Planned] = deque()
        self._seen: Counter[str] = Counter()
        self._tokens = 0.0
        self._filled_at: float | None = None
        self._rate: tuple[float | None, float | None] = (None, None)

    def plan(self, failure: Failure, count: int, endpoint: str | None) -> None:
        """Let the next matching requests fail, before any other fault."""
        with self._lock:
            self._planned.append(_Planned(failure, endpoint, count))

    def forget(self) -> None:
        """Drop what was planned and begin counting anew."""
        with self._lock:
            self._planned.clear()
            self._seen.clear()
            self._filled_at = None

    def decide(self, endpoint: str, request: str) -> Failure | None:
        """Get what becomes of a request; None if all is well.

        Args:
            endpoint: Its route.
            request: Its method, path and query; the same text is the same request again.
        """
        with self._lock:
            for planned in self._planned:
                if planned.endpoint in (None, endpoint):
                    planned.left -= 1
                    if not planned.left:
                        self._planned.remove(planned)
                    return planned.failure
            faults = self._faults
            if faults.only is not None and endpoint not in faults.only:
                return None
            if faults.outage:
                return Failure("reset" if faults.outage_resets else "status", 503, self._wait(60))
            if faults.requests_per_second and (wait := self._take(faults.requests_per_second)):
                return Failure("status", 429, self._wait(wait))
            if faults.redirect_to:
                return Failure("redirect", faults.redirect_status, location=faults.redirect_to)
            return Failure("html") if faults.html else self._by_chance(request)

    def _by_chance(self, request: str) -> Failure | None:
        faults = self._faults
        shares: tuple[tuple[FailureKind, float], ...] = (
            ("status", faults.error_share),
            ("reset", faults.reset_share),
            ("lost", faults.lost_share),
            ("late", faults.late_share),
            ("invalid_json", faults.invalid_json_share),
            ("truncated", faults.truncated_share),
            ("html", faults.html_share),
            ("slow", faults.slow_share),
        )
        if not any(share for _, share in shares):
            return None
        self._seen[request] += 1
        text = f"{faults.seed}|{request}|{self._seen[request]}"
        draw = int.from_bytes(blake2b(text.encode(), digest_size=8).digest())
        chance, pick = (draw >> 32) / 2**32, draw & 0xFFFFFFFF
        for kind, share in shares:
            if chance < share:
                status = faults.statuses[pick % len(faults.statuses)]
                return Failure(kind, status, self._wait(1) if status in (429, 503) else None)
            chance -= share
        return None

    def _take(self, rate: float) -> float:
        """Take one request from the budget; get the seconds until there is one, 0 if there was."""
        now = self._clock().timestamp()
        room = self._faults.burst or max(1.0, rate)
        if self._filled_at is None or self._rate != (rate, room):
            self._rate, self._tokens, self._filled_at = (rate, room), room, now
        self._tokens = min(room, self._tokens + max(0.0, now - self._filled_at) * rate)
        self._filled_at = now
        if self._tokens >= 1:
            self._tokens -= 1
            return 0.0
        return (1 - self._tokens) / rate

    def limit_headers(self) -> dict[str, str]:
        """Get what the rate limit says about itself."""
        rate = self._faults.requests_per_second
        if not (self._faults.limit_headers and rate):
            return {}
        return {
            "x-ratelimit-limit": f"{rate:g}",
            "x-ratelimit-remaining": str(int(self._tokens)),
            "x-ratelimit-reset": str(max(1, math.ceil((1 - self._tokens) / rate))),
        }

    def _wait(self, seconds: float) -> str | None:
        match self._faults.retry_after:
            case "seconds":
                return str(math.ceil(seconds))
            case "fraction":
                return f"{seconds:.3f}"
            case "date":
                return self.http_date(math.ceil(seconds))
            case other:
                return other

    def http_date(self, ahead: float = 0.0) -> str:
        """Get an HTTP date so many seconds ahead, by the server's clock."""
        seconds = self._clock().timestamp() + self._faults.clock_skew + ahead
        return format_datetime(datetime.fromtimestamp(int(seconds), UTC), usegmt=True)
