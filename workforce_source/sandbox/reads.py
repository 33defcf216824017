"""The four reads of the API page: employees, one employee, their data, external badges.

Reading only; the answer is made from the state at the moment of the call.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from workforce_source.sandbox.answers import (
    Answer,
    Json,
    Refusal,
    data_record,
    employee_record,
    external_badge_record,
)
from workforce_source.sandbox.faults import Faults
from workforce_source.sandbox.model import Employee, ExternalBadge, Population
from workforce_source.sandbox.options import Options
from workforce_source.sandbox.query import (
    Paging,
    Query,
    employee_filters,
    employee_id_filter,
    in_order,
    matches,
    sort_keys,
    whole_number,
)
from workforce_source.sandbox.spoil import with_unknown_attributes


@dataclass(slots=True)
class Call:
    """What a request asks for.

    Args:
        number: Of the request, from 1.
        employee_key: The path key, percent-decoded; empty where the path has none.
        query: Names and values.
        link: Absolute address without the query.
        body: The body of a write.
    """

    number: int
    employee_key: str
    query: Query
    link: str
    body: bytes = b""


class Reads:
    """Answers the reads.

    Args:
        population: The state.
        options: Answers to what the page leaves open.
        faults: What is answered wrongly on request.
    """

    def __init__(self, population: Population, options: Options, faults: Faults) -> None:
        self._population = population
        self._options = options
        self._faults = faults
        self.refused: dict[str, int] = {}
        """Status of the single reads by employee id; what is not here is read."""
        self._kept: dict[Any, Sequence[Any]] = {}
        self._kept_for = -1

    def employees(self, call: Call) -> Answer:
        """Answer "Get Employees"."""
        options, faults = self._options, self._faults
        filters = employee_filters(call.query, ignore_unknown=options.ignore_unknown_filter)
        keys = sort_keys(call.query)
        listed = self._employees(filters, keys, call.number)
        paging = Paging(whole_number(call.query, "page", 1), options.page_size, len(listed))
        page = paging.cut(listed) if not faults.paging else self._lost(paging).cut(listed)
        return self._page([employee_record(employee) for employee in page], len(page), paging, call)

    def _employees(
        self, filters: dict[str, str], keys: list[tuple[str, bool]], number: int
    ) -> Sequence[Employee]:
        everybody = self._population.in_order()
        share = self._faults.list_share
        shuffle = f"{number}|" if self._options.ties == "unstable" else None
        if not filters and share >= 1 and shuffle is None and keys == [("created_at", False)]:
            return everybody
        name = ("employees", tuple(filters.items()), tuple(keys), share, shuffle)

        def sort() -> list[Employee]:
            passing = (e for e in everybody if self._faults.lists(e.id, share))
            return in_order((e for e in passing if matches(e, filters)), keys, shuffle)

        return self._once(name, sort)

    def _once(self, name: Any, make: Any) -> Sequence[Any]:
        """Get a list that is the same until the population changes; only a few are kept."""
        if self._kept_for != self._population.version or len(self._kept) > 8:
            self._kept.clear()
            self._kept_for = self._population.version
        if name not in self._kept:
            self._kept[name] = make()
        return self._kept[name]

    def employee(self, call: Call) -> Answer:
        """Answer "Get a Single Employee"."""
        return self.single(employee_record(self._readable(call)))

    def data(self, call: Call) -> Answer:
        """Answer the "Employee Data API"."""
        employee = self._readable(call)
        badges = [badge for badge in employee.badges if badge.visible]
        if not employee.accepted:
            status = self._options.not_accepted_status
            if status != 200:
                raise Refusal(status, "The employee has not accepted the connection.")
            badges = []
        return self.single(data_record(employee, [] if self._faults.empty_badges else badges))

    def found(self, key: str) -> Employee:
        """Get the employee a path key leads to.

        Raises:
            Refusal: It leads to nobody.
        """
        employee = self._population.find(key, by_id_too=self._options.uuid_in_path)
        if employee is None:
            raise Refusal(404, "Employee not found.")
        return employee

    def _readable(self, call: Call) -> Employee:
        employee = self.found(call.employee_key)
        if employee.id in self.refused:
            raise Refusal(self.refused[employee.id], "The employee cannot be read.")
        return employee

    def single(self, record: Json, status: int = 200) -> Answer:
        """Answer one record."""
        return self._answer({"data": record, "metadata": {}}, status)

    def external_badges(self, call: Call) -> Answer:
        """Answer the "Employee External Badges API"."""
        size = self._options.page_size
        per = min(whole_number(call.query, "per", size), size)
        number = whole_number(call.query, "page", 1)
        wanted = employee_id_filter(call.query)
        share = self._faults.external_share

        def of(employee: Employee) -> bool:
            return (
                self.lists_external_badges_of(employee)
                and self._faults.lists(employee.id, share)
                and (wanted is None or _is(employee, wanted))
            )

        def count() -> list[Any]:
            listed = [e for e in self._population.in_order() if of(e)]
            if self._options.per_counts == "badges":
                return [(e, badge) for e in listed for badge in e.external_badges]
            if self._options.per_counts == "employees":
                return [e for e in listed if e.external_badges]
            return listed

        counted = self._once(("external", wanted, share), count)
        paging = Paging(number, per, len(counted))
        page = paging.cut(counted) if not self._faults.paging else self._lost(paging).cut(counted)
        rows: list[tuple[Employee, ExternalBadge]]
        if self._options.per_counts == "badges":
            rows = list(page)
        else:
            rows = [(e, badge) for e in page for badge in e.external_badges]
        records = [external_badge_record(employee, badge) for employee, badge in rows]
        return self._page(records, len(page), paging, call)

    def lists_external_badges_of(self, employee: Employee) -> bool:
        """Tell whether the external badges of an employee are listed at all."""
        return employee.accepted or self._options.external_badges_of == "all"

    def _lost(self, paging: Paging) -> Paging:
        if self._faults.paging == "endless":
            number = (paging.number - 1) % max(paging.pages, 1) + 1
            return Paging(number, paging.per, paging.total)
        return Paging(1, paging.per, paging.total)

    def _page(self, records: list[Json], count: int, paging: Paging, call: Call) -> Answer:
        faults = self._faults
        if faults.paging == "stuck":
            paging = Paging(1, paging.per, paging.total)
        elif faults.paging == "endless":
            paging = Paging(paging.number, paging.per, 10**9)
        if paging.number > max(paging.pages, 1) and self._options.past_the_end == 404:
            raise Refusal(404, "There is no such page.")
        link = call.link
        if faults.links_to:
            link = faults.links_to + "/" + link.split("/", 3)[3]
        metadata = paging.metadata(count, link, call.query)
        if faults.skip_totals:
            del metadata["total_count"], metadata["total_pages"]
        return self._answer({"data": records, "metadata": metadata})

    def _answer(self, body: Json, status: int = 200) -> Answer:
        if self._faults.unknown_attributes:
            body = with_unknown_attributes(body)
        return Answer(status, orjson.dumps(body))


def _is(employee: Employee, wanted: str) -> bool:
    external_id = employee.external_id
    return employee.id == wanted.lower() or (
        external_id is not None and external_id.casefold() == wanted.casefold()
    )
