"""How long one answer is worth waiting for: the retry policy, and its circuit breaker.

When nobody gets an answer it is the origin, not the request, and no request tries as long again
as the first that found out.

What may not be in here: sockets, and the decision which answers are failures.
"""

import logging
import math
import random
from dataclasses import dataclass, field
from typing import Any

from workforce_source.client.origin import Failure, Origin
from workforce_source.exceptions import GivenUp, RateLimited
from workforce_source.throttle import Cancel

logger = logging.getLogger(__name__)

FIRST_REST, LONGEST_REST = 0.1, 30.0
# Seconds without an answer after which people are told, and until they are told again.
SAID_AFTER = 60.0


@dataclass(slots=True)
class Retries:
    """The retries of one answer.

    Attributes:
        origin: Where it is asked for.
        where: What is asked for: a path template.
        cancel: Ends the waiting when it is cancelled.
        within: Seconds it is tried at most; as long as the limits allow unless given.
        attempts: Attempts that failed so far.
        started: Time of the first of them, on the origin's clock.
    """

    origin: Origin
    where: str
    cancel: Cancel | None = None
    within: float = math.inf
    attempts: int = field(default=0, init=False)
    started: float = field(default=0.0, init=False)

    def after(self, failure: Failure, sent_at: float) -> None:
        """Wait until the next attempt.

        Args:
            failure: What came of the last one.
            sent_at: When that one began, on the origin's clock.

        Raises:
            GivenUp: The time for this answer is up.
            Stopped: The run was stopped.
        """
        origin, limits = self.origin, self.origin.limits
        origin.throttle.check(self.cancel)
        self.started = self.started if self.attempts else sent_at
        self.attempts += 1
        now = origin.clock.monotonic()
        out_since = origin.throttle.out_since()
        elapsed = now - min(self.started, out_since)
        # A wrong address refuses, is unknown, or answers something else than the API.
        never = not origin.answered and (failure.connecting or failure.status == 200)
        longest = min(limits.give_up_after, limits.first_answer_within if never else math.inf)
        limit = min(longest, self.within)
        # The first retry comes soon: most failures concern one request only. A pause everybody
        # keeps is the business of the throttle.
        rest = random.uniform(0.5, 1) * min(  # noqa: S311  # spreads retries, guards no secret
            FIRST_REST * 2 ** min(self.attempts - 1, 20), LONGEST_REST
        )
        facts = {"path": self.where, "attempts": self.attempts, "status": failure.status}
        # Now and then it is told what a run that seems to stand still is waiting for: also where
        # each request is given up before, for there may be many.
        if math.isinf(self.within):
            long = elapsed >= SAID_AFTER
        else:
            long = elapsed + rest >= SAID_AFTER and not math.isinf(out_since)
        if long and now >= origin.say_from:
            origin.say_from = now + SAID_AFTER
            logger.warning(
                "%s has given no usable answer for %.0f s (%s); trying for %.0f s in all.",
                origin.host,
                elapsed,
                failure.reason,
                longest,
                extra=facts | {"elapsed": elapsed},
            )
        if elapsed + rest > limit:
            raise self._given_up(failure, elapsed, never=never) from None
        logger.debug(
            "%s: %s; attempt %d follows",
            self.where,
            failure.reason,
            self.attempts + 1,
            extra=facts,
        )
        origin.throttle.rest(rest, self.cancel)

    def _given_up(self, failure: Failure, elapsed: float, *, never: bool) -> GivenUp:
        where, host, asked = self.where, self.origin.host, failure.retry_after
        tried = f"{self.attempts} attempts in {elapsed:.0f} s"
        facts: Any = {"path": where, "attempts": self.attempts, "elapsed": elapsed}
        if never:
            return GivenUp(
                f"{host} {'is not the API' if failure.status else 'could not be reached'}:"
                f" {failure.reason} ({tried}). Check the host in base_url, the network, and"
                " HTTPS_PROXY; then run again.",
                **facts,
            )
        if failure.status == 429:
            wait = "" if asked is None else f" and asked to wait {asked:.0f} s"
            return RateLimited(
                f"{host} kept answering 429 for {where}{wait} ({tried}). Run again"
                " later, or set requests_per_second to what the API grants.",
                retry_after=asked,
                **facts,
            )
        return GivenUp(
            f"{host} gave no usable answer for {where}: {failure.reason} ({tried})."
            " What is loaded stays loaded; run again later, or raise give_up_after.",
            status=failure.status,
            **facts,
        )
