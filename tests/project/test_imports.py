"""The import rules of the package's rooms, checked on the syntax tree of every module.

What a room may import is written here, once; no other test knows it.
"""

import ast
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement

import workforce_source

CHECKOUT = Path(__file__).resolve().parents[2]
PACKAGE = "workforce_source"

NETWORK = {
    "asyncio",
    "ftplib",
    "http",
    "smtplib",
    "socket",
    "socketserver",
    "ssl",
    "urllib.request",
}
"""Modules of the standard library that reach the network: for the rooms of the transport only."""

FACTS = {"exit_codes", "exceptions", "clock", "endpoints", "freshness"}
FACTS |= {"organizations", "origins", "hosts", "settings", "arguments", "small_groups"}
TRANSPORT = {"throttle", "client"}
MIRROR = {"tables", "mirror", "destination"}
LOADING = {"source", "sync", "loading"}
SESSION = "requests"
"""The type of the session a caller may bring."""

ROOMS: dict[str, set[str]] = {
    # facts and pure decisions: no HTTP, no destination, no state
    "exit_codes": set(),
    "clock": set(),
    "exceptions": {"exit_codes"},
    "endpoints": set(),
    "freshness": set(),
    "organizations": {"dlt", "exceptions"},
    "origins": {"dlt", "exceptions"},
    "hosts": set(),
    "small_groups": set(),
    "settings": {"dlt.common.configuration", "dlt.common.typing", "exceptions", "organizations"}
    | {"origins", "hosts"},
    "arguments": {"dlt.common.typing", "settings"},
    # transport: no table names, no dlt
    "throttle": {*NETWORK, "requests", "urllib3", "exceptions", "endpoints", "clock"},
    "client": {*NETWORK, "pycurl", "requests", "urllib3", "orjson", "exceptions", "endpoints"}
    | {"throttle", "clock", "hosts"},
    # pointers to events, and who takes them: nothing of the API but their form
    "signals": {*NETWORK, "starlette", "uvicorn", "orjson", "exceptions", "clock"},
    # rows and differences: no HTTP
    "tables": {"pyarrow", "orjson", "endpoints", "exceptions"},
    "csv_files": {"exceptions", "tables"},
    "destination": {"dlt", "duckdb", "exceptions", "settings", "clock"},
    "mirror": {"dlt", "pyarrow", "orjson", "tables", "destination", *FACTS},
    # loading: all of the above; no sandbox, no SQL of marts
    "sync": {*FACTS, *TRANSPORT, *MIRROR, "signals"},
    "loading": {"dlt", "pyarrow", SESSION, *FACTS, *TRANSPORT, *MIRROR, *LOADING},
    # the write half: plans without dlt, and receipts beside the tables of a load
    "roster": {"dlt", "pyarrow", "orjson", *FACTS, *TRANSPORT, *MIRROR, "loading"}
    | {"sync.suppression"},
    "source": {"dlt", SESSION, *FACTS, *TRANSPORT, *MIRROR, *LOADING},
    # names of skills: files and words, no destination
    "skills": {"csv_files", "exceptions", "tables"},
    # figures made of what was loaded: never the API
    "marts": {
        "csv_files",
        "skills",
        "dlt",
        "sqlglot",
        "duckdb",
        "pyarrow",
        "clock",
        "exceptions",
        "destination",
        "tables",
        "small_groups",
        "loading.lease",  # one build at a time
    },
    "dbt_package": {"sqlglot", "yaml", "exceptions", "tables", "marts", "skills"},
    "report": {"dlt", "sqlglot", "duckdb", "jinja2", "clock", "exceptions", "marts", "small_groups"}
    | {"destination.duckdb_file"},
    # a double that shared our code would repeat our mistakes
    "sandbox": {*NETWORK, "starlette", "uvicorn", "uvloop", "httptools", "orjson"},
    # the main job's command: the one room that knows all others
    "job": {
        "apprise",
        "dlt",
        "duckdb",
        SESSION,
        *FACTS,
        *TRANSPORT,
        *MIRROR,
        *LOADING,
        "skills",
        "marts",
        "report",
        "roster",
        "forgetting",
        "sandbox",
    },
    # one person removed from all that was loaded and made of it
    "forgetting": {"dlt", *FACTS, *MIRROR, "sync", "loading", "marts"},
    # schedulers: a load as a task of theirs; of the job, what counts rows
    "tasks": {"dlt", "job.row_counts", "destination", "loading", "marts", *FACTS},
    "dagster": {"dagster", "tasks", "tables", "sync.badges", "marts", *FACTS},
    "airflow": {"airflow", "tasks", "marts", *FACTS},
    # the command
    "__main__": {"job"},
    # public names only
    "__init__": {*FACTS, *LOADING, "forgetting"},
}

PUBLIC = {
    "client": ["__version__"],
    "dbt_package": ["__version__"],
    "job": [*workforce_source.__all__, "__version__"],
    "loading": ["__version__"],
    "marts": ["__version__"],
}
"""Names of the package itself a room may use: all others import the room that has the name."""

MODULES = sorted((CHECKOUT / PACKAGE).rglob("*.py"))
PIPELINES = sorted((CHECKOUT / "pipelines").glob("*.py"))


def imported(source: str) -> Iterator[str]:
    """Every absolute name a module imports, at the top or inside a function."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: a relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room_of(path: Path) -> str:
    """The room of a module: the first name below the package."""
    return path.relative_to(CHECKOUT / PACKAGE).parts[0].removesuffix(".py")


def below(name: str, prefixes: set[str]) -> bool:
    """Whether a dotted name is one of the prefixes or inside one."""
    return any(name == prefix or name.startswith(f"{prefix}.") for prefix in prefixes)


def refused(room: str, source: str) -> list[str]:
    """The imports of a module that its room may not make."""
    allowed = ROOMS[room]
    return [name for name in imported(source) if not permitted(name, room, allowed)]


def permitted(name: str, room: str, allowed: set[str]) -> bool:
    """Whether a room with these permissions may import the name."""
    top, _, inside = name.partition(".")
    if top == PACKAGE:
        return below(inside, {*allowed, room}) or inside in PUBLIC.get(room, ())
    if top in sys.stdlib_module_names:
        return not below(name, NETWORK) or below(name, allowed)
    return below(name, allowed)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(CHECKOUT)))
def test_a_module_imports_only_what_its_room_may(path: Path) -> None:
    """Every module is in a room with a rule and keeps it."""
    room = room_of(path)
    assert room in ROOMS, f"{path.name} is in no room: give `{room}` a rule in this file"
    assert refused(room, path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("room", "source"),
    [
        ("client", "from workforce_source.tables import EMPLOYEES"),
        ("client", "def f():\n    import dlt"),
        ("tables", "import requests"),
        ("freshness", "from http.client import HTTPConnection"),
        ("freshness", "from workforce_source import client"),
        ("mirror", "from workforce_source.client import Client"),
        ("source", "from workforce_source.sandbox import Sandbox"),
        ("marts", "import workforce_source.client"),
        ("sandbox", "from workforce_source.endpoints import EMPLOYEES"),
        ("sandbox", "from workforce_source import __version__"),
        ("sandbox", "import requests"),
    ],
)
def test_an_import_across_a_rule_is_refused(room: str, source: str) -> None:
    """The check finds an import that is not allowed, in each form an import has."""
    assert len(refused(room, source)) == 1


def test_the_package_imports_only_what_it_declares() -> None:
    """What a module imports is a dependency of ours, not another package's."""
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    lines = [*project["dependencies"], *extras["sandbox"], *extras["notify"]]
    lines += [*extras["dagster"], *extras["airflow"], *extras["signals"]]
    declared = {Requirement(line).name for line in lines} | {"yaml"}  # from pyyaml
    declared |= {"airflow"}  # from apache-airflow
    assert {"pyyaml", "apache-airflow"} <= declared
    used = {
        name.partition(".")[0]
        for path in MODULES
        for name in imported(path.read_text(encoding="utf-8"))
    }
    assert used - declared - sys.stdlib_module_names <= {PACKAGE}


@pytest.mark.parametrize("path", PIPELINES, ids=lambda path: path.name)
def test_a_pipeline_uses_public_names_only(path: Path) -> None:
    """A script people copy imports dlt, the package's public names, its job and its sandbox."""
    rooms = set(ROOMS) - {"job", "sandbox", "source", "loading"}
    for name in imported(path.read_text(encoding="utf-8")):
        top, _, inside = name.partition(".")
        assert top in {PACKAGE, "dlt", *sys.stdlib_module_names}
        assert not below(inside, rooms) or top != PACKAGE, f"{name} is not public"
