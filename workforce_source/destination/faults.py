"""Faults of a destination that pass by themselves, told by kind and retried a few times.

Runs that share a dataset meet in its catalogue: two make the same table, or wait for each other.
Who tries again finds the table made, or the other one gone.

What may not be in here: what is retried.
"""

import threading
from collections.abc import Callable, Iterator
from typing import Final, TypeVar

from dlt.common.exceptions import DltException

from workforce_source.clock import SYSTEM_CLOCK, Clock

PAUSES: Final = (0.2, 0.5, 1.0, 2.0)
"""Seconds before each repetition."""
_KINDS: Final = frozenset(
    {
        "DeadlockDetected",
        "DuplicateColumn",
        "DuplicateObject",
        "DuplicateSchema",
        "DuplicateTable",
        "LockNotAvailable",
        "ResourceInUseException",  # DuckDB: another thread of this process closes the file
        "SerializationFailure",
        "TransactionException",  # DuckDB: another transaction of this process changed the same
    }
)
_OTHERS: Final = ("BinderException", "CatalogException", "UniqueViolation")
"""Kinds that pass only when they are about the catalogue."""
_CATALOGUE: Final = (
    "already attached",
    "already exists",
    "pg_class_",
    "pg_namespace_",
    "pg_type_",
)
"""Parts of what is said when two make the same at once; of rows that are refused never."""
_FULL: Final = ("No space left", "Disk quota", "File too large", "disk full")
T = TypeVar("T")


def retry(do: Callable[[], T], clock: Clock = SYSTEM_CLOCK) -> T:
    """Do something, again where it failed for a reason that passes; get what it gets.

    Args:
        do: What to do; done anew from its beginning.
        clock: Waits.
    """
    pause = threading.Condition()
    for seconds in PAUSES:
        try:
            return do()
        except DltException as error:
            if not passes(error):
                raise
        with pause:
            clock.wait(pause, seconds)
    return do()


def passes(error: BaseException) -> bool:
    """Tell whether what failed may do if it is done again at once."""
    return any(
        type(cause).__name__ in _KINDS
        or (type(cause).__name__ in _OTHERS and any(said in str(cause) for said in _CATALOGUE))
        for cause in causes_of(error)
    )


def is_full(error: BaseException) -> bool:
    """Tell whether what failed found no room to write."""
    return any(said in str(cause) for cause in causes_of(error) for said in _FULL)


def causes_of(error: BaseException | None) -> Iterator[BaseException]:
    """Get an error and what it came from."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
