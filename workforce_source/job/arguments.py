"""The flags of the main job.

What they do is in the other modules of this room; a setting without a flag is dlt's to find.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from workforce_source.exceptions import ConfigError
from workforce_source.exit_codes import explained

_EPILOG = """\
Settings come from the environment (SOURCES__WORKFORCE__API_TOKEN), .dlt/secrets.toml or
.dlt/config.toml; docs/settings.md has all of them.

exit codes (docs/operations.md says what to do):
"""

_OF_A_LOAD = (
    *("sandbox", "badge_max_age", "refresh_all", "refresh", "max_badge_reads"),
    *("allow_removals", "no_marts", "check"),
)
"""Flags that mean nothing where nothing is loaded."""


def parser() -> argparse.ArgumentParser:
    """Get the flags of the main job."""
    parsing = argparse.ArgumentParser(
        description="Mirrors a Credly Workforce organization into DuckDB or a warehouse.",
        epilog=_EPILOG + "".join(f"  {code:8}  {what}\n" for code, what in explained()),
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
        "--pipelines-dir", metavar="DIR", help="where dlt keeps its working files (dlt's own)"
    )
    reads = parsing.add_argument_group("whose badges to read")
    age = reads.add_mutually_exclusive_group()
    age.add_argument(
        "--badge-max-age", metavar="AGE", help="oldest badges left behind: 90m, 24h, 7d (24h)"
    )
    age.add_argument("--refresh-all", action="store_true", help="read the badges of everybody now")
    reads.add_argument(
        "--refresh",
        metavar="FILE",
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
    answers = parsing.add_argument_group("what to make of it")
    answers.add_argument(
        "--no-marts", action="store_true", help="load only; build and check no marts"
    )
    answers.add_argument(
        "--no-load", action="store_true", help="make it of what is loaded; ask the API nothing"
    )
    answers.add_argument(
        "--seeds",
        metavar="DIR",
        help="folder of skill_alias.csv, skill_target.csv and own_issuer.csv",
    )
    answers.add_argument(
        "--suggest-aliases", metavar="FILE", help="write skills spelled nearly alike, as seeds"
    )
    answers.add_argument(
        "--publish", metavar="FILE", help="write the marts into one DuckDB file for BI tools"
    )
    answers.add_argument(
        "--publish-people", action="store_true", help="names, e-mails and zip codes in it too"
    )
    answers.add_argument(
        "--publish-raw", action="store_true", help="the tables that were loaded in it too"
    )
    answers.add_argument("--report", metavar="FILE", help="write a report as one HTML file")
    answers.add_argument(
        "--with-names", action="store_true", help="name people and count small groups in it"
    )
    answers.add_argument(
        "--despite-errors",
        action="store_true",
        help="write both though a check found an error; else the files of before stay",
    )
    shown = parsing.add_argument_group("what to show")
    instead = shown.add_mutually_exclusive_group()
    instead.add_argument(
        "--check", action="store_true", help="ask a few questions instead of loading"
    )
    instead.add_argument(
        "--json", action="store_true", help="the summary as one JSON document on standard output"
    )
    shown.add_argument("--verbose", action="store_true", help="one line a page or batch")
    shown.add_argument(
        "--debug", action="store_true", help="tracebacks, retries, and ids of unreadable employees"
    )
    return parsing


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Get the flags that were given; ends the process with 2 when they make no sense.

    Args:
        arguments: Words of the command line; None for those of this process.
    """
    parsing = parser()
    given = parsing.parse_args(arguments)
    if given.employees is not None and not given.sandbox:
        parsing.error("--employees says how many people the sandbox has: it goes with --sandbox")
    for whole, part in (
        ("publish", "publish_people"),
        ("publish", "publish_raw"),
        ("report", "with_names"),
    ):
        if getattr(given, part) and getattr(given, whole) is None:
            parsing.error(f"--{part.replace('_', '-')} goes with --{whole}")
    if given.despite_errors and given.publish is None and given.report is None:
        parsing.error("--despite-errors goes with --publish or --report")
    for part in _OF_A_LOAD:
        value = getattr(given, part)
        if given.no_load and value is not None and value is not False:
            parsing.error(f"--{part.replace('_', '-')} is for a load: leave --no-load out")
    if given.suggest_aliases is not None and Path(given.suggest_aliases).exists():
        parsing.error("--suggest-aliases keeps the file that is there: give it a new name")
    for wanted in ("publish", "report", "seeds", "suggest_aliases"):
        if given.no_marts and getattr(given, wanted) is not None:
            parsing.error(f"--{wanted.replace('_', '-')} needs the marts: leave --no-marts out")
    return given


def settings_of(given: argparse.Namespace) -> dict[str, Any]:
    """Get the settings the flags stand for; they win over every other place.

    Raises:
        ConfigError: The file of `--refresh` cannot be read.
    """
    settings: dict[str, Any] = {}
    if given.refresh_all:
        settings["badge_max_age"] = "0"
    elif given.badge_max_age is not None:
        settings["badge_max_age"] = given.badge_max_age
    if given.max_badge_reads is not None:
        settings["max_badge_reads"] = given.max_badge_reads
    if given.refresh is not None:
        settings["refresh"] = _lines(given.refresh)
    return settings


def _lines(name: str) -> list[str]:
    try:
        # utf-8-sig: spreadsheets mark the files they write
        text = Path(name).read_text(encoding="utf-8-sig")
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
