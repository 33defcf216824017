"""Every command of every page is executed by a test, or stands here with the reason why not.

Those that no other test types are typed here, in the order of their page.
"""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tools.documents import blocks_of, page, pages
from tests.tools.main_job import account
from tests.tools.reader import Reader
from workforce_source.sandbox import Sandbox

HERE = "tests/docs/test_commands.py::"
TYPED = f"{HERE}test_the_commands_of_a_page_end_as_it_says"
CI = ".ci/run"
INDEX = "not run: asks a package index"
SERVES = "not run: serves until it is stopped; tests/recipes runs the app itself"
BY_HAND = "not run by a test: the page says when we did it by hand"
BY = {
    "CONTRIBUTING.md": {
        r"python3 -m venv|pip install|uv pip compile": INDEX,
        r"python3 run\.py --lock requirements-docs\.lock -m mkdocs": "not run: serves until it"
        " is stopped; .ci/run builds the same",
        r"python3 run\.py -m pytest +#": CI,
        r"python3 run\.py -m pytest -m long": "not run: takes an hour, by whoever releases",
        r"python3 run\.py -m pytest -m (search|dbt|apps)": CI,
        r"python3 run\.py --lock requirements-(destinations|dagster|spark)\.lock -m pytest": CI,
        r"python3 run\.py -m (ruff (format|check)|mypy)": CI,
        r"\.ci/run": CI,
        r"python3 run\.py -m workforce_source\.marts": "tests/marts/test_marts_docs.py::"
        "test_the_reference_is_what_the_metadata_says",
        r"python3 run\.py -m workforce_source\.dbt_package": "tests/dbt_package/test_package.py::"
        "test_the_committed_package_is_what_the_generator_writes",
        r"python3 run\.py -m workforce_source\.tables": "tests/tables/test_pages.py::"
        "test_the_page_is_made_from_the_definitions",
        r"python3 run\.py --lock requirements-destinations\.lock -m tests\.destination": "not run:"
        " starts every engine and writes the page; its stage of .ci/run starts the same engines",
    },
    "README.md": {
        r".*--sandbox --report": "tests/docs/test_readme.py::"
        "test_the_first_command_loads_500_employees_and_shows_them",
        r"python3 run\.py -m pytest": CI,
        r".*/workforce_pipeline\.py( --check)?$": "tests/docs/test_readme.py::"
        "test_the_commands_of_an_account_succeed",
        r".*roster_pipeline": "tests/docs/test_readme.py::"
        "test_the_roster_shown_is_planned_and_applied",
    },
    "docs/analyst.md": {
        r"python3 run\.py": TYPED,
        r"duckdb": "tests/recipes/test_analyst.py::test_a_command_of_the_shell_answers",
    },
    "docs/dbt.md": {
        r"dbt deps": INDEX,
        r"dbt build": "tests/dbt_package/test_dbt.py::test_dbt_build_passes",
        r"dbt docs": "tests/dbt_package/test_dbt.py::test_the_docs_describe_every_table_and_column",
        r"python -m": "tests/dbt_package/test_dbt.py::"
        "test_what_is_filled_in_arrives_as_the_runner_writes_it",
        r"python pipelines": "tests/dbt_package/test_dbt.py::test_dbt_build_passes",
    },
    "docs/deployment.md": {
        r"python3 run\.py -m hatchling build": CI,
        r"uvx|pipx|python3 -m venv|pip download|cp|/srv/workforce/bin": BY_HAND,
        r"docker": "not run: no image was built, as the page says",
    },
    "docs/history.md": {r"": TYPED},
    "docs/operations.md": {r"": f"{HERE}test_the_shards_of_the_page_load_what_is_theirs"},
    "docs/orchestrators.md": {r"": CI},
    "docs/pipeline.md": {
        r"": "tests/project/test_dlt_init.py::test_dlt_init_makes_a_project_that_loads"
    },
    "docs/privacy.md": {r"": TYPED},
    "docs/questions.md": {r"": TYPED},
    "docs/recipes.md": {
        r"python3 run\.py pipelines": TYPED,
        r".*(streamlit|marimo) (run|edit)": SERVES,
        r"pip|python3 -m venv": INDEX,
        r"export|superset": BY_HAND,
    },
    "docs/report.md": {
        r"python3 run\.py pipelines": TYPED,
        r"python ": TYPED,
        r"python3 run\.py tests|cp|look=": CI,
    },
    "docs/roster.md": {r"": TYPED},
    "docs/sandbox.md": {
        r"curl": "tests/sandbox/test_docs.py::test_every_request_of_the_admin_path_is_answered",
        r"python -m workforce_source\.sandbox --port": "tests/docs/test_tutorial.py::"
        "test_every_command_of_the_tutorial_does_what_the_page_says",
        r"python -m workforce_source\.sandbox\.measure": "tests/sandbox/test_command.py::"
        "test_measuring_prints_requests_per_processor_second",
    },
    "docs/signals.md": {
        r"": "tests/signals/test_receiver.py::"
        "test_of_a_webhook_nothing_is_kept_but_id_type_and_time"
    },
    "docs/skills.md": {r"": TYPED},
    "docs/tutorial.md": {
        r"": "tests/docs/test_tutorial.py::"
        "test_every_command_of_the_tutorial_does_what_the_page_says"
    },
}
"""By page and by how a command begins: the test that executes it, `.ci/run`, or why nobody does."""
ROSTER = "external_id,email,first_name,last_name\n9,ada@example.com,Ada,Byron\n"
RENAMED = "external_id,Mail,first_name,last_name,Salary\n9,ada@example.com,Ada,Byron,1\n"
HELD_BACK = 5
"""Of a plan that is not the one whose digest is given."""
TYPED_PAGES = sorted(name for name, by in BY.items() if TYPED in by.values())


def commands_of(name: str) -> list[str]:
    """The lines of the page's `sh` blocks, those that go on with a stroke put together."""
    text = "".join(blocks_of(page(name), "sh")).replace("\\\n", " ")
    return [line for line in text.splitlines() if line.strip()]


def by_whom(name: str, command: str) -> list[str]:
    """What is said of a command here."""
    return [by for begins, by in BY.get(name, {}).items() if re.match(begins, command)]


def test_every_command_is_executed_or_marked() -> None:
    """Each once, and nothing is said of commands that are gone."""
    for name in pages():
        said = [by_whom(name, command) for command in commands_of(name)]
        assert [c for c, by in zip(commands_of(name), said, strict=True) if len(by) != 1] == [], (
            name
        )
    for name, by in BY.items():
        for begins in by:
            assert any(re.match(begins, command) for command in commands_of(name)), (name, begins)


@pytest.mark.parametrize("by", sorted({by for page_ in BY.values() for by in page_.values()}))
def test_who_is_said_to_execute_a_command_is_there(by: str) -> None:
    """A function of the file it is said to be in, the stages of CI, or a reason."""
    if by.startswith("not run"):
        return
    file, _, name = by.partition("::")
    assert file == CI or f"\ndef {name}(" in page(file)


def test_what_ci_is_said_to_run_is_in_it() -> None:
    """The module or file of each such command."""
    stages = page(CI)
    for name in BY:
        for command in commands_of(name):
            if by_whom(name, command) == [CI] and command.startswith("python3 run.py"):
                words = command.partition("#")[0].split()
                named = [w for w in words if w.endswith((".lock", ".py")) and w != "run.py"]
                named += [words[words.index("-m") + 1]] if "-m" in words else []
                for word in named:
                    generic = re.sub(r"(dagster|airflow|prefect)", "$name", word)
                    assert word in stages or generic in stages, command


@pytest.fixture(scope="module")
def serving() -> Iterator[Sandbox]:
    """Sixty invented employees."""
    with Sandbox(employees=60, seed=7) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory, serving: Sandbox) -> Path:
    """A folder in which they were loaded, and published."""
    folder = tmp_path_factory.mktemp("loaded")
    reader = Reader(folder, account(serving))
    reader.type(
        "python3 run.py pipelines/workforce_pipeline.py --publish published.duckdb"
        " --report report.html"
    )
    return folder


@pytest.mark.search
@pytest.mark.parametrize("name", TYPED_PAGES)
def test_the_commands_of_a_page_end_as_it_says(
    name: str, loaded: Path, serving: Sandbox, tmp_path: Path
) -> None:
    """With 0, but the plan that is not the page's: 5; and leave the files they name."""
    folder, elsewhere = tmp_path / "loaded", tmp_path / "elsewhere"
    shutil.copytree(loaded, folder, symlinks=True)
    elsewhere.mkdir()
    secret = {"SOURCES__WORKFORCE__PSEUDONYM_KEY": "0123456789abcdef" * 4}
    here, there = Reader(folder, account(serving) | secret), Reader(elsewhere, {})
    here.save("key.txt", serving.population.in_order()[0].email + "\n")
    here.save("skills_en.csv", "skill,aliases\nPython,Python 3\n")
    for command in commands_of(name):
        if by_whom(name, command) == [TYPED]:
            if "--no-load --sandbox" in command:  # as after README's first command
                there.type("python3 run.py pipelines/workforce_pipeline.py --sandbox --no-marts")
            here.save("roster.csv", RENAMED if "Mail=email" in command else ROSTER)
            # the people of --sandbox are others than those who are loaded
            (there if "--sandbox" in command else here).type(
                command.replace("--organization ID", f"--organization {serving.organization_id}"),
                ends=HELD_BACK if "--expect" in command else 0,
            )


@pytest.mark.search
@pytest.mark.postgres
def test_the_shards_of_the_page_load_what_is_theirs(
    tmp_path: Path, serving: Sandbox, postgres_url: str
) -> None:
    """One after the other as well as at once: the second finds the lists of the first."""
    credentials = {"DESTINATION__POSTGRES__CREDENTIALS": postgres_url}
    reader = Reader(tmp_path, account(serving) | credentials)
    for command in commands_of("docs/operations.md"):
        reader.type(f"{command} --dataset shards_of_the_page")
        assert "Loaded into" in reader.shown
