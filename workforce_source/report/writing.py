"""Writes the report: from a pipeline's destination, or from a published file.

The order of the steps only: read, decide what is shown, write. Each is in a module beside this one.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

import dlt

from workforce_source.exceptions import ConfigError, DestinationError
from workforce_source.marts.paths import database_of, files_of, refuse_input, require_place
from workforce_source.marts.replacing import replace_file
from workforce_source.report.making import figures
from workforce_source.report.page import page
from workforce_source.report.reading import HORIZON, Ask, read_facts
from workforce_source.report.sources import reading_file, reading_pipeline
from workforce_source.small_groups import SMALL, Mode, Rule

_LONGEST: Final = 365
"""Days ahead of which the marts know what ends."""


def write_report(
    source: dlt.Pipeline | str | Path,
    path: str | Path,
    *,
    organization_id: str | None = None,
    with_names: bool = False,
    small_groups: Mode = "round",
    smallest_group: int = SMALL,
    horizon: int = HORIZON,
    company: str | None = None,
    is_loaded: bool = False,
    observed: Mapping[str, datetime] | None = None,
) -> Path:
    """Write the report into one HTML file that needs nothing else.

    Args:
        source: A pipeline whose marts are built, or a DuckDB file `publish` wrote.
        path: The file to write or replace; it is complete when it appears.
        organization_id: The organization; needed where the marts hold several.
        with_names: Name people too: who has the skills few have, and who must renew.
        small_groups: `round` tells numbers of people in fives, `hide` also keeps whether fewer than
            five are any, `show` tells every number. Unless everything is shown no small group can
            be told from the figures: `docs/report.md` says what that promises.
        smallest_group: Groups with fewer known people have no figures; 5 or more.
        horizon: How many days ahead to look for what ends, 1 to 365.
        company: What the organization is called where the seeds do not name the company itself
            (`own_issuer.csv`).
        is_loaded: The organization is loaded for certain, and so the report of one of which the
            marts have nobody is an empty page instead of an error.
        observed: Of marts of a day that is over, what `build_marts` says of them (`observed`), so
            that the page says whether they were observed or rebuilt; None of today's. Where badges
            were read after the day, they are told to be rebuilt in any case.

    Raises:
        ConfigError: A setting cannot be, the marts are not built, the organization has to be
            named, or the file is what the report is made of, or a stranger's.
        DestinationError: The file cannot be written, or the destination refused.
    """
    path = Path(path)
    if not 1 <= horizon <= _LONGEST:
        raise ConfigError(f"The horizon is 1 to {_LONGEST} days, not {horizon}.")
    try:
        rule = Rule(small_groups, smallest_group)
    except ValueError as wrong:
        raise ConfigError(f"Small groups cannot be kept like that: {wrong}.") from None
    opened: AbstractContextManager[tuple[Ask, datetime | None]]
    if isinstance(source, dlt.Pipeline):
        database = database_of(source.destination_client().config)
        opened = reading_pipeline(source)
    else:
        database = Path(source)
        opened = reading_file(database)
    if database is not None:
        refuse_input(path, "The report", {"the file it is made of": files_of(database)})
    require_place(path, "The report", "html")
    with opened as (ask, loaded_at):
        facts = read_facts(
            ask, organization_id, with_names=with_names, horizon=horizon, is_loaded=is_loaded
        )
    read_at = facts.newest_read_at
    observed_at = (observed or {}).get(facts.organization_id)
    rebuilt = observed is not None and observed_at is None
    facts = replace(
        facts,
        loaded_at=loaded_at,
        company=facts.company or company or "",
        observed_at=observed_at,
        is_rebuilt=rebuilt or (read_at is not None and read_at.date() > facts.as_of),
    )
    _put(path, page(figures(facts, rule)))
    return path


def _put(path: Path, text: str) -> None:
    try:
        # only its writer can read it, until somebody decides to send it on
        with replace_file(path, mode=0o600) as part:
            part.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise DestinationError(
            f"The report {path.name} cannot be written ({error.strerror}). Is its folder there,"
            " writable and not full?"
        ) from error
