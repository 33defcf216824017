"""The rate at which requests may leave, learned from what the API refuses with 429.

No limit is published, so the API itself is asked: without a 429 nothing is paced. Once requests are
refused, the rate just accepted becomes the pace of all threads, and is then probed upwards by a
few percent. Only requests that left at the present pace are evidence about it; answers to earlier
ones are old news.

What may not be in here: threads, clocks (time is an argument), and reasons to stop other than 429.
"""

from __future__ import annotations

import math

# A late thread may make up for a part of its interval, or for this much time; more were a burst.
SLACK_SHARE, SLACK_SECONDS = 0.25, 0.004
# From this share of refusals on, the pace is plainly too high.
FLOOD = 0.3
# A first refusal at a pace takes back the last probe or two.
SMALLEST_CUT = 0.03
# No single cut is deeper: a handful of answers is weak evidence.
DEEPEST_CUT = 0.75
# Requests a second below which asking would never find out that the API accepts again.
SLOWEST = 0.2
# Probes: the fraction by which the pace is raised, and the seconds and the number of clean answers
# before the next raise.
CAREFUL = 0.01, 2.0, 50
EAGER = 0.1, 0.5, 10
STEP_GROWTH, LARGEST_STEP = 1.25, 0.5
# So many refusals below this fraction of the pace at which they began may have another cause than
# our pace. It is raised again to find out, and left alone for as long as the share of refusals does
# not rise with it.
UNMOVED, UNMOVED_BELOW, UNMOVED_FROM, UNMOVED_TO = 10, 0.5, 0.007, 0.12
RISEN_FACTOR, RISEN_SHARE, RISEN_SEEN = 2.0, 0.02, 50
LEFT_ALONE = 30.0
# What was accepted lately (two spans of this length) is no reason to go slower than that: an API
# that counts by the second refuses everything for the rest of a full one.
SPAN = 1.0
# Without a pace, the rate in use is measured over this many requests.
MEASURED = 256


class Pace:
    """The pace of all requests, in requests a second; infinite until the API refuses some."""

    def __init__(self, fixed: float | None = None) -> None:
        """Start without a pace, or with a ceiling.

        Args:
            fixed: Requests a second never to be exceeded; `None` for no ceiling.
        """
        self._ceiling = fixed or math.inf
        self.rate = self._ceiling
        self.epoch = 0
        self._next_at = -math.inf
        self._since = self._sent_at = -math.inf
        self._sent = self._accepted = self._refused = 0
        self._step, self._hold, self._enough = CAREFUL
        self._cut_from = 0.0
        self._slow_accepted = self._slow_refused = 0
        self._span_since = -math.inf
        self._span_accepted = self._span_before = 0
        self._alone_until = -math.inf
        self._alone_share = 0.0
        self._alone_for = LEFT_ALONE

    def delay(self, now: float) -> float:
        """Get the seconds until the next request may leave, 0 when it may leave now."""
        return max(0.0, self._next_at - now)

    def take(self, now: float) -> int:
        """Let one request leave, and get the epoch its answer is evidence about."""
        if self._sent == 0:
            self._since = now
        elif self.rate == math.inf and (self._sent >= MEASURED or now - self._sent_at > SPAN):
            self._begin_epoch(now)
        self._sent += 1
        self._sent_at = now
        if self.rate != math.inf:
            slack = max(SLACK_SHARE / self.rate, SLACK_SECONDS)
            self._next_at = max(self._next_at, now - slack) + 1 / self.rate
        return self.epoch

    def accept(self, epoch: int, now: float) -> None:
        """Count an answer that was not refused; after enough of them, probe upwards."""
        if now >= self._span_since + SPAN:
            self._next_span(now)
        self._span_accepted += 1
        if epoch != self.epoch:
            return
        self._accepted += 1
        if self.rate >= self._ceiling or self._accepted < self._enough or self._refused:
            return
        elapsed = now - self._since
        if elapsed < self._hold:
            return
        if self.rate < UNMOVED_BELOW * self._cut_from:
            self._slow_accepted += self._accepted
        # A pace that held nobody back has not been tried: clean answers say nothing about it.
        if self._accepted >= 0.8 * self.rate * elapsed:
            self.rate = min(self.rate * (1 + self._step), self._ceiling)
            self._step = min(self._step * STEP_GROWTH, LARGEST_STEP)
        self._begin_epoch(now)

    def refuse(self, epoch: int, now: float) -> None:
        """Count a 429; cut the pace to the rate just accepted once that rate is known."""
        if epoch != self.epoch:
            return
        self._refused += 1
        accepted = self._accepted
        share = self._refused / (self._accepted + self._refused)
        flood = share >= FLOOD
        if flood and self._refused < 3:
            return
        if flood:
            self._cut(share, now)
            self._step, self._hold, self._enough = EAGER
            self._begin_run(0.0)
        elif now < self._alone_until:
            self._look_again(share, now)
        else:
            used = self._used(now)
            self._cut(max(share, SMALLEST_CUT), now)
            self._step, self._hold, self._enough = CAREFUL
            if used > self._cut_from:
                self._begin_run(used)
            elif used < UNMOVED_BELOW * self._cut_from:
                self._slow_accepted += accepted
                self._slow_refused += 1
                if self._slow_refused >= UNMOVED:
                    self._leave_alone(now)

    def resume(self, accepted: int, seconds: float, now: float) -> None:
        """Start again after a time in which everything was refused.

        Args:
            accepted: Requests the API accepted since it last refused everything.
            seconds: Time since then, the refusals included.
            now: The time.
        """
        rate = accepted / max(seconds, 1e-3)
        self._set(min(self.rate, rate), now)
        # An average over several seconds is known well, one over a burst is not.
        known = seconds > 2 * SPAN
        self._step, self._hold, self._enough = CAREFUL if known else EAGER
        self._begin_run(0.0)

    def _begin_run(self, used: float) -> None:
        """Begin to watch whether slowing down from this pace clears the refusals."""
        self._cut_from = used
        self._slow_accepted = self._slow_refused = 0

    def _leave_alone(self, now: float) -> None:
        """Go back to the pace at which refusals began, unless slowing down made them rare."""
        share = self._slow_refused / (self._slow_refused + self._slow_accepted)
        rate = self._cut_from
        self._begin_run(rate)
        # A smaller share is well enough, a larger one can be the way down to the right pace.
        if UNMOVED_FROM < share < UNMOVED_TO:
            self._alone_until = now + self._alone_for
            self._alone_for *= 2
            self._alone_share = share
            self._set(rate, now)

    def _look_again(self, share: float, now: float) -> None:
        """While the pace is left alone: see whether refusals rose with it after all."""
        seen = self._accepted + self._refused
        if seen < RISEN_SEEN:
            return
        if share > RISEN_FACTOR * self._alone_share + RISEN_SHARE:
            self._alone_until = -math.inf
            self._alone_for = LEFT_ALONE
            self._cut(share, now)
            self._step, self._hold, self._enough = CAREFUL
        elif seen >= 2 * RISEN_SEEN:
            self._begin_epoch(now)

    def _cut(self, share: float, now: float) -> None:
        if now >= self._span_since + SPAN:
            self._next_span(now)
        lately = (self._span_before + self._span_accepted) / (SPAN + now - self._span_since)
        used = self._used(now)
        cut = used * (1 - min(share, DEEPEST_CUT))
        self._set(max(cut, min(lately, used * (1 - SMALLEST_CUT))), now)

    def _next_span(self, now: float) -> None:
        recent = now < self._span_since + 2 * SPAN
        self._span_before = self._span_accepted if recent else 0
        self._span_accepted = 0
        self._span_since = self._span_since + SPAN if recent else now

    def _used(self, now: float) -> float:
        """The rate at which requests really left, as far as it is below the pace."""
        if self.rate != math.inf:
            return self.rate
        return self._sent / max(now - self._since, 1e-3)

    def _set(self, rate: float, now: float) -> None:
        self.rate = min(max(rate, SLOWEST), self._ceiling)
        self._next_at = now + 1 / self.rate
        self._begin_epoch(now)

    def _begin_epoch(self, now: float) -> None:
        self.epoch += 1
        self._since = now
        self._sent = self._accepted = self._refused = 0
