"""Everybody in the organization, and who is found by which key.

State only: who comes, changes and goes is decided in `populate.py`, `churn.py` and `writes.py`.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from random import Random
from threading import RLock
from typing import Any

from workforce_source.sandbox.model import Employee, Template, random_uuid
from workforce_source.sandbox.plain import PLAIN_LISTS


class Population:
    """Everybody in the organization, findable by id and by the keys a path may hold.

    Change it through `add`, `remove` and `edit`, or by hand inside `with population.changing():`,
    which holds the lock and makes the next look-up see the change.

    Args:
        employees: The first employees, in any order.
        templates: The catalogue; churn issues from it.
        seed: Where the ids of later employees and badges come from.
    """

    def __init__(
        self, employees: Iterable[Employee] = (), templates: Iterable[Template] = (), seed: int = 0
    ) -> None:
        self.lock = RLock()
        self.employees = list(employees)
        self.templates = list(templates)
        self.plain: dict[str, list[dict[str, Any]]] = {one.name: [] for one in PLAIN_LISTS}
        """The records of each plain list."""
        self.version = 0
        """Moves with every change; what was computed under another version is stale."""
        self._ids = Random(f"ids:{seed}")
        self._indexed = -1
        self._by_id: dict[str, Employee] = {}
        self._by_key: dict[str, Employee] = {}

    @contextmanager
    def changing(self) -> Iterator[None]:
        """Hold the lock while the caller changes anything by hand."""
        with self.lock:
            try:
                yield
            finally:
                self.version += 1

    def new_id(self) -> str:
        """Get an id nobody has."""
        return random_uuid(self._ids)

    def add(self, employee: Employee) -> None:
        """Take an employee in."""
        with self.changing():
            self.employees.append(employee)

    def remove(self, employee_id: str) -> None:
        """Delete an employee without a trace.

        Raises:
            KeyError: Nobody has this id.
        """
        with self.changing():
            self.employees.remove(self.by_id(employee_id))

    def edit(self, employee_id: str, **changes: Any) -> Employee:
        """Set attributes of one employee; no timestamp moves unless it is among them.

        Raises:
            KeyError: Nobody has this id.
        """
        with self.changing():
            employee = self.by_id(employee_id)
            for name, value in changes.items():
                setattr(employee, name, value)
            return employee

    def by_id(self, employee_id: str) -> Employee:
        """Get the employee with this id.

        Raises:
            KeyError: Nobody has this id.
        """
        self._index()
        return self._by_id[employee_id]

    def find(self, key: str, *, by_id_too: bool = False) -> Employee | None:
        """Get the employee a path key leads to, in any case.

        Where it fits several, an e-mail goes before an external_id and the older employee before
        the younger. The page does not say which; that it is one of them is all a client knows.
        """
        self._index()
        return self._by_key.get(key.casefold()) or (
            self._by_id.get(key.lower()) if by_id_too else None
        )

    def _index(self) -> None:
        with self.lock:
            if self._indexed == self.version:
                return
            self.employees.sort(key=lambda employee: (employee.created_at, employee.id))
            self._by_id = {employee.id: employee for employee in self.employees}
            # later entries win: the weaker claim goes first, the oldest employee last
            by_key: dict[str, Employee] = {}
            for employee in reversed(self.employees):
                if employee.external_id:
                    by_key[employee.external_id.casefold()] = employee
            for employee in reversed(self.employees):
                by_key[employee.email.casefold()] = employee
            self._by_key = by_key
            self._indexed = self.version

    def in_order(self) -> list[Employee]:
        """Get everybody from the oldest to the youngest; the list is not to be changed."""
        self._index()
        return self.employees
