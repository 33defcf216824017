"""An organization lives on: how many of what happen, by name, by share, by seed.

What happens is in `kinds.py`.
"""

import itertools
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import partial
from random import Random

from workforce_source.sandbox import kinds
from workforce_source.sandbox.model import Employee, Template
from workforce_source.sandbox.plain import PLAIN_LISTS
from workforce_source.sandbox.population import Population
from workforce_source.sandbox.times import to_milliseconds
from workforce_source.sandbox.turn import Kind, Turn

KINDS: dict[str, Kind] = {
    "joiners": kinds.joiners,
    "acceptances": kinds.acceptances,
    "leavers": kinds.leavers,
    "state_changes": kinds.state_changes,
    "profile_edits": kinds.profile_edits,
    "bio_edits": kinds.bio_edits,
    "email_changes": kinds.email_changes,
    "external_id_changes": kinds.external_id_changes,
    "key_swaps": kinds.key_swaps,
    "new_badges": kinds.new_badges,
    "badge_edits": kinds.badge_edits,
    "revoked_badges": kinds.revoked_badges,
    "vanished_badges": kinds.vanished_badges,
    "template_edits": kinds.template_edits,
    "new_external": kinds.new_external,
    "refreshed_external": kinds.refreshed_external,
    "edited_external": kinds.edited_external,
    "vanished_external": kinds.vanished_external,
    "deletions": kinds.deletions,
    "recreations": kinds.recreations,
    **{one.name: partial(kinds.plain_changes, one) for one in PLAIN_LISTS},
}
"""What can happen, by name."""
_WEIGHTS = dict.fromkeys(KINDS, 2) | {
    "joiners": 7,
    "acceptances": 5,
    "leavers": 3,
    "profile_edits": 10,
    "new_badges": 10,
    "revoked_badges": 3,
    "refreshed_external": 3,
    "key_swaps": 1,
    "template_edits": 1,
}
Done = dict[str, list[str]]
"""Ids of what was touched, by kind: of employees, badges, templates or external records."""
Announce = Callable[[str, list[tuple[Employee | Template, str]], datetime], object]
"""Told of a kind, of whom and what it happened to, and when."""


class Churner:
    """Changes a population.

    Args:
        population: What changes.
        seed: Decides who and what, with the number of the call.
        announce: Told what happened.
    """

    def __init__(self, population: Population, seed: int, announce: Announce) -> None:
        self._population = population
        self._announce = announce
        self._seed = seed
        self._calls = itertools.count(1)

    def churn(
        self,
        names: Iterable[str] | Mapping[str, int] | None,
        share: float,
        seed: int | None,
        now: datetime,
    ) -> Done:
        """Do so many of each kind, as far as there are candidates.

        Raises:
            ValueError: A name is no kind of churn.
        """
        chosen = list(KINDS if names is None else names)
        if unknown := [name for name in chosen if name not in KINDS]:
            raise ValueError(f"{', '.join(unknown)}: no such churn; there is {', '.join(KINDS)}")
        if isinstance(names, Mapping):
            wanted = dict(names)
        else:
            # at least one of each kind that was asked for
            total = share * len(self._population.employees)
            weight = sum(_WEIGHTS[name] for name in chosen)
            wanted = {name: max(1, round(total * _WEIGHTS[name] / weight)) for name in chosen}
        number = next(self._calls)
        rng = Random(f"churn:{self._seed}:{number if seed is None else f'seed {seed}'}")
        with self._population.changing():
            turn = Turn(self._population, rng, to_milliseconds(now))
            return {name: self._happen(turn, name, count) for name, count in wanted.items()}

    def _happen(self, turn: Turn, name: str, count: int) -> list[str]:
        turn.touched.clear()
        before: list[Employee | Template] = [
            *self._population.employees,
            *turn.population.templates,
        ]
        ids = KINDS[name](turn, count)
        touched: list[tuple[Employee | Template, str]] = list(turn.touched)
        if not touched:  # not done to one employee after the other: the ids are their own
            known = {one.id: one for one in (*before, *self._population.employees)}
            touched = [(known[i], i) for i in ids if i in known]
        self._announce(name, touched, turn.now)
        return ids
