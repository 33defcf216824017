"""The reads: employees, one employee, their data, external badges, events, plain lists.

Reading only; the answer is made from the state at the moment of the call.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from itertools import starmap
from typing import Any

import orjson

from workforce_source.sandbox.calls import Answer, Call, Refusal
from workforce_source.sandbox.events import Event
from workforce_source.sandbox.model import Employee
from workforce_source.sandbox.organization import Organization
from workforce_source.sandbox.plain import PlainList
from workforce_source.sandbox.query import (
    Paging,
    employee_filters,
    employee_id_filter,
    in_order,
    matches,
    sort_keys,
    whole_number,
)
from workforce_source.sandbox.records import (
    Json,
    data_record,
    employee_record,
    external_badge_record,
    plain_record,
)
from workforce_source.sandbox.spoil import with_unknown_attributes


def employees(organization: Organization, call: Call) -> Answer:
    """Answer "Get Employees"."""
    options, faults = organization.options, organization.faults
    filters = employee_filters(call.query, ignore_unknown=options.ignore_unknown_filter)
    keys = sort_keys(call.query)
    listed: Sequence[Employee] = organization.population.in_order()
    share = faults.list_share
    shuffle = f"{call.number}|" if options.ties == "unstable" else None
    if filters or share < 1 or shuffle or keys != [("created_at", False)]:
        everybody = listed

        def sort() -> list[Employee]:
            passing = (e for e in everybody if faults.lists(e.id, share) and matches(e, filters))
            return in_order(passing, keys, shuffle)

        name = ("employees", tuple(filters.items()), tuple(keys), share, shuffle)
        listed = organization.once(name, sort)
    return _listed(organization, call, listed, options.page_size, partial(map, employee_record))


def external_badges(organization: Organization, call: Call) -> Answer:
    """Answer the "Employee External Badges API"."""
    options, share = organization.options, organization.faults.external_share
    per = min(whole_number(call.query, "per", options.page_size), options.page_size)
    wanted = employee_id_filter(call.query)

    def count() -> list[Any]:
        listed = [
            employee
            for employee in organization.population.in_order()
            if organization.lists_external_badges_of(employee)
            and organization.faults.lists(employee.id, share)
            and (wanted is None or _is(employee, wanted))
        ]
        if options.per_counts == "badges":
            return [(e, badge) for e in listed for badge in e.external_badges]
        if options.per_counts == "employees":
            return [e for e in listed if e.external_badges]
        return listed

    def records(page: Sequence[Any]) -> Iterable[Json]:
        rows = page
        if options.per_counts != "badges":
            rows = [(e, badge) for e in page for badge in e.external_badges]
        return starmap(external_badge_record, rows)

    counted = organization.once(("external", wanted, share), count)
    return _listed(organization, call, counted, per, records)


def plain(one: PlainList, organization: Organization, call: Call) -> Answer:
    """Answer a plain list."""
    listed = organization.population.plain[one.name]
    per = organization.options.page_size
    return _listed(organization, call, listed, per, partial(map, plain_record))


def events(organization: Organization, call: Call) -> Answer:
    """Answer the list of events ("Webhooks"): pointers, by the time of what happened."""
    known = _events(organization)
    if organization.options.events_order == "newest":
        known.reverse()
    per, own = organization.options.page_size, organization.authenticator.organization_id
    return _listed(
        organization, call, known, per, lambda page: [event.pointer(own) for event in page]
    )


def event(organization: Organization, call: Call) -> Answer:
    """Answer one event ("Webhooks")."""
    own = organization.authenticator.organization_id
    for one in _events(organization):
        if one.id == call.event_id:
            return _answer(organization, {"data": one.record(own), "metadata": {}})
    raise Refusal(404, "Event not found.")


def _events(organization: Organization) -> list[Event]:
    options = organization.options
    if options.events_status != 200:
        raise Refusal(options.events_status, "There are no events here.")
    return organization.events.known(organization.now(), options.events_kept)


def employee(organization: Organization, call: Call) -> Answer:
    """Answer "Get a Single Employee"."""
    return single(organization, organization.readable(call))


def data(organization: Organization, call: Call) -> Answer:
    """Answer the "Employee Data API"."""
    who = organization.readable(call)
    badges = [badge for badge in who.badges if badge.visible]
    if not who.accepted:
        status = organization.options.not_accepted_status
        if status != 200:
            raise Refusal(status, "The employee has not accepted the connection.")
        badges = []
    record = data_record(who, [] if organization.faults.empty_badges else badges)
    return _answer(organization, {"data": record, "metadata": {}})


def single(organization: Organization, who: Employee, status: int = 200) -> Answer:
    """Answer one employee."""
    return _answer(organization, {"data": employee_record(who), "metadata": {}}, status)


def _listed(
    organization: Organization,
    call: Call,
    counted: Sequence[Any],
    per: int,
    records: Callable[[Sequence[Any]], Iterable[Json]],
) -> Answer:
    """Answer a page of a list.

    Args:
        organization: Whose.
        call: Says which page.
        counted: What the pages count, all of it.
        per: How many of it a page holds.
        records: Gets the records of what is on a page.
    """
    faults = organization.faults
    said = shown = Paging(whole_number(call.query, "page", 1), per, len(counted))
    if faults.paging == "endless":
        shown = replace(said, number=(said.number - 1) % max(said.pages, 1) + 1)
        said = replace(said, total=10**9)
    elif faults.paging:
        shown = replace(said, number=1)
        said = shown if faults.paging == "stuck" else said
    if said.number > max(said.pages, 1) and organization.options.past_the_end == 404:
        raise Refusal(404, "There is no such page.")
    page = shown.cut(counted)
    link = f"{faults.links_to}/{call.link.split('/', 3)[3]}" if faults.links_to else call.link
    metadata = said.metadata(len(page), link, call.query)
    if faults.skip_totals:
        del metadata["total_count"], metadata["total_pages"]
    return _answer(organization, {"data": list(records(page)), "metadata": metadata})


def _answer(organization: Organization, body: Json, status: int = 200) -> Answer:
    if organization.faults.unknown_attributes:
        body = with_unknown_attributes(body)
    return Answer(status, orjson.dumps(body))


def _is(employee: Employee, wanted: str) -> bool:
    external_id = employee.external_id
    return employee.id == wanted.lower() or (
        external_id is not None and external_id.casefold() == wanted.casefold()
    )
