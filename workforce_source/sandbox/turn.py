"""One turn of churn: whom it happens to, and what every kind of churn needs for it.

What happens is in `kinds.py`, how much of it in `churn.py`.
"""

from collections.abc import Callable
from datetime import datetime
from random import Random

from workforce_source.sandbox.model import Employee
from workforce_source.sandbox.populate import PeopleMaker
from workforce_source.sandbox.population import Population


class Turn:
    """One turn of events: picks who it happens to.

    Args:
        population: What changes.
        rng: Where chance comes from.
        now: Stamps what happens.
    """

    def __init__(self, population: Population, rng: Random, now: datetime) -> None:
        self.population = population
        self.rng = rng
        self.now = now
        days = Random(rng.getrandbits(64))
        self.maker = PeopleMaker(rng, population.templates, now, days=days)
        self.touched: list[tuple[Employee, str]] = []
        """Whom something was done to, with the id of what was touched."""

    def pick(self, count: int, candidate: Callable[[Employee], object]) -> list[Employee]:
        """Get some of the employees who are candidates."""
        candidates = [e for e in self.population.in_order() if candidate(e)]
        return self.rng.sample(candidates, min(count, len(candidates)))

    def remove(self, employees: list[Employee]) -> None:
        """Let employees be gone without a trace."""
        gone = {id(employee) for employee in employees}
        self.population.employees[:] = [e for e in self.population.employees if id(e) not in gone]

    def number(self) -> int:
        """Get a number no employee's e-mail was made with."""
        return self.rng.randrange(10**9, 10**10)

    def enter(self, employee: Employee, state: str) -> None:
        """Let an employee enter a state now."""
        employee.employee_state = state
        employee.employee_state_updated_at = self.now


Kind = Callable[[Turn, int], list[str]]
"""Does something so many times, as far as there are candidates; gets the ids of what it touched."""
Act = Callable[[Turn, Employee], str]
"""Does something to one employee; gets the id of what it touched."""


def happens_to(candidate: Callable[[Employee], object]) -> Callable[[Act], Kind]:
    """Let what is done to one employee happen to as many candidates as asked for."""

    def made(act: Act) -> Kind:
        def kind(turn: Turn, count: int) -> list[str]:
            touched = [(e, act(turn, e)) for e in turn.pick(count, candidate)]
            turn.touched += touched
            return [touched_id for _, touched_id in touched]

        return kind

    return made
