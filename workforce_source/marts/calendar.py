"""The months the calendar is made from; the days are put together in `dim_date.sql`.

Only the calendar: nothing here knows what happened on a day.
"""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date
from typing import Final

FIRST_YEAR: Final = 1990
"""First year of the calendar; `dim_date.sql` relies on its first day being a Monday."""
_YEARS_AHEAD: Final = 10


def calendar_months(as_of: date) -> Iterator[tuple[int, str, date, date, date, date, int]]:
    """Get the months from 1990 on, in the order of the columns of `calendar_month`.

    Args:
        as_of: The calendar ends with the year ten years later.
    """
    for year in range(FIRST_YEAR, as_of.year + _YEARS_AHEAD + 1):
        for month in range(1, 13):
            days = monthrange(year, month)[1]
            yield (
                year * 12 + month - 1,
                f"{year}-{month:02}-",
                date(year, month, 1),
                date(year, month, days),
                date(year, month - (month - 1) % 3, 1),
                date(year, 1, 1),
                days,
            )
