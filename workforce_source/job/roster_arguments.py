"""The flags of the roster command, and the rules they stand for.

What they do is in `roster.py` beside this; what a rule means, in the room `roster`.
"""

import argparse
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from workforce_source.exit_codes import roster_meanings
from workforce_source.job.flags import build, chosen, count, refuse_alone

_EPILOG = """\
Without --apply nothing is written. Settings and credentials are those of the main job;
docs/roster.md says what each guard means.

exit codes:
"""
_FLAGS: Final[Mapping[str, Mapping[str, str]]] = {
    "what there should be": {
        "--from FILE": "a roster in a CSV or Parquet file",
        "--from-sql QUERY": "what a query on the destination gives",
        "--sandbox": "an invented organization and its example; no account needed",
        "--column YOURS=THEIRS": "what the API page calls a column of yours; repeatable",
        "--ignore YOURS": "a column that is not meant for Credly; repeatable",
        "--tier NAME": "workforce or unified: what a row must have (workforce)",
        "--required THEIRS": "a column a row must have, in the place of the tier's; repeatable",
        "--clear-empty": "empty in Credly what is empty in the roster",
    },
    "who is deleted": {
        "--delete-missing": "people in scope whom no row names",
        "--only-where COLUMN=VALUE": "the scope, by team, department or state; repeatable",
        "--everywhere": "the scope is the whole organization",
        "--max-deleted N": "people deleted at most (50)",
        "--max-deleted-share SHARE": "the same as a share of the people in scope (0.05)",
        "--allow-deletions N": "delete up to so many, once, whatever these bounds say",
        "--delete-accepted": "people who accepted the connection, too",
    },
    "who is invited": {
        "--invite": "people of the roster who have not accepted",
        "--invite-rejected": "those who rejected, too",
        "--invite-again-after AGE": "time between two invitations: 72h, 14d (14d)",
        "--max-invited N": "people invited within a day at most (200)",
    },
    "what to do": {
        "--apply": "carry the plan out",
        "--expect DIGEST": "only if it is still this plan",
        "--out FILE": "write the plan with all its values; holds personal data",
    },
    "where": {
        "--organization NAME": "this one of several, by its section",
        "--receipts FILE": "keep receipts in this file, not in the destination",
        "--destination NAME": "duckdb, postgres, snowflake, bigquery, ... (duckdb)",
        "--dataset NAME": "dataset or schema of the receipts (credly)",
        "--pipelines-dir DIR": "where dlt keeps its working files (dlt's own)",
    },
    "what to show": {
        "--json": "plan and receipts as one JSON document, without values, on standard output",
        "--verbose": "one line a page",
        "--debug": "tracebacks and retries",
    },
}
"""Each flag, with the name of its value if it has one, and its line in `--help`."""
_REPEATED: Final = (
    *("--column YOURS=THEIRS", "--ignore YOURS", "--required THEIRS"),
    *("--only-where COLUMN=VALUE", "--organization NAME"),
)
_GOES_WITH: Final[Mapping[str, tuple[str, ...]]] = {
    "--expect": ("--apply",),
    "--only-where": ("--delete-missing",),
    "--everywhere": ("--delete-missing",),
    "--max-deleted": ("--delete-missing",),
    "--max-deleted-share": ("--delete-missing",),
    "--allow-deletions": ("--delete-missing",),
    "--delete-accepted": ("--delete-missing",),
    "--invite-rejected": ("--invite",),
    "--invite-again-after": ("--invite",),
    "--max-invited": ("--invite",),
}
"""Flags that mean nothing without one of others."""
_NOT_WITH: Final = (
    ("--from", "--from-sql"),
    ("--only-where", "--everywhere"),
    ("--sandbox", "--organization"),
)
"""Flags of which one is left out."""
_UNITS: Final = {"h": "hours", "d": "days"}


def parser(program: str | None = None) -> argparse.ArgumentParser:
    """Get the flags of the roster command."""
    types: dict[str, Callable[[str], Any]] = {
        "N": count,
        "SHARE": _share,
        "AGE": _age,
        "YOURS=THEIRS": _pair,
        "COLUMN=VALUE": _pair,
        "FILE": Path,
        "DIR": Path,
    }
    return build(
        "Plans, and with --apply makes, the employees in Credly those of a roster.",
        _EPILOG,
        roster_meanings(),
        _FLAGS,
        types,
        _REPEATED,
        program,
    )


def parse(
    arguments: Sequence[str] | None, program: str | None = None, **defaults: Any
) -> argparse.Namespace:
    """Get the flags that were given; ends the process with 2 when they make no sense.

    Args:
        arguments: Words of the command line; None for those of this process.
        program: What the command is called; None for the name it was started by.
        defaults: Values of flags that are not given, by name.
    """
    parsing = parser(program)
    parsing.set_defaults(**defaults, shard=None, parallel=None)
    given = parsing.parse_args(arguments)
    flags = chosen(given)
    refuse_alone(parsing, flags, _GOES_WITH)
    for one, other in _NOT_WITH:
        if flags >= {one, other}:
            parsing.error(f"{one} and {other}: leave one out")
    if flags.isdisjoint({"--from", "--from-sql", "--sandbox"}):
        parsing.error("say what there should be: --from FILE, --from-sql QUERY, or try --sandbox")
    given.from_file = vars(given)["from"]  # a word of Python's
    return given


def rules_of(given: argparse.Namespace) -> dict[str, Any]:
    """Get the rules that flags stand for, by the names of `Rules`; they win over all others."""
    scope: dict[str, list[str]] | None = {} if given.everywhere else None
    for column, value in given.only_where or ():
        scope = scope or {}
        scope.setdefault(column, []).append(value)
    states = ("created", "pending", "rejected") if given.invite_rejected else None
    rules = {
        "columns": dict(given.column) if given.column else None,
        "ignore": given.ignore,
        "tier": given.tier,
        "required": given.required,
        "clear_empty": given.clear_empty or None,
        "delete_missing": given.delete_missing or None,
        "only_where": scope,
        "max_deleted": given.max_deleted,
        "max_deleted_share": given.max_deleted_share,
        "allow_deletions": given.allow_deletions,
        "delete_accepted": given.delete_accepted or None,
        "invite": given.invite or None,
        "invite_states": states,
        "invite_again_after": given.invite_again_after,
        "max_invited_a_day": given.max_invited,
    }
    return {name: value for name, value in rules.items() if value is not None}


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError("a share from 0 to 1")
    return share


def _age(text: str) -> timedelta:
    if not text[:-1].isdecimal() or text[-1:] not in _UNITS:
        raise argparse.ArgumentTypeError("a time such as 72h or 14d")
    return timedelta(**{_UNITS[text[-1]]: int(text[:-1])})


def _pair(text: str) -> tuple[str, str]:
    one, _, other = text.partition("=")
    if not one or not other:
        raise argparse.ArgumentTypeError("two names with = between them")
    return one, other
