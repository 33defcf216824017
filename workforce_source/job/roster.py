"""The roster command: a plan, and with `--apply` what it says done, from the shell.

dlt is imported inside functions, after `prepare`, and never for `--help`. What may not be in here:
how a plan comes about.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from workforce_source.exceptions import ConfigError, DestinationError
from workforce_source.exit_codes import ExitCode
from workforce_source.job.call import Call
from workforce_source.job.environment import prepare
from workforce_source.job.failure import tell
from workforce_source.job.roster_arguments import parse, rules_of
from workforce_source.job.saying import say, show, show_document
from workforce_source.job.stopping import Stop, run_stoppable

if TYPE_CHECKING:
    import requests

    from workforce_source.client import Client
    from workforce_source.roster import Ledger, Plan, Receipts, Rules
    from workforce_source.roster.rows import Source
    from workforce_source.settings import Settings
    from workforce_source.sync.suppression import Suppression

EMPLOYEES: Final = 100
"""People in the sandbox, whom the example is about."""
GRACE: Final = 10.0
"""Seconds that operations under way have to get their receipts, after a signal."""


def main(
    arguments: Sequence[str] | None = None,
    *,
    pipeline_name: str = "workforce",
    destination: str = "duckdb",
    dataset_name: str = "credly",
    session: requests.Session | None = None,
    settings: dict[str, Any] | None = None,
    program: str | None = None,
    **rules: Any,
) -> int:
    """Run the roster command and get its exit code.

    Args:
        arguments: Words of the command line; None for those of this process.
        pipeline_name: dlt's name for the pipeline; that of the main job, to share its file.
        destination: Where receipts are kept, unless `--destination` or `--receipts` says so.
        dataset_name: Dataset or schema, unless `--dataset` says so.
        session: A session of your own that sends the requests, as for `load()`.
        settings: Settings of the source that win over configuration.
        program: What `--help` calls the command; None for the name it was started by.
        **rules: Rules, by the names of `workforce_source.roster.Rules`; flags win over them.

    Returns:
        0, 1, 2, 3 or 5; 130 and 143 after a signal. `--help` has their meanings.
    """
    given = parse(arguments, program, destination=destination, dataset=dataset_name)
    prepare(verbose=given.verbose, debug=given.debug)
    call = Call(given, pipeline_name, settings or {}, session)
    return run_stoppable(
        lambda stop: _run(call, rules | rules_of(given), stop),
        lambda error: tell(error, debug=given.debug),
        GRACE,
    )


def _run(call: Call, given_rules: dict[str, Any], stop: Stop) -> int:
    from workforce_source.job.settings_files import readable_settings
    from workforce_source.roster import Rules
    from workforce_source.source import open_client

    given = call.given
    try:
        rules = Rules(**given_rules)
    except TypeError:
        raise ConfigError("A rule of the pipeline script is none that there is.") from None
    if given.out is not None:
        _refuse_other_file(given.out)
    with readable_settings(warn=not given.sandbox), ExitStack() as stack:
        if given.sandbox:
            call = call.with_settings(_sandbox(stack))
        organization = _only_one(call)
        settings = call.resolve(organization)
        ledger = _ledger(call, settings, rules, stack)
        client = stack.enter_context(
            open_client(settings, session=call.session, organization=organization)
        )
        stop.raise_for_signal()
        forgotten = _forgotten(call, settings, ledger)
        return _plan_and_apply(call, client, ledger, rules, stop, forgotten)


def _plan_and_apply(
    call: Call,
    client: Client,
    ledger: Ledger | None,
    rules: Rules,
    stop: Stop,
    forgotten: Suppression | None,
) -> int:
    from workforce_source.roster import apply, plan

    given = call.given
    made = plan(_desired(call, rules), client, rules, ledger=ledger, suppression=forgotten)
    if given.out is not None:
        _write(given.out, made)
    moved = given.expect is not None and given.expect != made.digest
    if not given.apply or moved or ledger is None:
        code = ExitCode.HELD_BACK if moved else made.exit_code
        _show(given, made, None, None, code)
        if moved:
            say(
                f"This is not the plan {given.expect} any more, so nothing was done. Look at it,"
                " then apply it with its own digest."
            )
        return code
    if not given.json:
        _show(given, made, None, None, made.exit_code)
    receipts = apply(made, client, ledger=ledger, proceed=stop.raise_for_signal)
    left = None
    if given.sandbox:  # which ends with this command, so that nobody could look
        left = plan(_desired(call, rules), client, rules, ledger=ledger)
    _show(given, made, receipts, left, receipts.exit_code)
    return receipts.exit_code


def _desired(call: Call, rules: Rules) -> Source:
    from workforce_source.roster.files import read_file, read_sql

    given = call.given
    if given.from_sql is not None:
        job = call.pipeline()
        if job.file is not None and not job.file.exists():
            raise ConfigError(
                f"There is no file {job.file.name} to ask. Run in the directory it is in, or name a"
                " --destination."
            )
        return read_sql(job.pipeline, given.from_sql)
    path = given.from_file
    if path is None:
        path = Path(str(files("workforce_source.roster") / "example.csv"))
    return read_file(path, {*rules.columns, *rules.ignore})


def _sandbox(stack: ExitStack) -> dict[str, str]:
    try:
        from workforce_source.sandbox import sandbox_process
    except ModuleNotFoundError as missing:
        raise ConfigError(f"{missing} (where this runs), then run again.") from None
    say(f"Starting the sandbox with {EMPLOYEES:,} employees ...")
    return stack.enter_context(sandbox_process(EMPLOYEES, seed=EMPLOYEES)).settings


def _only_one(call: Call) -> str | None:
    names = list(call.organizations())
    if len(names) > 1:
        raise ConfigError(
            f"A roster is one organization's, and the configuration has {len(names)}: say which by"
            " --organization NAME."
        )
    return names[0]


def _ledger(call: Call, settings: Settings, rules: Rules, stack: ExitStack) -> Ledger | None:
    """Get where receipts are kept; none where nothing of them is needed."""
    from workforce_source.roster import FileLedger, TableLedger

    given = call.given
    file = given.receipts
    if file is None and given.sandbox:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="roster-"))
        file = Path(folder) / "receipts.jsonl"
    if file is not None:
        return FileLedger(file, settings.organization_id)
    if not (given.apply or rules.delete_missing or rules.invite):
        return None
    job = call.pipeline()
    if given.apply:
        job.prepare()
        job.refuse_mixture()
    return TableLedger(job.pipeline, settings.organization_id, settings.wait_for_lease)


def _forgotten(call: Call, settings: Settings, ledger: Ledger | None) -> Suppression | None:
    """Get who was forgotten where the organization is loaded, as far as that is looked at."""
    from workforce_source.roster import TableLedger
    from workforce_source.sync.context import secret_of

    secret = secret_of(settings)
    if not isinstance(ledger, TableLedger):
        if secret is None or call.given.sandbox:
            return None
        ledger = TableLedger(
            call.pipeline().pipeline, settings.organization_id, settings.wait_for_lease
        )
    return ledger.suppression(secret)


def _refuse_other_file(path: Path) -> None:
    """Make sure that a plan replaces nothing but a plan."""
    if not path.parent.is_dir():
        raise DestinationError(f"There is no folder for --out {path.name}. Make it first.")
    if os.path.lexists(path):
        start = b""
        with suppress(OSError), path.open("rb") as file:
            start = file.read(40)
        if b'"notice": "This file' not in start:
            raise ConfigError(f"--out {path.name} is there and is no plan: give it a new name.")


def _write(path: Path, made: Plan) -> None:
    text = json.dumps(made.as_dict(personal=True), indent=1, ensure_ascii=False)
    try:
        number, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # of mode 600
        try:
            with open(number, "w", encoding="utf-8") as file:  # noqa: PTH123 # it is open already
                file.write(f"{text}\n")
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise DestinationError(
            f"The file {path.name} cannot be written ({error.strerror}). Is its folder there,"
            " writable and not full? Nothing was written to Credly."
        ) from None


def _show(
    given: argparse.Namespace,
    made: Plan,
    receipts: Receipts | None,
    left: Plan | None,
    code: int,
) -> None:
    from workforce_source.job.roster_text import plan_text, receipts_text

    if given.json:
        told = {
            "plan": made.as_dict(),
            "receipts": receipts and receipts.as_dict(),
            "left": left and left.totals(),
            "exit_code": int(code),
        }
        show_document(told)
        return
    if receipts is None:
        show(plan_text(made))
        if not given.apply:
            show("\nNothing was written: --apply carries it out.")
        return
    show(f"\n{receipts_text(receipts)}")
    if left is not None:
        show(f"\nA second plan has {len(left.operations):,} operations.")
