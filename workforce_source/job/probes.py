"""Probes of what the API page leaves open, as one account shows it; nothing rests on them.

A probe costs at most one request. What may not be in here: anything of a record in a text.
"""

from collections.abc import Iterator

from workforce_source.client import Client, Page
from workforce_source.endpoints import EXTERNAL_BADGES
from workforce_source.exceptions import NotReadable, UnexpectedResponse, WorkforceError

PER = 200
"""External badges asked for on one page; the page of the API speaks of at most 50."""


def probe(
    client: Client, employees: Page, external_badges: Page | None, other: str | None
) -> Iterator[tuple[str, str]]:
    """Get what is open, and what this account shows of it.

    Args:
        client: The API.
        employees: Page 1 of the employees.
        external_badges: Page 1 of the external badges, if it could be read.
        other: Key of an employee who has not accepted, if there is one.

    Rests on the sections "Employee External Badges API" and "Employee Data API".
    """
    if external_badges is not None:
        meaning = count_meaning(employees, external_badges)
        yield "what total_count counts on external badges", meaning
        yield f"what per={PER} gets", _cap(client)
    yield "employee_data of somebody who has not accepted", _not_accepted(client, other)


def count_meaning(employees: Page, external: Page) -> str:
    """Get what `total_count` and `per` count, as far as page 1 tells badges from employees."""
    badges = len(external.records)
    owners = len({record["employee"]["id"] for record in external.records})
    total, per = external.total_count, external.per
    shown = f"{badges} badges of {owners} employees on page 1, total_count {total}, per {per}"
    if external.total_pages > 1:
        if per is None:
            verdict = "cannot be told"
        elif owners == per and badges > owners:
            verdict = "employees who have external badges"
        elif owners < per < badges or badges < per:
            verdict = "employees, with and without external badges"
        elif badges == per and owners < badges:
            verdict = "badges"
        else:
            verdict = "cannot be told"
    elif badges == owners:
        verdict = "cannot be told: nobody has two" if total == badges else "employees, or all"
    elif total == badges:
        verdict = "badges"
    elif total == owners:
        verdict = "employees who have external badges"
    elif total == employees.total_count:
        verdict = "all employees"
    else:
        verdict = "neither the badges nor the employees"
    return f"{verdict} ({shown})"


def _cap(client: Client) -> str:
    try:
        page = client.page(EXTERNAL_BADGES, 1, {"per": PER})
    except WorkforceError as error:
        return f"refused ({type(error).__name__})"
    if page.per is None:
        return f"an answer that does not say; {len(page.records)} badges"
    return f"per {page.per}, so " + ("it is capped" if page.per < PER else "no cap below it")


def _not_accepted(client: Client, other: str | None) -> str:
    if other is None:
        return "cannot be asked: everybody on page 1 has accepted"
    try:
        badges = client.data(other).record["badges"]
    except NotReadable as error:
        return f"status {error.status}"
    except UnexpectedResponse:
        return "200 without badges in it"
    except WorkforceError as error:
        return f"no answer ({type(error).__name__})"
    return f"200 with {len(badges)} badges"
