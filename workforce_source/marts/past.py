"""The raw tables as a run of another day left them, read from the tables of versions.

Which versions there are, and why, is known in `loading`; what is made of them, in the SQL files.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from workforce_source.clock import in_utc
from workforce_source.exceptions import ConfigError
from workforce_source.marts.dialect import literal
from workforce_source.marts.warehouse import Warehouse
from workforce_source.tables import BADGE_READS, Table
from workforce_source.tables.history import OBSERVATIONS, VALID_FROM, VALID_TO, VERSIONS

LOOKS_BACK: Final = timedelta(days=8)
"""Nobody who looked longer before the end of a day knows what it was like."""
_OBSERVED: Final = f"select organization_id, observed_at from raw.{OBSERVATIONS} where complete"  # noqa: S608 # our own words

_LOADED: Final = "select distinct organization_id from raw.employees where removed_at is null"


@dataclass(frozen=True)
class Past:
    """What is read in the place of raw tables.

    Attributes:
        observed: When the run began that left them so, by organization.
        left_out: Organizations that are loaded, and were not observed then.
        selects: SELECTs in DuckDB's dialect, by raw table; none where the tables of now are read.
    """

    observed: Mapping[str, datetime] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    selects: Mapping[str, str] = field(default_factory=dict)


def find_past(warehouse: Warehouse, as_of: date, today: date) -> Past:
    """Get what stands for the raw tables as of the end of a day (UTC).

    Args:
        warehouse: The open destination.
        as_of: The day; of today, or of a dataset that keeps no history, the tables of now are read.
        today: The UTC date now.

    Raises:
        ConfigError: History is kept, and no organization was observed then.
    """
    there = warehouse.relations("raw")
    if as_of >= today or warehouse.path("raw", OBSERVATIONS)[-1].lower() not in there:
        return Past()
    end = datetime.combine(as_of, time(), UTC) + timedelta(days=1)
    times: dict[str, list[datetime]] = {}
    for organization_id, at in warehouse.fetch(_OBSERVED, as_of):
        times.setdefault(organization_id, []).append(in_utc(at))
    if not times:
        return Past()
    last = {who: max((at for at in of if at < end), default=None) for who, of in times.items()}
    observed = {
        who: at for who, at in sorted(last.items()) if at is not None and end - at <= LOOKS_BACK
    }
    if not observed:
        every = [at for of in times.values() for at in of]
        raise ConfigError(
            f"What there was on {as_of} was not observed: history begins on {min(every):%Y-%m-%d},"
            f" was last kept on {max(every):%Y-%m-%d}, and no run kept it in the {LOOKS_BACK.days}"
            " days before. Choose a day it has. docs/history.md says what it holds."
        )
    loaded = sorted(who for (who,) in warehouse.fetch(_LOADED, as_of))
    return Past(
        observed,
        tuple(who for who in loaded if who not in observed),
        {name: _select(name, versions, observed) for name, versions in VERSIONS.items()},
    )


def _select(name: str, versions: Table, observed: Mapping[str, datetime]) -> str:
    hidden = (VALID_FROM.name, VALID_TO.name)
    columns = [c.name for c in versions.all_columns if c.name not in hidden]
    return " union all ".join(_selects(name, versions.name, columns, observed))


def _selects(
    name: str, versions: str, columns: list[str], observed: Mapping[str, datetime]
) -> Iterator[str]:
    for organization_id, at in observed.items():
        then = f"cast('{at.isoformat()}' as timestamptz)"
        # the run looked at everybody who was due, whether there is a version of it or not
        looked = f", {then} as attempted_at" if name == BADGE_READS.name else ""
        yield (
            f"select {', '.join(columns)}, cast(null as timestamptz) as removed_at{looked}"  # noqa: S608 # our own names
            f" from raw.{versions}"
            f" where organization_id = {literal(organization_id).sql(dialect='duckdb')}"
            f" and {VALID_FROM.name} <= {then}"
            f" and ({VALID_TO.name} is null or {VALID_TO.name} > {then})"
        )
