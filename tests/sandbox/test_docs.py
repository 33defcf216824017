"""The sandbox's page says what there is: its tables are compared, its examples are run."""

import re
import shlex
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import requests

from workforce_source.sandbox import Faults, Options, Sandbox
from workforce_source.sandbox.__main__ import parser
from workforce_source.sandbox.churn import KINDS

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "sandbox.md").read_text("utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL)
COMMANDS = [line for kind, block in BLOCKS if kind == "sh" for line in block.splitlines()]
CURLS = [command for command in COMMANDS if command.startswith("curl ")]


def table(heading: str) -> list[list[str]]:
    """Get the cells of the table whose first column has this heading."""
    rows = PAGE.split(f"\n| {heading} |", 1)[1].split("\n\n", 1)[0].splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def named(cell: str) -> str:
    """Get what a cell holds between backticks."""
    return cell.strip("`")


def default_of(cell: str, default: Any) -> bool:
    """Tell whether a cell names a default."""
    texts = {str(default), repr(default)}
    if hasattr(default, "isoformat"):
        texts.add(default.date().isoformat())
    return named(cell) in texts


def test_every_option_stands_on_the_page_with_its_default() -> None:
    """In the order of the class."""
    rows = table("option")
    assert [named(row[0]) for row in rows] == [field.name for field in fields(Options)]
    for row in rows:
        assert default_of(row[1], getattr(Options(), named(row[0]))), row


def test_every_fault_stands_on_the_page_with_its_default() -> None:
    """In the order of the class; the seed's is that of the sandbox."""
    rows = table("fault")
    assert [named(row[0]) for row in rows] == [field.name for field in fields(Faults)]
    assert Sandbox(0, seed=5).faults.seed == 5
    for row in rows[1:]:
        assert default_of(row[1], getattr(Faults(), named(row[0]))), row


def test_every_kind_of_churn_stands_on_the_page() -> None:
    """In the order of the module."""
    assert [named(row[0]) for row in table("kind")] == list(KINDS)


def test_every_flag_stands_on_the_page() -> None:
    """All but the one that asks for help."""
    flags = [action.option_strings[-1] for action in parser()._actions]
    assert [named(row[0]) for row in table("flag")] == [f for f in flags if f != "--help"]


def test_every_request_on_the_page_is_served(sandbox: Sandbox) -> None:
    """Under the name the page gives it, whatever the answer."""
    for request, name in table("request"):
        method, path = named(request).split()
        path = path.replace("<id>", sandbox.organization_id).replace("<key>", "nobody")
        requests.request(method, sandbox.origin + path, timeout=10)
        assert sandbox.requests[-1].endpoint == named(name)


def test_the_python_example_runs() -> None:
    """As it stands."""
    (example,) = [block for kind, block in BLOCKS if kind == "python"]
    exec(compile(example, "docs/sandbox.md", "exec"), {})  # noqa: S102 # our own page


def test_every_command_of_the_page_is_known() -> None:
    """What is not a curl line is one of the two modules."""
    assert [c for c in COMMANDS if c not in CURLS] == [
        "python -m workforce_source.sandbox --port 8080",
        "python -m workforce_source.sandbox.measure",
    ]
    parser().parse_args(shlex.split(COMMANDS[0])[3:])


@pytest.mark.parametrize("command", CURLS)
def test_every_request_of_the_admin_path_is_answered(command: str) -> None:
    """With the method, path and body of the curl line."""
    words = shlex.split(command)[1:]
    method = "POST" if "-d" in words else "GET"
    body = words[words.index("-d") + 1] if "-d" in words else None
    (url,) = [word for word in words if word.startswith("http://127.0.0.1:8080/")]
    with Sandbox(60, admin=True) as sandbox:
        url = url.replace("http://127.0.0.1:8080", sandbox.origin)
        answer = requests.request(method, url, data=body, timeout=10)
    assert answer.status_code == 200, answer.text
