"""Lists of plain records, which belong to nobody: one entry a list, and all else follows from it.

Of an entry come the route (`GET organizations/{organization_id}/NAME`, paged), invented records,
their truth and their churn. The API page has no such list today; the first goes in here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any


@dataclass(frozen=True, slots=True)
class PlainList:
    """A paged list.

    Args:
        name: Last part of its path, its name in the log and in churn, and the table of its truth.
        invent: Gets a record as of an instant, as it is before any JSON; its `id` is nobody's.
    """

    name: str
    invent: Callable[[Random, datetime], dict[str, Any]]


PLAIN_LISTS: tuple[PlainList, ...] = ()
"""Every plain list there is."""
