"""The flags of the main job.

What they do is in the other modules of this room; a setting without a flag is dlt's to find.
"""

import argparse
import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from workforce_source.exceptions import ConfigError
from workforce_source.exit_codes import meanings
from workforce_source.job.flags import Part, attribute, build, chosen, count, refuse_alone
from workforce_source.small_groups import MODES, SMALL, Mode
from workforce_source.sync.shard import Shard

_EPILOG = """\
Settings come from the environment (SOURCES__WORKFORCE__API_TOKEN), .dlt/secrets.toml or
.dlt/config.toml; docs/settings.md has all of them.

exit codes (docs/operations.md says what to do):
"""

FLAGS: Final[Mapping[str, Mapping[str, str]]] = {
    "where from, where to": {
        "--sandbox": "an invented organization, in a file of its own; no account needed",
        "--employees N": "people in the sandbox (500)",
        "--destination NAME": "duckdb, postgres, snowflake, bigquery, ... (duckdb)",
        "--dataset NAME": "dataset or schema to fill (credly)",
        "--pipelines-dir DIR": "where dlt keeps its working files (dlt's own)",
    },
    "what to read": {
        "--organization NAME": "this one of several, by its section; repeatable (all of them)",
        "--shard K/N": "the K-th of N workers that load one organization at the same time",
        "--parallel P": "so many of them at a time, each in a process of its own (1, in this one)",
        "--badge-max-age AGE": "oldest badges left behind: 90m, 24h, 7d (24h)",
        "--refresh-all": "read the badges of everybody now",
        "--refresh FILE": "read these employees now: ids, external ids or e-mails, one a line",
        "--max-badge-reads N": "employees read at most; the rest later",
        "--allow-removals": "remove all that is confirmed gone, once, however much it is",
        "--allow-changes": "let values vanish as the API answers, once, however many",
    },
    "what to make of it": {
        "--no-marts": "load only; build and check no marts",
        "--no-load": "make it of what is loaded; ask the API nothing",
        "--as-of DATE": "make it of what was observed by the end of that day (needs history)",
        "--seeds DIR": "folder of skill_alias.csv, skill_target.csv and the others",
        "--skill-review FILE": "write below it which skills may be one, and take what it accepts",
        "--skill-library FILE": "names, other names and categories of skills: your own, or ESCO's",
        "--accept-listed": "take all names that it has, or lists for one skill, but the rejected",
        "--publish FILE": "write the marts into one DuckDB file for BI tools",
        "--publish-people": "names, e-mails and zip codes in it too",
        "--publish-raw": "the tables that were loaded in it too",
        "--publish-safe FILE": "write the report's figures into another, for all: nobody is in it",
        "--report FILE": "write a report as one HTML file",
        "--with-names": "name people in it",
        "--small-groups HOW": "what report and console tell of few people: round (numbers to the"
        " nearest five), hide (less) or show (all) (round)",
        "--smallest-group N": "known people a group needs to have figures (5)",
        "--horizon DAYS": "how far ahead the report looks for what ends (90)",
        "--despite-errors": "write both though a check found an error; else the files of before"
        " stay",
    },
    "what to show": {
        "--status": "how the last runs ended, and as of when the tables are; asks the API nothing",
        "--notify ADDRESS": "tell of alarms that are new, in Apprise's form; repeatable",
        "--check": "try account and destination instead of loading",
        "--load-test": "load invented people into a dataset of their own, compare, drop it",
        "--cost": "what a first and an hourly run would ask of the API, from page 1 of its lists",
        "--rate R": "requests a second the API grants, for the times of --cost (20)",
        "--json": "the summary as one JSON document on standard output",
        "--verbose": "one line a page or batch",
        "--debug": "tracebacks, retries, and ids of unreadable employees",
    },
}
"""Each flag, with the name of its value if it has one, and its line in `--help`."""
_REPEATED: Final = ("--organization NAME", "--notify ADDRESS")
"""Flags that may be given several times."""
_GOES_WITH: Final[Mapping[str, tuple[str, ...]]] = {
    "--employees": ("--sandbox",),
    "--load-test": ("--check",),
    "--rate": ("--cost",),
    "--publish-people": ("--publish",),
    "--publish-raw": ("--publish",),
    "--with-names": ("--report",),
    "--smallest-group": ("--report", "--publish-safe"),
    "--horizon": ("--report", "--publish-safe"),
    "--despite-errors": ("--publish", "--report", "--publish-safe"),
    "--skill-library": ("--skill-review", "--accept-listed"),
    "--accept-listed": ("--skill-library",),
    "--as-of": ("--no-load",),
}
"""Flags that mean nothing without one of others."""
_NOT_WITH: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "--sandbox": ("is for organizations of your own", ("--organization", "--shard", "--parallel")),
    "--no-load": (
        "is for a load",
        (
            *("--shard", "--parallel", "--employees"),
            *("--badge-max-age", "--refresh-all", "--refresh", "--max-badge-reads"),
            *("--allow-removals", "--allow-changes", "--no-marts", "--check"),
        ),
    ),
    "--no-marts": (
        "needs the marts",
        (
            *("--publish", "--publish-safe", "--report", "--seeds"),
            *("--skill-review", "--skill-library", "--small-groups"),
        ),
    ),
    "--refresh-all": ("sets another age", ("--badge-max-age",)),
    "--check": ("is for a load", ("--json", "--shard", "--parallel")),
    "--cost": (
        "is for a load",
        (
            *("--shard", "--parallel", "--refresh-all", "--refresh", "--max-badge-reads"),
            *("--allow-removals", "--allow-changes", "--no-marts", "--no-load", "--seeds"),
            *("--skill-review", "--skill-library", "--publish", "--publish-safe", "--report"),
            *("--small-groups", "--check", "--status", "--notify"),
        ),
    ),
    "--shard": ("loads several organizations", ("--parallel",)),
    "--status": (
        "is for a load",
        (
            *("--employees", "--badge-max-age", "--refresh-all", "--refresh", "--max-badge-reads"),
            *("--allow-removals", "--no-marts", "--no-load", "--seeds", "--skill-review"),
            *("--skill-library", "--publish", "--publish-safe", "--report", "--check"),
            "--notify",
        ),
    ),
}
"""Flags that rule others out, why the others need them left out, and those others."""


def parser(part: Part | None = None) -> argparse.ArgumentParser:
    """Get the flags of the main job, or of a part of it."""
    types: dict[str, Callable[[str], Any]] = {
        "N": count,
        "P": _processes,
        "R": _rate,
        "K/N": _shard,
        "HOW": _mode,
        "DATE": _day,
        "DAYS": count,
        "FILE": Path,
        "DIR": Path,
    }
    if part is None:
        about = "Mirrors a Credly Workforce organization into DuckDB or a warehouse."
        return build(about, _EPILOG, meanings(), FLAGS, types, _REPEATED)
    program = f"workforce {part.name}"
    about = f"{part.line[0].upper()}{part.line[1:]}."
    parsing = build(about, _EPILOG, meanings(), part.flags(FLAGS), types, _REPEATED, program)
    for lines in FLAGS.values():
        for flag in lines:
            name, _, value = flag.partition(" ")
            unset = None if value else name == part.implied
            parsing.set_defaults(**{attribute(name): unset})
    if part.file is not None:
        parsing.add_argument(attribute(part.file), metavar="FILE", type=Path, help="the file")
    return parsing


def parse(
    arguments: Sequence[str] | None, part: Part | None = None, **defaults: str
) -> argparse.Namespace:
    """Get the flags that were given; ends the process with 2 when they make no sense.

    Args:
        arguments: Words of the command line; None for those of this process.
        part: The part of the job that is asked for; None for all of it.
        defaults: Values of flags that are not given, by name.
    """
    parsing = parser(part)
    parsing.set_defaults(**defaults)
    given = parsing.parse_args(arguments)
    flags = chosen(given)
    refuse_alone(parsing, flags, _GOES_WITH)
    for one, (why, others) in _NOT_WITH.items():
        for other in others:
            if flags >= {one, other}:
                parsing.error(f"{other} {why}: leave {one} out")
    if given.smallest_group is not None and given.smallest_group < SMALL:
        parsing.error(f"--smallest-group is {SMALL} or more")
    if given.publish_safe is not None and given.small_groups == "show":
        parsing.error("--publish-safe is for everybody: leave --small-groups show out")
    if given.horizon is not None and not 1 <= given.horizon <= 365:
        parsing.error("--horizon is 1 to 365 days")
    return given


def settings_of(given: argparse.Namespace) -> dict[str, Any]:
    """Get the settings the flags stand for; they win over every other place.

    Raises:
        ConfigError: The file of `--refresh` cannot be read.
    """
    settings = {
        "badge_max_age": "0" if given.refresh_all else given.badge_max_age,
        "max_badge_reads": given.max_badge_reads,
        "refresh": None if given.refresh is None else _lines(given.refresh),
    }
    return {name: value for name, value in settings.items() if value is not None}


def _lines(file: Path) -> list[str]:
    try:
        # utf-8-sig: spreadsheets mark the files they write
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigError(
            f"The file of --refresh cannot be read ({why}). Give a text file with one id,"
            " external id or e-mail a line."
        ) from None
    return [line.strip() for line in text.splitlines() if line.strip()]


def _processes(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError("a whole number from 1 up")
    return int(text)


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = 0.0
    if not 0 < rate < math.inf:
        raise argparse.ArgumentTypeError("a number of requests a second")
    return rate


def _mode(text: str) -> Mode:
    for mode in MODES:
        if text == mode:
            return mode
    raise argparse.ArgumentTypeError(f"one of {', '.join(MODES)}")


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("a date such as 2026-03-01") from None
    if day > datetime.now(UTC).date():
        raise argparse.ArgumentTypeError("a day that has begun")
    return day


def _shard(text: str) -> Shard:
    try:
        return Shard.parse(text)
    except ConfigError as error:
        raise argparse.ArgumentTypeError(error.message) from None
