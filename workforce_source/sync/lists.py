"""The lists of a run: which class walks which, and all of them at once.

A list without anything special is a `Listing`.
"""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from workforce_source.client import Record
from workforce_source.endpoints import EMPLOYEES, EXTERNAL_BADGES, LISTS
from workforce_source.sync.context import BRIEFLY, Context
from workforce_source.sync.employees import EmployeeListing
from workforce_source.sync.listing import Listing
from workforce_source.tables import Key, Row


class ExternalBadgeListing(Listing):
    """The list of external badges, which can be read of one employee, too."""

    def person(self, record: Record) -> Mapping[str, Any] | None:
        """Get the keys of the employee who has the badge."""
        employee: Mapping[str, Any] = record["employee"]
        return employee

    def ask(self, scope: Key, known: list[Row]) -> list[Record] | None:
        """Get the external badges of one employee."""
        (employee_id,) = scope
        filtered = {"filter[employee][id]": employee_id}
        pages = self.context.client.pages(self.endpoint, filtered, BRIEFLY)
        return [record for page in pages for record in page.records]


SPECIAL: Final[dict[str, type[Listing]]] = {
    EMPLOYEES.name: EmployeeListing,
    EXTERNAL_BADGES.name: ExternalBadgeListing,
}
"""Lists that know more than how to be walked."""


def listings(context: Context, names: Iterable[str]) -> list[Listing]:
    """Get the lists of these names, to be walked."""
    return [
        SPECIAL.get(endpoint.name, Listing)(context, endpoint)
        for endpoint in LISTS
        if endpoint.name in names
    ]


def walk(context: Context, lists: list[Listing]) -> None:
    """Walk all lists at once; that of the employees first where somebody is left out.

    Who has a new id is known again there by other keys, which external badges lack.
    """
    if context.suppression and lists and lists[0].endpoint is EMPLOYEES:
        lists[0].walk()
        lists = lists[1:]
    if not lists:
        return
    with ThreadPoolExecutor(len(lists), "list") as threads:
        try:
            for walked in [threads.submit(listing.walk) for listing in lists]:
                walked.result()
        except BaseException:
            # the other walks end when their client does
            context.client.close()
            raise
