"""Alerts of the main job: who is told what, and the sign of life after a success.

Nothing here fails a load: what cannot be sent is said on standard error. No text holds personal
data or an address. What may not be in here: what is an alarm (`alarms`).
"""

import argparse
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import dlt
import requests
from dlt.common.configuration import configspec, resolve_configuration
from dlt.common.configuration.specs import BaseConfiguration
from dlt.common.exceptions import DltException

from workforce_source.clock import utc_now
from workforce_source.destination import connect
from workforce_source.exceptions import WorkforceError
from workforce_source.exit_codes import ExitCode
from workforce_source.job.alarms import DEFAULT_RULES, alarms
from workforce_source.job.saying import say
from workforce_source.loading import audit_table
from workforce_source.loading.audit_file import AuditFile
from workforce_source.settings import SECTION

_SECONDS: Final = (5, 10)
"""To connect to whom is to hear a sign of life, and to wait for the answer."""
_WHERE: Final = "What each means and what to do: docs/operations.md."


@configspec
class Notify(BaseConfiguration):
    """Who is told, from `[sources.workforce.notify]`; addresses hold secrets."""

    addresses: list[str] | None = None
    heartbeat: str | None = None


def announce(
    given: argparse.Namespace, pipelines: Iterable[dlt.Pipeline], began: datetime, code: int
) -> None:
    """Tell of alarms that are new or gone, and give a sign of life after a success.

    Args:
        given: The flags.
        pipelines: The pipelines that loaded.
        began: When the job began.
        code: How it ended.
    """
    try:
        who = resolve_configuration(Notify(), sections=("sources", SECTION, "notify"))
    except Exception:
        if code != ExitCode.UNUSABLE:  # else the run has said what is wrong with the settings
            say("Nobody was told: [sources.workforce.notify] cannot be read.")
        return
    try:
        addresses = [*(who.addresses or ()), *(given.notify or ())]
        if addresses:
            for pipeline in pipelines:
                _tell(addresses, pipeline, began, code)
        if who.heartbeat and code == ExitCode.LOADED:
            _give_sign_of_life(who.heartbeat)
    except Exception as error:  # whatever it is: the load is done
        say(f"Alerts could not be sent ({type(error).__name__}). The load is not concerned.")


def runs_of(pipeline: dlt.Pipeline) -> dict[str, list[dict[str, Any]]]:
    """Get the last runs of each organization, the newest first, also those not written yet."""
    found: dict[str, list[dict[str, Any]]] = {}
    most = DEFAULT_RULES.runs + 2
    with suppress(WorkforceError, DltException), connect(pipeline) as to:
        found = audit_table.history(to, most)
    for row in AuditFile(pipeline).rows():
        found.setdefault(row["organization_id"], []).insert(0, row)
    for runs in found.values():
        runs.sort(key=lambda run: run["ended"], reverse=True)
    return found


def _tell(addresses: Sequence[str], pipeline: dlt.Pipeline, began: datetime, code: int) -> None:
    by_organization = runs_of(pipeline)
    mine = {whose: runs for whose, runs in by_organization.items() if runs[0]["ended"] >= began}
    if not mine and code:
        # a setting or the destination kept any run from beginning; the next job finds it here
        row = {"organization_id": "", "started": began, "ended": utc_now(), "exit_code": code}
        AuditFile(pipeline).keep(row)
        mine = {"": [row, *by_organization.get("", [])]}
    untold = Path(pipeline.pipelines_dir, f"{pipeline.pipeline_name}.workforce.untold")
    for whose, runs in mine.items():
        now, before = alarms(runs), alarms(runs[1:])
        if now.keys() == before.keys() and not untold.exists():
            continue
        if not now and not before:
            continue
        title, text = _words(whose, pipeline, now)
        if _send(addresses, title, text):
            untold.unlink(missing_ok=True)
        else:
            untold.touch()  # else it would be as if told
            say("An alert could not be sent to every address; the next run tries again.")


def _words(whose: str, pipeline: dlt.Pipeline, found: dict[str, str]) -> tuple[str, str]:
    where = f"Dataset {pipeline.dataset_name}" + (f", organization {whose}" if whose else "")
    if not found:
        return "workforce_source: all is well again", f"{where}: nothing is wrong any more."
    kinds = ", ".join(found)
    return f"workforce_source: {kinds}", "\n".join([f"{where}:", *found.values(), _WHERE])


def _send(addresses: Sequence[str], title: str, text: str) -> bool:
    try:
        import apprise
    except ModuleNotFoundError:
        say("Alerts need a package: pip install 'workforce-source[notify]' (where this runs).")
        return False
    told = apprise.Apprise()
    known = [told.add(address) for address in addresses]
    if not all(known):
        say(f"{known.count(False)} of the addresses of alerts cannot be used: check their form.")
    return bool(told.notify(title=title, body=text)) and all(known)


def _give_sign_of_life(address: str) -> None:
    try:
        requests.get(address, timeout=_SECONDS).raise_for_status()
    except requests.RequestException as error:
        say(f"The sign of life (heartbeat) was not heard ({type(error).__name__}).")
