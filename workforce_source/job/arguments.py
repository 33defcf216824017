"""The flags of the main job.

What they do is in the other modules of this room; a setting without a flag is dlt's to find.
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from workforce_source.exceptions import ConfigError
from workforce_source.exit_codes import meanings

_EPILOG = """\
Settings come from the environment (SOURCES__WORKFORCE__API_TOKEN), .dlt/secrets.toml or
.dlt/config.toml; docs/settings.md has all of them.

exit codes (docs/operations.md says what to do):
"""

_FILE: Final[dict[str, Any]] = {"type": Path, "metavar": "FILE"}
_GOES_WITH: Final[Mapping[str, tuple[str, ...]]] = {
    "employees": ("sandbox",),
    "publish_people": ("publish",),
    "publish_raw": ("publish",),
    "with_names": ("report",),
    "despite_errors": ("publish", "report"),
}
"""Flags that mean nothing without one of others."""
_NOT_WITH: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "no_load": (
        "is for a load",
        (
            *("sandbox", "badge_max_age", "refresh_all", "refresh", "max_badge_reads"),
            *("allow_removals", "no_marts", "check"),
        ),
    ),
    "no_marts": ("needs the marts", ("publish", "report", "seeds", "suggest_aliases")),
}
"""Flags that turn something off, why others need it, and those others."""


def parser() -> argparse.ArgumentParser:
    """Get the flags of the main job."""
    parsing = argparse.ArgumentParser(
        description="Mirrors a Credly Workforce organization into DuckDB or a warehouse.",
        epilog=_EPILOG + "".join(f"  {code:8}  {what}\n" for code, what in meanings()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    where = parsing.add_argument_group("where from, where to")
    where.add_argument(
        "--sandbox", action="store_true", help="load an invented organization; no account needed"
    )
    where.add_argument("--employees", type=_count, metavar="N", help="people in the sandbox (500)")
    where.add_argument(
        "--destination", metavar="NAME", help="duckdb, postgres, snowflake, bigquery, ... (duckdb)"
    )
    where.add_argument("--dataset", metavar="NAME", help="dataset or schema to fill (credly)")
    where.add_argument(
        "--pipelines-dir",
        type=Path,
        metavar="DIR",
        help="where dlt keeps its working files (dlt's own)",
    )
    reads = parsing.add_argument_group("whose badges to read")
    age = reads.add_mutually_exclusive_group()
    age.add_argument(
        "--badge-max-age", metavar="AGE", help="oldest badges left behind: 90m, 24h, 7d (24h)"
    )
    age.add_argument("--refresh-all", action="store_true", help="read the badges of everybody now")
    reads.add_argument(
        "--refresh",
        **_FILE,
        help="read these employees now: ids, external ids or e-mails, one a line",
    )
    reads.add_argument(
        "--max-badge-reads", type=_count, metavar="N", help="employees read at most; the rest later"
    )
    parsing.add_argument(
        "--allow-removals",
        action="store_true",
        help="remove all that is confirmed gone, once, however much it is",
    )
    outputs = parsing.add_argument_group("what to make of it")
    outputs.add_argument(
        "--no-marts", action="store_true", help="load only; build and check no marts"
    )
    outputs.add_argument(
        "--no-load", action="store_true", help="make it of what is loaded; ask the API nothing"
    )
    outputs.add_argument(
        "--seeds",
        type=Path,
        metavar="DIR",
        help="folder of skill_alias.csv, skill_target.csv and own_issuer.csv",
    )
    outputs.add_argument(
        "--suggest-aliases",
        **_FILE,
        help="write skills spelled nearly alike, as seeds",
    )
    outputs.add_argument(
        "--publish",
        **_FILE,
        help="write the marts into one DuckDB file for BI tools",
    )
    outputs.add_argument(
        "--publish-people", action="store_true", help="names, e-mails and zip codes in it too"
    )
    outputs.add_argument(
        "--publish-raw", action="store_true", help="the tables that were loaded in it too"
    )
    outputs.add_argument("--report", **_FILE, help="write a report as one HTML file")
    outputs.add_argument(
        "--with-names", action="store_true", help="name people and count small groups in it"
    )
    outputs.add_argument(
        "--despite-errors",
        action="store_true",
        help="write both though a check found an error; else the files of before stay",
    )
    shown = parsing.add_argument_group("what to show")
    instead = shown.add_mutually_exclusive_group()
    instead.add_argument(
        "--check", action="store_true", help="try account and destination instead of loading"
    )
    instead.add_argument(
        "--json", action="store_true", help="the summary as one JSON document on standard output"
    )
    shown.add_argument("--verbose", action="store_true", help="one line a page or batch")
    shown.add_argument(
        "--debug", action="store_true", help="tracebacks, retries, and ids of unreadable employees"
    )
    return parsing


def parse(arguments: Sequence[str] | None, **defaults: str) -> argparse.Namespace:
    """Get the flags that were given; ends the process with 2 when they make no sense.

    Args:
        arguments: Words of the command line; None for those of this process.
        defaults: Values of flags that are not given, by name.
    """
    parsing = parser()
    parsing.set_defaults(**defaults)
    given = parsing.parse_args(arguments)
    chosen = {
        name for name, value in vars(given).items() if value is not None and value is not False
    }
    for part in filter(chosen.__contains__, _GOES_WITH):
        if chosen.isdisjoint(_GOES_WITH[part]):
            parsing.error(f"{_flag(part)} goes with {' or '.join(map(_flag, _GOES_WITH[part]))}")
    for off in filter(chosen.__contains__, _NOT_WITH):
        why, others = _NOT_WITH[off]
        for other in filter(chosen.__contains__, others):
            parsing.error(f"{_flag(other)} {why}: leave {_flag(off)} out")
    if given.suggest_aliases is not None and given.suggest_aliases.exists():
        parsing.error("--suggest-aliases keeps the file that is there: give it a new name")
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


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


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


def _count(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError("a whole number from 0 up")
    return number
