"""One budget for the whole process: how many requests may fly, and how fast they may leave.

The throttle stands below the retries, so that every attempt counts. `pace` and `budget` are pure
(time is an argument, nothing waits); `gate` puts threads in front of them.

What may not be in here: HTTP, endpoints, and what an answer says.
"""

from workforce_source.throttle.budget import Budget, Outcome, Ticket
from workforce_source.throttle.gate import Cancel, Throttle
from workforce_source.throttle.pace import Pace

__all__ = ["Budget", "Cancel", "Outcome", "Pace", "Throttle", "Ticket"]
