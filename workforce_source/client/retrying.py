"""How long one answer is worth waiting for: the retry policy of an origin, and its circuit breaker.

What may not be in here: sockets, and the decision which answers are failures.
"""

from __future__ import annotations

import logging
import random
from dataclasses import dataclass, field

from workforce_source.clock import Clock
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
    """

    reason: str
    status: int | None = None
    retry_after: float | None = None
    connecting: bool = False


@dataclass(slots=True)
class RetryPolicy:
    """How often, and how long, the requests to one origin are repeated.

    A circuit breaker is part of it: when nobody gets an answer it is the origin, not the request,
    and no request tries as long again as the first that found out.

    Attributes:
        host: Host of the origin, for messages.
        throttle: Where to wait; it knows since when nobody gets an answer.
        clock: Tells the time.
        give_up_after: Seconds after which no further attempt starts.
        first_answer_within: The same, as long as the origin has never answered.
        answered: Whether it has ever answered in JSON.
        say_from: When people may next be told that it does not answer.
    """

    host: str
    throttle: Throttle
    clock: Clock
    give_up_after: float
    first_answer_within: float
    answered: bool = False
    say_from: float = 0.0


@dataclass(slots=True)
class Retries:
    """The retries of one answer.

    Attributes:
        policy: The policy of the origin.
        where: What is asked for: a path template.
        started: Time of the first attempt, on the policy's clock.
        cancel: Ends the waiting when it is cancelled.
        attempts: Attempts that failed so far.
    """

    policy: RetryPolicy
    where: str
    started: float
    cancel: Cancel | None = None
    attempts: int = field(default=0, init=False)

    def after(self, failure: Failure) -> None:
        """Wait until the next attempt.

        Raises:
            GivenUp: The time for this answer is up.
            Stopped: The run was stopped.
        """
        self.attempts += 1
        policy = self.policy
        elapsed = policy.clock.monotonic() - min(self.started, policy.throttle.out_since())
        # A wrong address refuses, is unknown, or answers something else than the API.
        never = not policy.answered and (failure.connecting or failure.status == 200)
        limit = policy.give_up_after
        if never:
            limit = min(policy.first_answer_within, limit)
        # The first retry comes soon: most failures concern one request only. A pause everybody
        # keeps is the business of the throttle.
        rest = min(FIRST_REST * 2 ** min(self.attempts - 1, 20), LONGEST_REST)
        rest *= random.uniform(0.5, 1)  # noqa: S311  # spreads retries, guards no secret
        if elapsed + rest > limit:
            raise self._given_up(failure, elapsed, never=never)
        logger.debug(
            "%s: %s; attempt %d follows",
            self.where,
            failure.reason,
            self.attempts + 1,
            extra={"path": self.where, "attempts": self.attempts, "status": failure.status},
        )
        if elapsed >= SAID_AFTER:
            self._say(failure, elapsed, limit)
        policy.throttle.rest(rest, self.cancel)

    def _say(self, failure: Failure, elapsed: float, limit: float) -> None:
        """Tell now and then what a run that seems to stand still is waiting for."""
        policy, now = self.policy, self.policy.clock.monotonic()
        if now < policy.say_from:  # another thread did
            return
        policy.say_from = now + SAID_AFTER
        logger.warning(
            "%s has given no usable answer for %.0f s (%s); trying for %.0f s in all.",
            policy.host,
            elapsed,
            failure.reason,
            limit,
            extra={"path": self.where, "elapsed": elapsed, "status": failure.status},
        )

    def _given_up(self, failure: Failure, elapsed: float, *, never: bool) -> GivenUp:
        tried, host = f"{self.attempts} attempts in {elapsed:.0f} s", self.policy.host
        if never:
            return GivenUp(
                f"{host} could not be reached: {failure.reason} ({tried}). Check the host"
                " in base_url, the network, and HTTPS_PROXY; then run again.",
                path=self.where,
                attempts=self.attempts,
                elapsed=elapsed,
            )
        if failure.status == 429:
            wait = failure.retry_after
            asked = "" if wait is None else f" and asked to wait {wait:.0f} s"
            return RateLimited(
                f"{host} kept answering 429 for {self.where}{asked} ({tried}). Run again"
                " later, or set requests_per_second to what the API grants.",
                path=self.where,
                attempts=self.attempts,
                elapsed=elapsed,
                retry_after=wait,
            )
        return GivenUp(
            f"{host} gave no usable answer for {self.where}: {failure.reason} ({tried})."
            " What is loaded stays loaded; run again later, or raise give_up_after.",
            status=failure.status,
            path=self.where,
            attempts=self.attempts,
            elapsed=elapsed,
        )
