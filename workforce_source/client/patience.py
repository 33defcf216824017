"""How long one answer is worth waiting for: backoff between attempts, and giving up.

What may not be in here: sockets, and the decision which answers are failures.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from workforce_source.exceptions import GivenUp, RateLimited
from workforce_source.throttle import Cancel, Throttle

logger = logging.getLogger(__name__)

FIRST_REST, LONGEST_REST = 0.1, 30.0
# Seconds without an answer after which people are told, and until they are told again.
SAID_AFTER = 60.0


@dataclass(frozen=True, slots=True)
class Failure:
    """An attempt that may be repeated.

    Attributes:
        reason: What happened, without anything of the request or the body.
        status: HTTP status, where there was an answer.
        retry_after: Seconds the answer asked to wait.
        connecting: The origin was not reached at all.
        at_once: No sign of trouble: worth another attempt without waiting.
    """

    reason: str
    status: int | None = None
    retry_after: float | None = None
    connecting: bool = False
    at_once: bool = False


class Reached:
    """Whether the API has ever answered in JSON; until then nobody waits long for it.

    Attributes:
        yes: Whether it has.
        say_from: When people may next be told that it does not answer.
    """

    __slots__ = ("say_from", "yes")

    def __init__(self) -> None:
        """Start unreached."""
        self.yes = False
        self.say_from = 0.0


class Patience:
    """The retries of one answer."""

    def __init__(
        self,
        where: str,
        started: float,
        *,
        throttle: Throttle,
        reached: Reached,
        give_up_after: float,
        first_answer_within: float,
        host: str,
        cancel: Cancel | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin after a first failed attempt.

        Args:
            where: What is asked for: a path template.
            started: Time of the first attempt, on the same clock.
            throttle: Where to wait.
            reached: Whether the API has ever answered.
            give_up_after: Seconds after which no further attempt starts.
            first_answer_within: The same, as long as the API has never been reached.
            host: Host of the API, for messages.
            cancel: Ends the waiting when it is cancelled.
            clock: Seconds that never go backwards.
        """
        self.attempts = 0
        self._where = where
        self._throttle = throttle
        self._reached = reached
        self._give_up_after = give_up_after
        self._first_answer_within = min(first_answer_within, give_up_after)
        self._host = host
        self._cancel = cancel
        self._clock = clock
        self._started = started

    def after(self, failure: Failure) -> None:
        """Wait until the next attempt.

        Raises:
            GivenUp: The time for this answer is up.
            Stopped: The run was stopped.
        """
        self.attempts += 1
        if failure.at_once:
            return
        # When nobody gets an answer it is the API: the next request does not try as long again.
        elapsed = self._clock() - min(self._started, self._throttle.out_since())
        # A wrong address refuses, is unknown, or answers something else than the API.
        never = not self._reached.yes and (failure.connecting or failure.status == 200)
        limit = self._first_answer_within if never else self._give_up_after
        # The first retry comes soon: most failures concern one request only. A pause everybody
        # keeps is the business of the throttle.
        rest = min(FIRST_REST * 2 ** min(self.attempts - 1, 20), LONGEST_REST)
        rest *= random.uniform(0.5, 1)  # noqa: S311  # spreads retries, guards no secret
        if elapsed + rest > limit:
            raise self._given_up(failure, elapsed, never=never)
        logger.debug(
            "%s: %s; attempt %d follows",
            self._where,
            failure.reason,
            self.attempts + 1,
            extra={"path": self._where, "attempts": self.attempts, "status": failure.status},
        )
        if elapsed >= SAID_AFTER:
            self._say(failure, elapsed, limit)
        self._throttle.rest(rest, self._cancel)

    def _say(self, failure: Failure, elapsed: float, limit: float) -> None:
        """Tell now and then what a run that seems to stand still is waiting for."""
        now = self._clock()
        if now < self._reached.say_from:  # another thread did
            return
        self._reached.say_from = now + SAID_AFTER
        logger.warning(
            "%s has given no usable answer for %.0f s (%s); trying for %.0f s in all.",
            self._host,
            elapsed,
            failure.reason,
            limit,
            extra={"path": self._where, "elapsed": elapsed, "status": failure.status},
        )

    def _given_up(self, failure: Failure, elapsed: float, *, never: bool) -> GivenUp:
        tried = f"{self.attempts} attempts in {elapsed:.0f} s"
        if never:
            return GivenUp(
                f"{self._host} could not be reached: {failure.reason} ({tried}). Check the host"
                " in base_url, the network, and HTTPS_PROXY; then run again.",
                path=self._where,
                attempts=self.attempts,
                elapsed=elapsed,
            )
        if failure.status == 429:
            wait = failure.retry_after
            asked = "" if wait is None else f" and asked to wait {wait:.0f} s"
            return RateLimited(
                f"{self._host} kept answering 429 for {self._where}{asked} ({tried}). Run again"
                " later, or set requests_per_second to what the API grants.",
                path=self._where,
                attempts=self.attempts,
                elapsed=elapsed,
                retry_after=wait,
            )
        return GivenUp(
            f"{self._host} gave no usable answer for {self._where}: {failure.reason} ({tried})."
            " What is loaded stays loaded; run again later, or raise give_up_after.",
            status=failure.status,
            path=self._where,
            attempts=self.attempts,
            elapsed=elapsed,
        )
