"""The page about orchestrators: the code it shows, the versions it names, the words of its table.

What it says was run is run by tests/orchestrators.
"""

import ast
import re
from pathlib import Path

import pytest

from tests.tools.documents import CHECKOUT, blocks_of, page, table_below
from workforce_source.exit_codes import ExitCode

PAGE = page("docs/orchestrators.md")
HOMES = {
    "workforce_dag": "workforce_source/airflow.py",
    "workforce_definitions": "workforce_source/dagster.py",
    "workforce_flow": "pipelines/recipes/prefect_flow.py",
}
"""Where each factory is; their libraries are not in this environment."""


def parameters_of(name: str) -> set[str]:
    """What a factory takes."""
    tree = ast.parse(Path(CHECKOUT, HOMES[name]).read_text(encoding="utf-8"))
    (found,) = [
        node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name
    ]
    return {one.arg for one in [*found.args.args, *found.args.kwonlyargs]}


def test_the_code_shown_calls_what_there_is() -> None:
    """Each factory once, in ten lines at most, by parameters it has."""
    called: dict[str, set[str | None]] = {}
    for block in blocks_of(PAGE, "python"):
        assert len(block.splitlines()) <= 10
        for node in ast.walk(ast.parse(block)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                called.setdefault(node.func.id, set()).update(one.arg for one in node.keywords)
    assert called.pop("Dataset") == set()
    assert called.keys() == HOMES.keys()
    for name, given in called.items():
        assert given <= parameters_of(name)


@pytest.mark.parametrize(
    ("shown", "package"),
    [
        ("Dagster", "dagster"),
        ("dagster-dlt", "dagster-dlt"),
        ("Airflow", "apache-airflow"),
        ("task SDK", "apache-airflow-task-sdk"),
        ("Prefect", "prefect"),
    ],
)
def test_the_versions_named_are_those_of_the_locks(shown: str, package: str) -> None:
    """What was run is what is locked."""
    locks = "".join(
        Path(CHECKOUT, f"requirements-{name}.lock").read_text(encoding="utf-8")
        for name in ("airflow", "dagster", "prefect")
    )
    locked = set(re.findall(rf"^{re.escape(package)}==([0-9.]+)", locks, re.MULTILINE))
    assert set(re.findall(rf"\b{shown} ([0-9]+(?:\.[0-9]+)+)", PAGE)) == locked


def test_every_exit_code_of_a_run_has_its_row() -> None:
    """Those of a stop are an orchestrator's own."""
    rows = [row.strip("| ").split()[0] for row in table_below(PAGE, "Where an exit code goes")]
    assert rows == [str(code.value) for code in ExitCode if code < 100]
