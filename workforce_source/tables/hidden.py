"""What of an answer never gets into a row: columns that are left out, and those with pseudonyms.

Which settings say so is not known here, nor what is in a destination already.
"""

import hmac
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from workforce_source.exceptions import ConfigError
from workforce_source.tables import definitions as d
from workforce_source.tables.shape import Column, Table

NEEDED: Final = (
    "employees.employee_state",
    "employees.employee_state_updated_at",
    "employee_profiles.badge_count",
    "badge_templates.skill_count",
)
"""Columns a run cannot do without."""
PSEUDONYMOUS: Final = "pseudonymous"
"""Stands in the place of columns: identifiers become pseudonyms, all else that says who a person
is by itself is left out."""
PREFIX: Final = "pseudonym:"
"""Begins every pseudonym, which nothing else tells from a value of the API."""
_DIGITS: Final = 32


@dataclass(frozen=True)
class Secret:
    """The key of pseudonyms and of what is remembered of people who are to be forgotten.

    Attributes:
        key: The key; never written anywhere.
    """

    key: str = field(repr=False)

    def digest(self, domain: str, value: str) -> str:
        """Get what stands for a value and says nothing of it to who lacks the key (HMAC-SHA256).

        Args:
            domain: What the value is; the same text in another domain has another digest.
            value: The value.
        """
        said = f"{domain}\0{value}".encode("utf-8", "surrogatepass")
        return hmac.digest(self.key.encode(), said, "sha256").hex()[:_DIGITS]

    def pseudonym(self, domain: str, value: str) -> str:
        """Get the pseudonym of a value; nothing says nothing and stays as it is."""
        return PREFIX + self.digest(f"pseudonym {domain}", value) if value else value


Replace = Callable[[str], str]


@dataclass(frozen=True)
class Hidden:
    """Columns whose values are not what the API answers.

    Attributes:
        left_out: `table.column` names of those that are null.
        replaced: What makes the pseudonym, by `table.column`, of those that have one.
    """

    left_out: frozenset[str] = frozenset()
    replaced: Mapping[str, Replace] = field(default_factory=dict)

    @property
    def names(self) -> frozenset[str]:
        """All of them, as `table.column`."""
        return self.left_out.union(self.replaced)

    def left_out_of(self, table: str) -> frozenset[str]:
        """Get the columns of a table, or of one that keeps its versions, that are left out."""
        prefix = f"{_own(table)}."
        return frozenset(n.removeprefix(prefix) for n in self.left_out if n.startswith(prefix))

    def replaced_in(self, table: str) -> dict[str, Replace]:
        """Get the columns of a table, or of one that keeps its versions, that have pseudonyms."""
        prefix = f"{_own(table)}."
        found = self.replaced.items()
        return {n.removeprefix(prefix): make for n, make in found if n.startswith(prefix)}


NOTHING: Final = Hidden()


def hide(
    excluded: Collection[str] = (),
    pseudonymized: Collection[str] = (),
    secret: Secret | None = None,
) -> Hidden:
    """Get what is hidden.

    Args:
        excluded: `table.column` names of columns that are left out.
        pseudonymized: Those of columns with pseudonyms; `PSEUDONYMOUS` for all it stands for.
        secret: The key of pseudonyms.

    Raises:
        ConfigError: A column does not exist, is a key, decides whose badges are read, or can have
            no pseudonym.
    """
    for name in excluded:
        _column("exclude_columns", name)
        if name in NEEDED:
            raise ConfigError(f"exclude_columns: {name} decides whose badges are read; it stays.")
    left_out, identifiers = set(excluded), dict[str, Column]()
    for name in pseudonymized:
        if name == PSEUDONYMOUS:
            for table in d.DATA_TABLES:
                for column in table.all_columns:
                    if column.personal is None or column.name in table.primary_key:
                        continue
                    if column.personal == "identifier":
                        identifiers[f"{table.name}.{column.name}"] = column
                    else:
                        left_out.add(f"{table.name}.{column.name}")
            continue
        column = _column("pseudonymize", name)
        if column.type != "text" or column.name == "extra":
            raise ConfigError(
                f"pseudonymize: {name} is no text of one value; exclude_columns leaves it out."
            )
        if name in NEEDED:
            raise ConfigError(f"pseudonymize: {name} decides whose badges are read; it stays.")
        identifiers[name] = column
    if identifiers and secret is None:
        raise ConfigError("pseudonymize needs a key: set pseudonym_key.")
    return Hidden(
        frozenset(left_out),
        {
            name: _replacing(secret, column.identifies or name)
            for name, column in identifiers.items()
            if secret is not None and name not in left_out
        },
    )


def _replacing(secret: Secret, domain: str) -> Replace:
    return lambda value: secret.pseudonym(domain, value)


def _own(table: str) -> str:
    own = table.removesuffix(d.VERSION_SUFFIX)
    return own if own in d.TABLE_BY_NAME else table


def _column(setting: str, name: str) -> Column:
    table_name, _, column_name = name.partition(".")
    table: Table = d.TABLE_BY_NAME.get(table_name, d.CHANGES)
    found = {c.name: c for c in table.all_columns if c.name == "extra" or c in table.columns}
    if table.bookkeeping or column_name not in found:
        raise ConfigError(f"{setting}: {name} is no column of the tables.")
    if column_name in table.key:
        raise ConfigError(
            f"{setting}: {name} is a key and cannot be left out."
            if setting == "exclude_columns"
            else f"{setting}: {name} is a key, a number of the API's that names nobody; it stays."
        )
    return found[column_name]
