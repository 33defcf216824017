"""The paths of the API page: one entry a request, with the function that answers it.

A plain list needs no entry here: it has its own in `plain.py`.
"""

from collections.abc import Callable
from functools import partial

from starlette.routing import Match, Route
from starlette.types import Scope

from workforce_source.sandbox import reads, writes
from workforce_source.sandbox.calls import Answer, Call, Refusal
from workforce_source.sandbox.organization import Organization
from workforce_source.sandbox.plain import PLAIN_LISTS

Handler = Callable[[Organization, Call], Answer]
"""Answers a request, or refuses it."""


def _route(method: str, path: str, name: str, handler: Handler) -> Route:
    path = f"/v1/organizations/{{organization}}/{path}"
    return Route(path, handler, name=name, methods=[method])


def _grant(organization: Organization, call: Call) -> Answer:
    return organization.authenticator.grant(call)


# the busiest first; send_invitations before what could take it for a key
ROUTES = (
    _route("GET", "employees/{employee}/data", "employee_data", reads.data),
    _route("GET", "employees", "employees", reads.employees),
    _route("POST", "employees", "create_employee", writes.create),
    _route("GET", "employee_external_badges", "external_badges", reads.external_badges),
    _route("POST", "employees/send_invitations", "send_invitations", writes.invite),
    _route("GET", "employees/{employee}", "employee", reads.employee),
    _route("PUT", "employees/{employee}", "update_employee", writes.update),
    _route("DELETE", "employees/{employee}", "delete_employee", writes.delete),
    _route("GET", "events", "events", reads.events),
    _route("GET", "events/{event}", "event", reads.event),
    *(_route("GET", one.name, one.name, partial(reads.plain, one)) for one in PLAIN_LISTS),
    Route("/oauth/token", _grant, name="token", methods=["POST"]),
)
ENDPOINTS = tuple(route.name for route in ROUTES)
"""Their names in the log, in faults and in failures."""


def routed(scope: Scope) -> tuple[str, Handler, dict[str, str]]:
    """Get the endpoint a request is for, what answers it, and what its path holds."""
    allowed: list[str] = []
    for route in ROUTES:
        match, found = route.matches(scope)
        if match is Match.FULL:
            return route.name, route.endpoint, found["path_params"]
        if match is Match.PARTIAL:
            allowed += sorted(route.methods or ())
    return "unknown", partial(_refuse, allowed), {}


def _refuse(allowed: list[str], organization: Organization, call: Call) -> Answer:
    if allowed:
        raise Refusal(405, "Method not allowed.", {"allow": ", ".join(allowed)})
    raise Refusal(404, "There is no such path.")
