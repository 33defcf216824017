"""What one account shows of the questions the API page leaves open; nothing rests on the answers.

A question costs at most one request, and no answer holds anything of a record.
"""

from collections.abc import Iterator

from workforce_source.client import Client, Page
from workforce_source.endpoints import EXTERNAL_BADGES
from workforce_source.exceptions import NotReadable, UnexpectedResponse, WorkforceError

ASKED_FOR = 200
"""Records asked for on a page of external badges; the page of the API speaks of at most 50."""


def answers(
    client: Client, employees: Page, external: Page | None, refused: str | None
) -> Iterator[tuple[str, str]]:
    """Get each question with what this account shows.

    Args:
        client: The API.
        employees: Page 1 of the employees.
        external: Page 1 of the external badges, if it could be read.
        refused: Key of an employee who has not accepted, if there is one.

    Rests on the sections "Employee External Badges API" and "Employee Data API".
    """
    if external is not None:
        yield "what total_count counts on external badges", counted(employees, external)
        yield f"what per={ASKED_FOR} gets", _cap(client)
    yield "employee_data of somebody who has not accepted", _not_accepted(client, refused)


def counted(employees: Page, external: Page) -> str:
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
        page = client.page(EXTERNAL_BADGES, 1, {"per": ASKED_FOR})
    except WorkforceError as error:
        return f"refused ({type(error).__name__})"
    if page.per is None:
        return f"an answer that does not say; {len(page.records)} badges"
    return f"per {page.per}, so " + ("it is capped" if page.per < ASKED_FOR else "no cap below it")


def _not_accepted(client: Client, refused: str | None) -> str:
    if refused is None:
        return "cannot be asked: everybody on page 1 has accepted"
    try:
        badges = client.data(refused).record["badges"]
    except NotReadable as error:
        return f"status {error.status}"
    except UnexpectedResponse:
        return "200 without badges in it"
    except WorkforceError as error:
        return f"no answer ({type(error).__name__})"
    return f"200 with {len(badges)} badges"
