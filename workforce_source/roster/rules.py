"""The rules of a roster: what a company decides, with a default for each that harms nobody.

What may not be in here: rows, people, and the API.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import blake2b
from typing import Final

from workforce_source.endpoints import NOT_ACCEPTED
from workforce_source.exceptions import ConfigError
from workforce_source.roster.columns import COLUMNS, REQUIRED, SCOPES

EVERYBODY: Final[Mapping[str, Sequence[str]]] = {}
"""The scope of deletions that is the whole organization."""


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What a company decides about its roster.

    Attributes:
        columns: Names of your columns, each with the name the API page has for it.
        ignore: Names of your columns that are not meant for Credly.
        tier: Customer tier, `workforce` or `unified`: what a row must have.
        required: What a row must have, in the place of the tier's.
        clear_empty: Whether an empty value empties what Credly has; keys and what is required are
            never emptied.
        delete_missing: Whether people whom no row names are deleted.
        only_where: The scope of deletions, by column and values (`team`, `department`,
            `employee_state`, `state_or_province`, `country`); `{}` is everybody. Must be stated.
        max_deleted: People deleted at most in one apply.
        max_deleted_share: The same as a share of the people in scope.
        allow_deletions: Once: so many may be deleted, whatever the two bounds and the last apply
            say.
        delete_accepted: Whether people who accepted the connection may be deleted.
        max_rejected_share: Share of rejected rows above which nobody is deleted.
        invite: Whether people are invited.
        invite_states: States of people who are invited.
        invite_again_after: Time between two invitations of one person.
        max_invited_a_day: People invited within 24 hours at most.

    Raises:
        ConfigError: A rule is none.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    ignore: Sequence[str] = ()
    tier: str = "workforce"
    required: Sequence[str] | None = None
    clear_empty: bool = False
    delete_missing: bool = False
    only_where: Mapping[str, Sequence[str]] | None = None
    max_deleted: int = 50
    max_deleted_share: float = 0.05
    allow_deletions: int | None = None
    delete_accepted: bool = False
    max_rejected_share: float = 0.01
    invite: bool = False
    invite_states: Sequence[str] = ("created", "pending")
    invite_again_after: timedelta = timedelta(days=14)
    max_invited_a_day: int = 200

    def __post_init__(self) -> None:
        """Refuse what is no rule."""
        _refuse(self.tier not in REQUIRED, f"tier is one of {', '.join(REQUIRED)}.")
        for name, values in (("columns", self.columns.values()), ("required", self.required or ())):
            unknown = [value for value in values if value not in COLUMNS]
            _refuse(
                bool(unknown),
                f"{name}: {', '.join(unknown)} is none of {', '.join(COLUMNS)}.",
            )
        twice = len(set(self.columns.values())) < len(self.columns)
        _refuse(twice, "columns gives one column of the API to two of yours.")
        _refuse(
            self.delete_missing and self.only_where is None,
            "delete_missing needs a scope: only_where says by department, team or state who may be"
            " deleted; only_where={} (--everywhere) is everybody.",
        )
        unknown = [name for name in self.only_where or () if name not in SCOPES]
        _refuse(bool(unknown), f"only_where: {', '.join(unknown)} is none of {', '.join(SCOPES)}.")
        hollow = [name for name, values in (self.only_where or {}).items() if not values]
        _refuse(bool(hollow), f"only_where: {', '.join(hollow)} has no value.")
        _refuse(self.max_deleted < 0, "max_deleted is a number of people from 0 up.")
        _refuse((self.allow_deletions or 0) < 0, "allow_deletions is a number of people.")
        for name in ("max_deleted_share", "max_rejected_share"):
            _refuse(not 0 <= getattr(self, name) <= 1, f"{name} is a share from 0 to 1.")
        _refuse(
            not self.invite_states or not set(self.invite_states) <= set(NOT_ACCEPTED),
            f"invite_states is at least one of {', '.join(NOT_ACCEPTED)}.",
        )
        _refuse(self.max_invited_a_day < 0, "max_invited_a_day is a number of people from 0 up.")
        _refuse(
            self.invite_again_after < timedelta(hours=1), "invite_again_after is an hour at least."
        )

    @property
    def needed(self) -> tuple[str, ...]:
        """What a row must have."""
        return tuple(REQUIRED[self.tier] if self.required is None else self.required)

    @property
    def scope(self) -> str:
        """What tells the scope of deletions from another, without saying what it is."""
        if not self.delete_missing:
            return ""
        where = {name: sorted(values) for name, values in (self.only_where or {}).items()}
        text = json.dumps(where, sort_keys=True)
        return blake2b(text.encode(), digest_size=6).hexdigest()

    def in_scope(self, values: Mapping[str, str | None]) -> bool:
        """Tell whether a person with these values may be deleted, as far as the scope goes."""
        where = self.only_where or {}
        return all(values.get(name) in wanted for name, wanted in where.items())


def _refuse(wrong: bool, rule: str) -> None:
    if wrong:
        raise ConfigError(rule)
