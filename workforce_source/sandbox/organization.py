"""One emulated organization: its people, its tokens, its rules, and what goes wrong with it.

What requests do to it is in `reads.py` and `writes.py`, what tests do to it in `control.py`.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from workforce_source.sandbox.auth import Authenticator
from workforce_source.sandbox.calls import Call, Refusal
from workforce_source.sandbox.churn import Churner
from workforce_source.sandbox.events import Events
from workforce_source.sandbox.faults import Faults
from workforce_source.sandbox.injection import FaultInjector
from workforce_source.sandbox.log import RequestLog
from workforce_source.sandbox.model import Employee, Template
from workforce_source.sandbox.options import Options
from workforce_source.sandbox.population import Population
from workforce_source.sandbox.times import Clock
from workforce_source.sandbox.webhooks import Webhooks


class Organization:
    """Everything a request meets.

    Args:
        population: Who is in it.
        options: Answers to what the API page leaves open.
        faults: What goes wrong.
        seed: Decides the tokens and every chance.
        clock: The present instant.
    """

    def __init__(
        self, population: Population, options: Options, faults: Faults, seed: int, clock: Clock
    ) -> None:
        self.population = population
        self.options = options
        self.faults = faults
        self.clock = clock
        self.authenticator = Authenticator(seed, options, self.now)
        self.injector = FaultInjector(faults, self.now)
        self.events = Events(faults, seed)
        self.webhooks = Webhooks(faults, seed)
        self.churner = Churner(population, seed, self._announce)
        self.requests = RequestLog()
        self.unreadable: dict[str, int] = {}
        """Status of the single reads by employee id; who is not here is read."""
        self._kept: dict[Any, Sequence[Any]] = {}
        self._kept_for = -1

    def now(self) -> datetime:
        """Get the present instant."""
        return self.clock()

    def _announce(
        self, kind: str, touched: list[tuple[Employee | Template, str]], now: datetime
    ) -> None:
        made = self.events.announce(kind, touched, now)
        self.webhooks.add(made, self.authenticator.organization_id)

    def found(self, call: Call) -> Employee:
        """Get the employee a path key leads to.

        Raises:
            Refusal: It leads to nobody.
        """
        employee = self.population.find(call.employee_key, by_id_too=self.options.uuid_in_path)
        if employee is None:
            raise Refusal(404, "Employee not found.")
        return employee

    def readable(self, call: Call) -> Employee:
        """Get the employee a path key leads to, for a read.

        Raises:
            Refusal: It leads to nobody, or to somebody who was made unreadable.
        """
        employee = self.found(call)
        if employee.id in self.unreadable:
            raise Refusal(self.unreadable[employee.id], "The employee cannot be read.")
        return employee

    def lists_external_badges_of(self, employee: Employee) -> bool:
        """Tell whether the external badges of an employee are listed at all."""
        return employee.accepted or self.options.external_badges_of == "all"

    def once(self, name: Any, make: Callable[[], Sequence[Any]]) -> Sequence[Any]:
        """Get a list that is the same until the population changes; only a few are kept."""
        if self._kept_for != self.population.version or len(self._kept) > 8:
            self._kept.clear()
            self._kept_for = self.population.version
        if name not in self._kept:
            self._kept[name] = make()
        return self._kept[name]
