"""Three organizations in the configuration: one is whole, one partial, one fails."""

from __future__ import annotations

import atexit
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

# before anything imports one of them, which read these once
os.environ["DAGSTER_HOME"] = tempfile.mkdtemp(prefix="dagster-")
os.environ["PREFECT_HOME"] = tempfile.mkdtemp(prefix="prefect-")
os.environ["AIRFLOW_HOME"] = tempfile.mkdtemp(prefix="airflow-")
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"

import pytest

from workforce_source.sandbox import Answer, Entry, Sandbox

for home in ("DAGSTER_HOME", "PREFECT_HOME", "AIRFLOW_HOME"):
    atexit.register(shutil.rmtree, os.environ[home], ignore_errors=True)

VARIABLE = "SOURCES__WORKFORCE__ORGANIZATIONS"
WHOLE, PARTIAL, FAILING = NAMES = ("acme", "globex", "initech")


@contextmanager
def departments_hidden(sandbox: Sandbox) -> Iterator[None]:
    """Let no employee on the list have a department while something is done."""
    over: list[bool] = []

    def hide(entry: Entry, answer: Answer) -> Answer:
        if over or entry.endpoint != "employees" or answer.status != 200:
            return answer
        body = json.loads(answer.body)
        for record in body["data"]:
            del record["department"]
        return Answer(200, json.dumps(body).encode(), answer.headers)

    sandbox.on_answer(hide)
    yield
    over.append(True)


NOBODY_READ = "UPDATE credly.badge_reads SET read_status = 'unreadable', badges_read_at = NULL"
"""After it, a check says that figures cannot be trusted, until badges are read again."""


@pytest.fixture(scope="module")
def organizations() -> Iterator[dict[str, Sandbox]]:
    """By name: of the second a read is refused, and the token of the third is not the right one."""
    with ExitStack() as stack, pytest.MonkeyPatch.context() as environment:
        sandboxes = {
            name: stack.enter_context(Sandbox(30, seed)) for seed, name in enumerate(NAMES, 3)
        }
        refused = next(
            one
            for one in sandboxes[PARTIAL].population.employees
            if one.employee_state == "accepted"
        )
        sandboxes[PARTIAL].answer_employee(refused.id, 422)
        environment.setenv(VARIABLE, json.dumps(NAMES))
        for name, sandbox in sandboxes.items():
            settings = {**sandbox.settings}
            if name == FAILING:
                settings["api_token"] = "not-the-one"
            for setting, value in settings.items():
                environment.setenv(f"{VARIABLE}__{name}__{setting}".upper(), value)
        yield sandboxes
