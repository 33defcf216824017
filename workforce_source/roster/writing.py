"""One operation at a time, done and made sure of: what each write of the API needs around it.

A person is known by the API's id, never by a key alone. What may not be in here: the order of
operations, and receipts.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from workforce_source.client import Client, Record, Written
from workforce_source.endpoints import (
    ACCEPTED,
    CREATE_EMPLOYEE,
    DELETE_EMPLOYEE,
    NOT_ACCEPTED,
    SEND_INVITATIONS,
    UPDATE_EMPLOYEE,
)
from workforce_source.exceptions import NotReadable
from workforce_source.roster.columns import COLUMNS, folded, same, text_of
from workforce_source.roster.model import Operation
from workforce_source.roster.people import person_of
from workforce_source.roster.receipts import Outcome
from workforce_source.roster.rules import Rules

WITHIN: Final = 60.0
"""Seconds one write is tried; an outage of everybody is sat out by another request."""
_NOBODY: Final = (404, 410)
_OF_VALIDATIONS: Final = """
a accepted address already and another as at be been blank can't cannot characters contain doesn't
does employee empty error exist exists failed field for format found has in included invalid is it
least length list long match maximum minimum missing more must no not null number of only or
parameter record required reserved short should such taken text than the this to too unknown valid
validation value was with wrong
"""
_WORDS: Final = {*_OF_VALIDATIONS.split(), *(word for name in COLUMNS for word in name.split("_"))}
"""Words the API may have for what it refuses. Any other could be somebody's."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one operation.

    Attributes:
        outcome: In a word.
        status: HTTP status of the answer; None where it was lost, or nothing was sent.
        employee_id: The API's id of the person, as far as it is known.
        said: The API's words, without anything that could be a value.
    """

    outcome: Outcome
    status: int | None = None
    employee_id: str | None = None
    said: str = field(default="", repr=False)


class _Unclear(Exception):
    """An answer was lost, and nothing tells what came of it."""


class Writer:
    """Does operations.

    Args:
        client: Of the organization.
        rules: Whom a deletion may concern.
    """

    def __init__(self, client: Client, rules: Rules) -> None:
        self._client = client
        self._rules = rules

    def update(self, one: Operation) -> Result:
        """Update a person (section "Update an Employee")."""
        key = one.keys[0]
        if one.checked:
            try:
                found = next((k for k in one.keys if self._leads_to(k, one.employee_id)), None)
                if found is None:
                    return self._lost_sight(one)
            except NotReadable as error:
                return Result(Outcome.FAILED, error.status, one.employee_id)
            key = found
        try:
            written = self._client.write(
                UPDATE_EMPLOYEE,
                key,
                one.changes,
                # a key of one person leads there again, and the same twice is the same
                unanswered=partial(self._updated, one, key) if one.checked else lambda: None,
                within=WITHIN,
            )
        except _Unclear:
            return Result(Outcome.UNKNOWN, None, one.employee_id)
        return self._result(one, written, one.employee_id)

    def create(self, one: Operation) -> Result:
        """Create a person (section "Create an Employee")."""
        lost: list[bool] = []

        def unanswered() -> Written | None:
            lost.append(True)
            record = self._created(one)
            return None if record is None else Written(None, record)

        written = self._client.write(
            CREATE_EMPLOYEE, body=one.changes, unanswered=unanswered, within=WITHIN
        )
        if not written.done and lost and (there := self._created(one)) is not None:
            written = Written(None, there)  # refused, because an attempt before was not
        elif written.done and not (written.record or {}).get("id"):
            record = self._created(one)
            if record is None:
                return Result(Outcome.UNKNOWN, written.status)
            written = Written(written.status, record)
        record = written.record or {}
        return self._result(one, written, text_of(record.get("id")))

    def invite(self, emails: Sequence[str]) -> Result:
        """Send invitations to some people (section "Invite an Employee").

        Raises:
            ValueError: It would be to everybody.
        """
        try:
            written = self._client.write(
                SEND_INVITATIONS,
                body=invitation(emails, self._rules.invite_states),
                unanswered=_unclear,
                within=WITHIN,
            )
        except _Unclear:
            return Result(Outcome.UNKNOWN)
        outcome = Outcome.DONE if written.done else Outcome.REFUSED
        return Result(outcome, written.status, None, words_of(written.message, emails))

    def delete(self, one: Operation) -> Result:
        """Delete a person (section "Delete an Employee"), who is read by the key just before."""
        for key in one.keys:
            try:
                record = self._leads_to(key, one.employee_id)
            except NotReadable as error:
                return Result(Outcome.FAILED, error.status, one.employee_id)
            if record is None:
                continue
            if not self._deletable(record):
                return Result(Outcome.KEPT, None, one.employee_id)
            try:
                written = self._client.write(
                    DELETE_EMPLOYEE,
                    key,
                    unanswered=partial(self._deleted, one, key),
                    within=WITHIN,
                )
            except _Unclear:
                return Result(Outcome.UNKNOWN, None, one.employee_id)
            return self._result(one, written, one.employee_id)
        return self._lost_sight(one)

    def _result(self, one: Operation, written: Written, employee_id: str | None) -> Result:
        record = written.record or {}
        told = text_of(record.get("id"))
        said = words_of(written.message, [*one.changes.values(), *one.keys])
        if not written.done:
            gone = written.status in _NOBODY and one.kind != "create"
            outcome = Outcome.GONE if gone else Outcome.REFUSED
            return Result(outcome, written.status, employee_id, said)
        if one.employee_id is not None and told not in (None, one.employee_id):
            return Result(Outcome.WRONG, written.status, told)
        ignored = one.kind != "delete" and any(
            name in record and not _equal(name, value, text_of(record[name]))
            for name, value in one.changes.items()
        )
        outcome = Outcome.IGNORED if ignored else Outcome.DONE
        return Result(outcome, written.status, employee_id)

    def _lost_sight(self, one: Operation) -> Result:
        try:
            gone = all(self._read(key) is None for key in one.keys)
        except NotReadable as error:
            return Result(Outcome.FAILED, error.status, one.employee_id)
        return Result(Outcome.GONE if gone else Outcome.MOVED, None, one.employee_id)

    def _updated(self, one: Operation, key: str) -> Written | None:
        record = self._leads_to(key, one.employee_id)
        if record is None:
            raise _Unclear
        missing = any(not same(v, text_of(record.get(n))) for n, v in one.changes.items())
        return None if missing else Written(None, record)

    def _deleted(self, one: Operation, key: str) -> Written | None:
        if self._leads_to(key, one.employee_id):
            return None
        if any(self._leads_to(other, one.employee_id) for other in one.keys if other != key):
            raise _Unclear
        return Written(None)

    def _created(self, one: Operation) -> Record | None:
        """Get who is there under the keys of somebody new."""
        email, external_id = one.changes["email"], one.changes.get("external_id")
        for key in filter(None, (email, external_id)):
            record = self._read(key)
            if record is not None and folded(text_of(record.get("email"))) == folded(email):
                return record
        return None

    def _leads_to(self, key: str, employee_id: str | None) -> Record | None:
        record = self._read(key)
        return record if record is not None and record["id"] == employee_id else None

    def _read(self, key: str) -> Record | None:
        try:
            return self._client.employee(key, WITHIN).record
        except NotReadable as error:
            if error.status in _NOBODY:
                return None
            raise

    def _deletable(self, record: Record) -> bool:
        person = person_of(record, {})
        accepted = person.state == ACCEPTED or person.state not in NOT_ACCEPTED
        return self._rules.in_scope(person.scoped()) and (
            self._rules.delete_accepted or not accepted
        )


def invitation(emails: Sequence[str], states: Sequence[str]) -> Mapping[str, object]:
    """Get the parameters that invite some people in some states, and nobody else.

    Left out, a list would be everybody, and states would be all of them.

    Raises:
        ValueError: There is nobody in the list, or no state that can be invited.
    """
    if not emails or not all(emails) or not states or not set(states) <= set(NOT_ACCEPTED):
        raise ValueError("an invitation without people or states would be to everybody")
    return {"employee_list": list(emails), "list_type": "email", "statuses": list(states)}


def words_of(message: str, values: Iterable[str | None]) -> str:
    """Get the API's words without anything that could be a value of somebody.

    Args:
        message: What the API said.
        values: What was sent: none of it is shown, be it a word of validations.
    """
    secret = {word for value in values if value for word in re.findall(r"\w+", value.casefold())}
    secret -= {"is", "the", "of", "a", "in", "to", "be"}

    def shown(word: str) -> str:
        bare = word.strip('.,:;!?()[]"`').casefold()
        parts = bare.split("_")
        return word if _WORDS.issuperset(parts) and secret.isdisjoint(parts) else "…"

    return re.sub(r"…(?: …)+", "…", " ".join(map(shown, message.split())))[:200]


def _equal(name: str, wanted: str | None, there: str | None) -> bool:
    return folded(wanted) == folded(there) if name == "email" else same(wanted, there)


def _unclear() -> Written | None:
    raise _Unclear
