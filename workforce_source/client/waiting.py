"""What the headers of an answer say about waiting, in seconds.

What may not be in here: waiting itself, and reasons to go faster: headers may only slow us down.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

# A shorter reset is rounded up by most servers: the pace finds such limits more exactly.
SHORTEST_RESET = 1.0
# Longer waits are all the same to us: no run waits for them.
A_YEAR = 365 * 86400.0
# Larger numbers of seconds are times since 1970.
EPOCH = 1e8


def asked_to_wait(headers: Mapping[str, str], now: Callable[[], datetime]) -> float | None:
    """Get the seconds of `Retry-After`, which is a number of seconds or an HTTP date.

    Args:
        headers: Headers of the answer.
        now: The wall clock, for answers that do not tell the server's own.
    """
    value = headers.get("retry-after")
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        until = _http_date(value)
        if until is None:
            return None
        seconds = (until - _time_of(headers, now)).total_seconds()
    return min(max(seconds, 0.0), A_YEAR) if math.isfinite(seconds) else None


def until_reset(headers: Mapping[str, str], now: Callable[[], datetime]) -> float | None:
    """Get the seconds until the API grants requests again, when it says that none are left.

    Args:
        headers: Headers of the answer.
        now: The wall clock, for answers that do not tell the server's own.
    """
    for prefix in ("x-ratelimit", "ratelimit"):
        if headers.get(f"{prefix}-remaining") == "0":
            try:
                seconds = float(headers.get(f"{prefix}-reset") or "")
            except ValueError:
                return None
            if seconds > EPOCH:
                seconds -= _time_of(headers, now).timestamp()
            return min(seconds, A_YEAR) if SHORTEST_RESET < seconds < math.inf else None
    return None


def _time_of(headers: Mapping[str, str], now: Callable[[], datetime]) -> datetime:
    """Get the time of the answer by the server's clock; ours may be wrong."""
    return _http_date(headers.get("date") or "") or now()


def _http_date(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
