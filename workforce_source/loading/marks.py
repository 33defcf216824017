"""What a dataset remembers of the key of pseudonyms, and of people who are to be forgotten.

Digests only: neither the key nor a value is ever written, and none can be made of them without
the key. What may not be in here: who is forgotten, and what is removed.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from workforce_source.destination import Connection
from workforce_source.exceptions import ConfigError
from workforce_source.loading.own_table import OwnTable
from workforce_source.sync.suppression import Mark, Suppression
from workforce_source.tables import Secret
from workforce_source.tables.own import MARK_COLUMNS, MARKS

KEY: Final = "key"
"""Kind of the mark of the key itself."""
_TYPES: Final[Mapping[str, Any]] = {name: kind for name, (kind, _) in MARK_COLUMNS.items()}
_ANOTHER: Final = (
    "pseudonym_key is {what} this organization was loaded with: pseudonyms would not be those that"
    " are there, and people who were forgotten would come back. Nothing was read or written. Put"
    " the key of before back. If it is lost, nobody can undo that: drop the dataset and load it"
    " anew, with a new key, and forget the people again who had been."
)


class Marks:
    """The marks of one organization.

    Args:
        connection: To the dataset, closed.
        organization_id: The organization.

    Attributes:
        all: Those that are there.
    """

    def __init__(self, connection: Connection, organization_id: str) -> None:
        self._to, self._whose = connection, organization_id
        self._table = OwnTable(connection, MARKS, _TYPES)
        with connection.open():
            self.all = read_marks(connection, organization_id)

    @property
    def of_people(self) -> list[Mark]:
        """Those of people who are forgotten."""
        return [mark for mark in self.all if mark.kind != KEY]

    def suppression(self, secret: Secret | None) -> Suppression:
        """Get who is left out of answers."""
        return Suppression(secret, self.of_people)

    def require(self, secret: Secret | None, *, needed: bool) -> None:
        """Make sure that the key is the one that was used before.

        Args:
            secret: The key; None where there is none.
            needed: Whether something is made with it.

        Raises:
            ConfigError: It is another, or there is none.
        """
        require_key(self.all, secret, needed=needed)

    def remember_key(self, secret: Secret, at: Any) -> None:
        """Remember which key it is, once.

        Args:
            secret: The key.
            at: The time.
        """
        if not any(mark.kind == KEY for mark in self.all):
            self.add([Mark(KEY, _of_key(secret))], at)

    def add(self, marks: Iterable[Mark], at: Any) -> None:
        """Add marks that are not there yet.

        Args:
            marks: The marks.
            at: The time.
        """
        known = {(mark.kind, mark.digest) for mark in self.all}
        new = [mark for mark in marks if (mark.kind, mark.digest) not in known]
        if not new:
            return
        with self._to.open():
            if not self._to.client.has_dataset():
                self._to.client.create_dataset()
            self._table.create()
            for mark in new:
                self._table.insert(
                    organization_id=self._whose,
                    kind=mark.kind,
                    digest=mark.digest,
                    person=mark.person,
                    since=at,
                )
        self.all += new

    def remove(self, people: Collection[str]) -> int:
        """Remove all marks of people; get how many there were.

        Args:
            people: What their marks have in common.
        """
        gone = [mark for mark in self.all if mark.person in people]
        with self._to.open():
            for person in people:
                self._table.delete(organization_id=self._whose, person=person)
        self.all = [mark for mark in self.all if mark not in gone]
        return len(gone)


def read_marks(connection: Connection, organization_id: str) -> list[Mark]:
    """Get the marks of an organization.

    Args:
        connection: To the dataset, open.
        organization_id: The organization.
    """
    rows = OwnTable(connection, MARKS, _TYPES).rows(organization_id=organization_id)
    return [Mark(row["kind"], row["digest"], row["person"]) for row in rows]


def require_key(marks: Collection[Mark], secret: Secret | None, *, needed: bool) -> None:
    """Make sure that a key is the one that marks were made with.

    Args:
        marks: The marks of an organization.
        secret: The key; None where there is none.
        needed: Whether something is made with it.

    Raises:
        ConfigError: It is another, or there is none.
    """
    known = {mark.digest for mark in marks if mark.kind == KEY}
    if secret is None:
        if known and (needed or any(mark.kind != KEY for mark in marks)):
            raise ConfigError(_ANOTHER.format(what="not set, and there is one that"))
    elif known and known != {_of_key(secret)}:
        raise ConfigError(_ANOTHER.format(what="not the one that"))


def _of_key(secret: Secret) -> str:
    return secret.digest("key", "workforce_source")
