"""The documents against the code: links, anchors, blocks, commands, flags, paths and tables.

What a page says in words cannot be checked; `CHECKED_BY` says which test runs what it shows.
"""

import ast
import importlib.util
import itertools
import os
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.tools.documents import (
    CHECKOUT,
    README,
    blocks,
    blocks_of,
    commands,
    links,
    page,
    pages,
    prose,
    slugs,
    spans,
    table_below,
)
from workforce_source import settings
from workforce_source.job.arguments import parser
from workforce_source.tables import TABLES

PAGES = pages()
START = "docs/README.md"
PROJECT: dict[str, Any] = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))

HERE = "tests/docs/test_docs.py::"
COMMANDS = f"{HERE}test_every_command_can_be_typed"
DBT = "tests/dbt_package/test_dbt.py::"
MARTS = "tests/marts/test_marts_docs.py::"
TUTORIAL = "tests/docs/test_tutorial.py::test_every_command_of_the_tutorial_does_what_the_page_says"
CHECKED_BY = {
    ("CONTRIBUTING.md", "sh"): COMMANDS,
    ("README.md", "python"): "tests/docs/test_readme.py::test_the_python_shown_fills_every_table",
    ("README.md", "sh"): "tests/docs/test_readme.py::test_every_command_is_one_the_tests_run",
    ("README.md", "sql"): "tests/docs/test_readme.py::test_the_sql_shown_finds_rows",
    (
        "docs/operations.md",
        "toml",
    ): "tests/job/test_alerts.py::test_the_sections_of_the_page_are_settings",
    ("README.md", "toml"): f"{HERE}test_the_secrets_shown_are_settings",
    ("docs/dbt.md", "sh"): COMMANDS,
    ("docs/deployment.md", "sh"): COMMANDS,
    ("docs/dbt.md", "yaml"): f"{DBT}test_dbt_build_passes",
    (
        "docs/destinations.md",
        "sql",
    ): "tests/destination/test_rights.py::test_a_role_with_just_these_rights_loads_and_makes_marts",
    (
        "docs/tables.md",
        "mermaid",
    ): "tests/tables/test_pages.py::test_the_page_is_made_from_the_definitions",
    ("docs/history.md", "sh"): COMMANDS,
    ("docs/history.md", "sql"): "tests/docs/test_history_page.py::"
    "test_the_questions_of_the_page_are_answered",
    ("docs/marts.md", "mermaid"): f"{MARTS}test_the_reference_is_what_the_metadata_says",
    ("docs/marts.md", "python"): f"{MARTS}test_the_python_of_the_page_runs",
    ("docs/marts.md", "sql"): "tests/marts/test_metadata.py::test_example_questions_are_answered",
    ("docs/metrics.md", "csv"): f"{MARTS}test_the_seed_files_shown_can_be_read",
    (
        "docs/operations.md",
        "sql",
    ): "tests/docs/test_operations.py::test_the_sql_of_the_page_answers",
    ("docs/operations.md", "sh"): COMMANDS,
    ("docs/orchestrators.md", "python"): "tests/docs/test_orchestrators.py::"
    "test_the_code_shown_calls_what_there_is",
    ("docs/orchestrators.md", "sh"): COMMANDS,
    ("docs/questions.md", "sh"): COMMANDS,
    ("docs/questions.md", "sql"): "tests/questions/test_questions.py::"
    "test_a_question_is_answered_as_the_page_shows",
    ("docs/analyst.md", "python"): "tests/recipes/test_analyst.py::"
    "test_an_example_in_python_shows_what_the_file_answers",
    ("docs/analyst.md", "sh"): "tests/recipes/test_analyst.py::test_a_command_of_the_shell_answers",
    ("docs/pipeline.md", "python"): "tests/docs/test_pipeline_page.py::"
    "test_an_example_of_the_page_does_what_it_says",
    ("docs/pipeline.md", "sh"): "tests/project/test_dlt_init.py::"
    "test_dlt_init_makes_a_project_that_loads",
    ("docs/tutorial.md", "csv"): TUTORIAL,
    ("docs/tutorial.md", "python"): TUTORIAL,
    ("docs/tutorial.md", "sh"): TUTORIAL,
    ("docs/tutorial.md", "text"): TUTORIAL,
    ("docs/recipes.md", "sh"): COMMANDS,
    ("docs/recipes.md", "sql"): "tests/questions/test_recipes.py::"
    "test_the_role_shown_reads_what_the_statements_need_and_no_name",
    ("docs/report.md", "sh"): COMMANDS,
    ("docs/skills.md", "sh"): COMMANDS,
    (
        "docs/skills.md",
        "csv",
    ): "tests/job/test_outputs.py::test_skills_are_proposed_decided_on_and_then_one",
    ("docs/skills.md", "python"): f"{MARTS}test_the_python_of_the_page_of_skills_runs",
    ("docs/privacy.md", "sh"): COMMANDS,
    (
        "docs/privacy.md",
        "sql",
    ): "tests/privacy/test_page.py::test_the_statements_of_the_page_answer",
    (
        "docs/privacy.md",
        "toml",
    ): "tests/privacy/test_page.py::test_the_settings_of_the_page_hide_people",
    ("docs/settings.md", "toml"): f"{HERE}test_the_organizations_shown_are_settings",
    ("docs/signals.md", "nginx"): "tests/signals/test_receiver.py::"
    "test_the_proxy_of_the_page_passes_on_what_the_receiver_takes",
    ("docs/signals.md", "sh"): COMMANDS,
    ("docs/signals.md", "toml"): f"{HERE}test_the_sections_shown_of_signals_are_settings",
    ("docs/roster.md", "python"): "tests/roster/test_page.py::test_the_python_of_the_page_runs",
    ("docs/roster.md", "sh"): COMMANDS,
    ("docs/sandbox.md", "python"): "tests/sandbox/test_docs.py::test_the_python_example_runs",
    ("docs/sandbox.md", "sh"): "tests/sandbox/test_docs.py::"
    "test_every_command_of_the_page_is_known",
}
"""Which test runs or checks the blocks of a kind on a page: all of them, those to come included."""

JOB = "pipelines/workforce_pipeline.py"
INSTALLED = "/srv/workforce/bin/"
"""Where the page of deployment has an environment."""
OURS = {
    JOB,
    "pipelines/forget_pipeline.py",
    "pipelines/roster_pipeline.py",
    "benchmarks/first_value.py",
    "benchmarks/marts.py",
    "benchmarks/run.py",
    "benchmarks/shards.py",
    "benchmarks/skills.py",
    "workforce_source.dbt_package",
    "workforce_source.report",
    "workforce_source.sandbox",
    "workforce_source.signals",
}
"""Our programs that take flags; each tells them by `--help`."""
TOOLS = {
    "cd": set[str](),
    "cp": set[str](),
    "curl": set[str](),
    "dlt": {"--location"},
    "duckdb": set[str](),
    "docker": {"--rm", "--read-only", "--tmpfs", "--env-file"},
    "dbt": {"--exclude", "--full-refresh", "--select", "--vars"},
    "mkdocs": set[str](),
    "node": set[str](),
    "npm": {"--ignore-scripts"},
    "pip": {
        *("--find-links", "--no-deps", "--no-index", "--only-binary", "--require-hashes", "--user"),
    },
    "python": set[str](),
    "pipx": {"--sandbox", "--spec"},
    "export": set[str](),
    "marimo": {"--", "--file"},
    "run.py": {"--lock", "--", "--file"},
    "question.py": set[str](),  # what the tutorial lets its reader save
    "rm": set[str](),
    "streamlit": set[str](),
    "superset": set[str](),
    "uvx": {"--from", "--sandbox"},
    "workforce": set[str](),
    "uv": {
        *("--constraints", "--custom-compile-command", "--extra", "--generate-hashes", "--group"),
        *(
            "--no-binary",
            "--emit-build-options",
            "--no-strip-extras",
            "--output-file",
            "--python-version",
            "--strip-extras",
        ),
        "--universal",
        *("--upgrade", "--upgrade-package"),
    },
}
"""Other people's programs that pages name, and those of their flags that we rely on."""


@cache
def flags_of(program: str) -> frozenset[str]:
    """The flags one of our programs tells of when it is asked for help."""
    asked = [str(CHECKOUT / program)] if program.endswith(".py") else ["-m", program]
    shown = subprocess.run(
        [sys.executable, *asked, "--help"],
        cwd=CHECKOUT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(CHECKOUT), *sys.path])},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout
    return frozenset(flags_in(shown))


def flags_in(text: str) -> set[str]:
    """Every long flag a text names."""
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]*[a-z]", text))


def settings_rows() -> list[str]:
    """The table of settings, made from the fields of `Settings` and what stands below each."""
    tree = ast.parse(Path(settings.__file__).read_text(encoding="utf-8"))
    fields = next(
        node.body
        for node in tree.body
        if isinstance(node, ast.ClassDef) and node.name == "Settings"
    )
    rows = []
    for field, below in itertools.pairwise(fields):
        if isinstance(field, ast.AnnAssign) and isinstance(below, ast.Expr):
            default = ast.literal_eval(field.value) if field.value else None
            shown = "" if default is None else f"`{default}`"
            rows.append(
                f"| `{ast.unparse(field.target)}` | {shown} | {ast.literal_eval(below.value)} |"
            )
    return rows


def linked(name: str) -> set[str]:
    """The files a page links to, by their paths in the checkout."""
    found = set()
    for file, _ in links(PAGES[name]):
        if file:
            there = (CHECKOUT / name).parent / file
            found.add(os.path.relpath(os.path.normpath(there), CHECKOUT).replace(os.sep, "/"))
    return found


@pytest.mark.parametrize("name", PAGES)
def test_the_links_of_a_page_lead_somewhere(name: str) -> None:
    """To a file of the checkout, and to a heading that is on that page."""
    for file, anchor in links(PAGES[name]):
        target = (CHECKOUT / name).parent / file if file else CHECKOUT / name
        assert target.exists(), f"{name} links to {file}"
        if anchor:
            assert target.suffix == ".md", f"{name}: {file}#{anchor} is no page"
            assert anchor in slugs(target.read_text(encoding="utf-8")), f"{name}: {file}#{anchor}"


def test_anchors_are_made_as_on_github() -> None:
    """Small letters, no punctuation, hyphens for blanks, a number from the second of a name on."""
    heads = "# A `b_c` & D\n\n## Too many 429s?\n\n### [Link](x.md), twice\n## Same\n## Same\n"
    assert slugs(heads) == {"a-b_c--d", "too-many-429s", "link-twice", "same", "same-1"}
    assert slugs("```sh\n# no heading\n```\n") == set()


def test_every_page_can_be_reached() -> None:
    """From the README, by links alone; pages that go with the dbt package stand by themselves."""
    reached, ahead = set[str](), {"README.md"}
    while ahead:
        reached |= ahead
        ahead = {name for seen in ahead for name in linked(seen)} & PAGES.keys() - reached
    alone = {name for name in PAGES if name.endswith("dbt_package/files/README.md")}
    assert PAGES.keys() - reached - alone == set()


def test_the_start_page_names_every_page() -> None:
    """One sentence for each page of docs/, and one first page for each reader."""
    assert START in linked("README.md")
    listed = [row for row in table_below(PAGES[START], "All pages") if row.strip()]
    sentences = dict(re.findall(r"^\| \[[^\]]+\]\(([^)]+)\) \| (.+) \|$", "\n".join(listed), re.M))
    assert len(sentences) == len(listed)
    assert {f"docs/{name}" for name in sentences if "/" not in name} == {
        name for name in PAGES if name.startswith("docs/") and name != START
    }
    assert all(sentence.endswith((".", "?")) for sentence in sentences.values())
    readers = table_below(PAGES[START], "Who are you?")
    assert len(readers) == 5
    for row in readers:
        _, first, _ = (cell.strip() for cell in row.strip("|").split("|"))
        assert len(links(first)) == 1, row


def test_every_block_is_checked_by_a_test() -> None:
    """A new page or a new kind of block has no test yet; one that is gone needs none any more."""
    shown = {(name, kind) for name, text in PAGES.items() for kind, _ in blocks(text)}
    assert shown == CHECKED_BY.keys()
    for name, text in PAGES.items():
        assert text.count("```") == 2 * len(blocks(text)), f"{name} has a fence that is not closed"


@pytest.mark.parametrize("test", sorted(set(CHECKED_BY.values())))
def test_the_tests_of_blocks_exist(test: str) -> None:
    """Each is a function of the file it is said to be in."""
    file, _, name = test.partition("::")
    assert f"\ndef {name}(" in page(file)


def typed(words: list[str]) -> tuple[str, list[str]]:
    """The program a command starts, and what it is given."""
    if words[0] in ("python", "python3"):
        words = words[1:]
        if words[0] == "run.py" and len(words) > 1 and not words[1].startswith("--"):
            words = words[1:]
        if words[0] == "-c":
            return "python", []
        if words[0] == "-m":
            words = words[1:]
    return words[0], words[1:]


def complaint(words: list[str]) -> str | None:
    """What is wrong with a command, as far as can be told without running it."""
    program, given = typed(words)
    program = program.removeprefix(INSTALLED)
    tool = program.partition(".")[0] if program in ("dbt", "uv", "pip", "npm") else program
    flags = {flag.partition("=")[0] for flag in given if flag.startswith("--")}
    if program in OURS:
        return f"no flags {flags - flags_of(program)}" if flags - flags_of(program) else None
    if program in TOOLS:
        if flags - TOOLS[tool]:
            return f"flags nobody looked at: {flags - TOOLS[tool]}"
        files = [given[at + 1] for at, flag in enumerate(given) if flag in ("-r", "--output-file")]
        return next((f"no file {file}" for file in files if not (CHECKOUT / file).is_file()), None)
    if program == "pytest" and given[:1] == ["-m"]:
        marked = [marker.partition(":")[0] for marker in PROJECT["tool"]["pytest"]["markers"]]
        return None if given[1] in marked else f"no marker {given[1]}"
    if flags:
        return f"{program} takes no flags"
    if program.endswith(".py") or "/" in program:
        found = program == ".venv/bin/activate" or (CHECKOUT / program).is_file()
    else:
        found = program == "." or importlib.util.find_spec(program) is not None
    return None if found else f"no program {program}"


@pytest.mark.search  # starts each program
@pytest.mark.parametrize("name", PAGES)
def test_every_command_can_be_typed(name: str) -> None:
    """Its program is there, and knows the flags it is given."""
    wrong = [(words, complaint(words)) for words in commands(PAGES[name])]
    assert [(words, why) for words, why in wrong if why] == []


@pytest.mark.search  # starts each program
@pytest.mark.parametrize("name", PAGES)
def test_every_flag_named_is_a_flag(name: str) -> None:
    """In prose and tables too; of the main job first, else of another program that pages name."""
    known = {flag for program in OURS for flag in flags_of(program)}
    known |= {flag for flags in TOOLS.values() for flag in flags} | {"--help", "--version"}
    assert flags_in(PAGES[name]) - known == set()


@pytest.mark.parametrize("name", PAGES)
def test_every_path_named_is_there(name: str) -> None:
    """A file or folder of the checkout that a sentence sends the reader to."""
    folders = {entry.name for entry in CHECKOUT.iterdir() if entry.is_dir()} - {".venvs", "dist"}
    for span in spans(PAGES[name]):
        path = re.fullmatch(r"([\w.-]+)/[\w./-]+", span)
        if path and path[1] in folders and span not in UNTRACKED:
            assert (CHECKOUT / span).exists(), f"{name} names {span}"


UNTRACKED = {".dlt/secrets.toml", "pipelines/workforce"}
"""What a person makes in the checkout, and what dlt makes elsewhere."""


def test_every_extra_named_exists() -> None:
    """`pip install '.[duckdb]'` and its like, and the extras and groups of the locks."""
    extras = PROJECT["project"]["optional-dependencies"]
    groups = PROJECT["dependency-groups"]
    named = re.compile(r"pip install '(?:\.|workforce-source)\[([\w,]+)\]'")
    for name, text in PAGES.items():
        wanted = {extra for found in named.findall(text) for extra in found.split(",")}
        wanted |= set(re.findall(r"--extra (\w+)", text))
        assert wanted <= extras.keys(), name
        assert set(re.findall(r"--group (\w+)", text)) <= groups.keys(), name


def test_the_flags_that_make_something_of_a_load_are_on_the_page_of_the_marts() -> None:
    """Each flag of that group of `--help` has its row; the report's own has it on its page."""
    (group,) = (g for g in parser()._action_groups if g.title == "what to make of it")
    flags = {action.option_strings[-1] for action in group._group_actions}
    rows = [row.split("|")[1] for row in PAGES["docs/marts.md"].splitlines() if row[:4] == "| `-"]
    own = {"--with-names", "--small-groups", "--smallest-group", "--horizon"}
    assert flags_in("".join(rows)) == flags - own
    assert all(flag in PAGES["docs/report.md"] for flag in own)


def test_the_readme_is_short() -> None:
    """A newcomer reads it to the end."""
    assert len(README.splitlines()) <= 150


def test_the_number_of_the_first_screen_is_that_of_the_benchmarks() -> None:
    """Requests of ours and of `rest_api` for the same load, as the page of benchmarks has them."""
    (claim,) = re.findall(r"\*\*(\d+) requests, where .*`rest_api` sends ([\d,]+)\*\*", README)
    (quiet,) = re.findall(r"^Nothing changed: (\d+), and no row", README, re.MULTILINE)
    rows = [line.split("|")[1:6] for line in PAGES["docs/benchmarks.md"].splitlines()]
    measured = {
        (load.strip(), loader.strip().strip("*")): (requests.split()[0], written.strip())
        for load, loader, requests, written, *_ in (row for row in rows if len(row) == 5)
        if requests.strip()
    }
    ours, theirs = (
        measured["1 % changed", by] for by in ("workforce_source", "dlt `rest_api`, tuned")
    )
    assert claim == (ours[0], theirs[0])
    assert (quiet, "0") == measured["unchanged", "workforce_source"]


def test_the_tables_are_those_of_the_code() -> None:
    """The README has every table with its grain and key, and no other."""
    assert table_below(README, "Tables") == [
        f"| `{table.name}` | {table.grain} | {', '.join(f'`{name}`' for name in table.key)} |"
        for table in TABLES
    ]


def test_every_setting_is_described() -> None:
    """docs/settings.md is what `Settings` says, setting by setting."""
    shown = prose(PAGES["docs/settings.md"]).splitlines()
    assert [line for line in shown if line.startswith("| `")] == settings_rows()
    assert len(settings_rows()) == len(settings.setting_names())


def test_the_settings_of_the_readme_are_those_of_the_page() -> None:
    """What the README shows of the settings says the same as the whole page."""
    shown = table_below(README, "Settings")
    assert shown
    assert [row for row in shown if row not in settings_rows()] == []


def secrets(text: str) -> dict[str, str]:
    """The settings of the source that a TOML text gives."""
    given: dict[str, str] = tomllib.loads(text)["sources"]["workforce"]
    return given


@pytest.mark.parametrize(
    "text",
    [*blocks_of(README, "toml"), page(".dlt/example.secrets.toml")],
    ids=["README", "example.secrets.toml"],
)
def test_the_secrets_shown_are_settings(text: str) -> None:
    """A person who copies the block has set what is needed, under its right name."""
    settings.resolve_settings(secrets(text))


@pytest.mark.parametrize("text", blocks_of(PAGES["docs/signals.md"], "toml"))
def test_the_sections_shown_of_signals_are_settings(text: str) -> None:
    """A person who copies a block has switched signals on, and every setting fits."""
    shown: dict[str, Any] = tomllib.loads(text)["sources"]["workforce"]
    resolved = settings.resolve_settings({"organization_id": "a", "api_token": "b"} | shown)
    assert resolved.refresh_from
    assert resolved.max_age.days == 7


def test_the_organizations_shown_are_settings() -> None:
    """A person who copies the block has two organizations, each with what is needed."""
    (block,) = blocks_of(PAGES["docs/settings.md"], "toml")
    shared: dict[str, Any] = tomllib.loads(block)["sources"]["workforce"]
    organizations: dict[str, Any] = shared.pop("organizations")
    ids = {
        settings.resolve_settings(shared | own).organization_id for own in organizations.values()
    }
    assert len(ids) == len(organizations) == 2
