"""A pipeline's destination, asked in SQL: one connection, names, rows, statements, errors.

What may not be in here: a table of ours, the API, and what an answer means.
"""

from workforce_source.destination.connection import (
    Connection,
    client_of,
    connect,
    connection_to,
    is_a,
    resolve_once,
)
from workforce_source.destination.errors import destination_errors, raised_within
from workforce_source.destination.faults import retry
from workforce_source.destination.known import kind_of, require_usable, tell_untried, untried

__all__ = [
    "Connection",
    "client_of",
    "connect",
    "connection_to",
    "destination_errors",
    "is_a",
    "kind_of",
    "raised_within",
    "require_usable",
    "resolve_once",
    "retry",
    "tell_untried",
    "untried",
]
