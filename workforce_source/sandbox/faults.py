"""What goes wrong on request.

Settings only; which request is hit is decided in `injection.py`.
"""

from dataclasses import dataclass, fields
from typing import Any, Literal


@dataclass(slots=True)
class Faults:
    """Everything that may go wrong; every field may be set at any time.

    Args:
        seed: Decides which requests a share hits.
        only: Names of the endpoints the faults hit; None for all.
        latency: Seconds before every answer.
        requests_per_second: Requests above this rate are answered 429.
        burst: Requests that may come at once under that rate; None for one second's worth.
        retry_after: Header of 429 and 503: `seconds`, `fraction` or `date` say when a request
            will be granted, any other text is sent as it is, None sends none.
        limit_headers: Whether answers carry X-RateLimit-Limit, -Remaining and -Reset.
        clock_skew: Seconds the server's Date and Retry-After dates are ahead.
        error_share: Share of requests answered with one of `statuses`.
        statuses: Statuses of `error_share`.
        reset_share: Share of requests whose connection is reset without an answer, and without
            what they asked for being done.
        lost_share: The same after it was done.
        late_share: Share of requests answered with one of `statuses` after it was done.
        invalid_json_share: Share of requests answered 200 with a body that is no JSON.
        truncated_share: Share of requests whose body ends early, by the declared length.
        html_share: Share of requests answered 200 with a web page.
        slow_share: Share of requests whose body comes in pieces.
        slow_seconds: Seconds such a body takes.
        unknown_attributes: Whether every object carries attributes the page does not name.
        outage: Whether every request is answered 503, or reset if `outage_resets`.
        outage_resets: See `outage`.
        hold: Seconds every answer is held back, or until set to 0.
        redirect_to: Origin every request is redirected to, path and query kept.
        redirect_status: Status of redirects.
        html: Whether every request is answered 200 with a web page.
        list_share: Share of the employees that "Get Employees" lists, totals to match.
        external_share: The same for the employees of the external badges list.
        empty_badges: Whether `/data` answers nobody's badges.
        skip_totals: Whether pages lack total_count and total_pages.
        paging: `stuck` answers page 1 whatever is asked for; `repeating` answers the records of
            page 1 as the page asked for; `endless` never comes to an end.
        links_to: Origin of the links to the previous and the next page; None for the one asked.
        unannounced_share: Share of the changes of which no event is made.
        late_event_share: Share of the events that the API tells of late, in lists and webhooks.
        late_event_seconds: How late that is.
        doubled_event_share: Share of the events that are listed twice, and sent twice.
        lost_webhook_share: Share of the webhooks that are never sent.
    """

    seed: int = 0
    only: tuple[str, ...] | None = None
    latency: float = 0.0
    requests_per_second: float | None = None
    burst: float | None = None
    retry_after: str | None = None
    limit_headers: bool = False
    clock_skew: float = 0.0
    error_share: float = 0.0
    statuses: tuple[int, ...] = (500, 502, 503)
    reset_share: float = 0.0
    lost_share: float = 0.0
    late_share: float = 0.0
    invalid_json_share: float = 0.0
    truncated_share: float = 0.0
    html_share: float = 0.0
    slow_share: float = 0.0
    slow_seconds: float = 0.2
    unknown_attributes: bool = False
    outage: bool = False
    outage_resets: bool = False
    hold: float = 0.0
    redirect_to: str | None = None
    redirect_status: int = 302
    html: bool = False
    list_share: float = 1.0
    external_share: float = 1.0
    empty_badges: bool = False
    skip_totals: bool = False
    paging: Literal["stuck", "repeating", "endless"] | None = None
    links_to: str | None = None
    unannounced_share: float = 0.0
    late_event_share: float = 0.0
    late_event_seconds: float = 10_800.0
    doubled_event_share: float = 0.0
    lost_webhook_share: float = 0.0

    def clear(self) -> None:
        """Let nothing go wrong any more."""
        self.set(**{f.name: f.default for f in fields(self)})

    def set(self, **values: Any) -> None:
        """Set several at once.

        Raises:
            ValueError: A name is no fault.
        """
        known = {f.name for f in fields(self)}
        if unknown := values.keys() - known:
            raise ValueError(f"{', '.join(sorted(unknown))}: no such fault; there are {known}")
        for name, value in values.items():
            setattr(self, name, tuple(value) if isinstance(value, list) else value)

    def lists(self, employee_id: str, share: float) -> bool:
        """Tell whether an employee is among the share that is listed."""
        return share >= 1 or int(employee_id[:8], 16) < share * 2**32
