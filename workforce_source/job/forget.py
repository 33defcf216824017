"""The command that forgets a person: a key from standard input or a file, a receipt as JSON.

dlt is imported inside functions, after `prepare`, and never for `--help`. What may not be in here:
what is removed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from workforce_source.exceptions import ConfigError
from workforce_source.exit_codes import forget_meanings
from workforce_source.job.call import Call
from workforce_source.job.environment import prepare
from workforce_source.job.failure import tell
from workforce_source.job.flags import build
from workforce_source.job.saying import say, show_document
from workforce_source.job.stopping import Stop, run_stoppable

GRACE: Final = 10.0
"""Seconds that a statement under way has to end, after a signal."""
MOST: Final = 1_000
"""Characters of a key at most: more is another file."""
_EPILOG: Final = """\
The key is an id, an external id or an e-mail, one line of standard input or of a file; never a word
of the command line. Settings are those of the main job, and pseudonym_key; docs/privacy.md says
what is removed, and what is left to do.

exit codes:
"""
_FLAGS: Final[Mapping[str, Mapping[str, str]]] = {
    "who, and what more": {
        "--key-file FILE": "read the key there, not from standard input",
        "--file FILE": "a published file, a report, receipts or a plan of a roster; repeatable",
        "--undo": "let the person be loaded again, by the next run",
    },
    "where": {
        "--organization NAME": "this one of several, by its section",
        "--destination NAME": "duckdb, postgres, snowflake, bigquery, ... (duckdb)",
        "--dataset NAME": "dataset or schema (credly)",
        "--pipelines-dir DIR": "where dlt keeps its working files (dlt's own)",
    },
    "what to show": {
        "--verbose": "what dlt does",
        "--debug": "tracebacks",
    },
}


def parser(program: str | None = None) -> argparse.ArgumentParser:
    """Get the flags of the command."""
    types: dict[str, Callable[[str], Any]] = {"FILE": Path, "DIR": Path}
    return build(
        "Removes a person from what was loaded, and keeps them out of the runs to come.",
        _EPILOG,
        forget_meanings(),
        _FLAGS,
        types,
        ("--file FILE",),
        program,
    )


def main(
    arguments: Sequence[str] | None = None,
    *,
    pipeline_name: str = "workforce",
    destination: str = "duckdb",
    dataset_name: str = "credly",
    settings: dict[str, Any] | None = None,
    program: str | None = None,
) -> int:
    """Run the command and get its exit code.

    Args:
        arguments: Words of the command line; None for those of this process.
        pipeline_name: dlt's name for the pipeline; that of the main job, to share its file.
        destination: Where was loaded, unless `--destination` says so.
        dataset_name: Dataset or schema, unless `--dataset` says so.
        settings: Settings of the source that win over configuration.
        program: What `--help` calls the command; None for the name it was started by.

    Returns:
        0, 1 or 2; 130 and 143 after a signal. `--help` has their meanings.
    """
    parsing = parser(program)
    parsing.set_defaults(destination=destination, dataset=dataset_name)
    given = parsing.parse_args(arguments)
    if given.undo and given.file:
        parsing.error("--file is for what is removed: leave --undo out")
    prepare(verbose=given.verbose, debug=given.debug)
    # what the main job has more flags for
    common = {"sandbox": False, "shard": None, "parallel": None}
    given = argparse.Namespace(**{**vars(given), **common})
    given.organization = [given.organization] if given.organization else None
    call = Call(given, pipeline_name, settings or {})
    return run_stoppable(
        lambda stop: _run(call, stop),
        lambda error: tell(error, debug=given.debug),
        GRACE,
    )


def _run(call: Call, stop: Stop) -> int:
    from workforce_source.forgetting import forget, unforget
    from workforce_source.job.settings_files import readable_settings

    given = call.given
    with readable_settings(warn=True):
        names = list(call.organizations())
        if len(names) > 1:
            raise ConfigError(
                "A person is forgotten in one organization, and the configuration has"
                f" {len(names)}: say which by --organization NAME, then do the same in others."
            )
        (name,) = names
        call.resolve(name)
        pipeline = call.pipeline(name).pipeline
        key = _key(given.key_file)
        stop.raise_for_signal()
        if given.undo:
            removed = unforget(pipeline, key, organization=name, **call.settings)
            show_document({"marks_removed": removed})
            return 0
        receipt = forget(pipeline, key, organization=name, files=given.file or (), **call.settings)
        show_document(receipt.as_dict())
        if not receipt.found:
            say("Nobody with this key was there; whoever comes with it will be left out.")
    return 0


def _key(file: Path | None) -> str:
    try:
        text = sys.stdin.read(MOST + 1) if file is None else file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigError(f"The file of --key-file cannot be read ({why}).") from None
    if len(text) > MOST or len(text.split("\n")) > 2:
        raise ConfigError(
            "The key of one person is one line: an id, an external id or an e-mail. Nothing was"
            " removed."
        )
    return text.strip()
