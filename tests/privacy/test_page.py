"""What docs/privacy.md says: columns, settings, statements, and the tests it rests on."""

import ast
import tomllib
from pathlib import Path
from typing import Any

import dlt
import pytest

from tests.tools.documents import CHECKOUT, blocks_of, pages
from workforce_source import load
from workforce_source.sandbox import Sandbox
from workforce_source.settings import resolve_settings
from workforce_source.sync.context import hidden_by
from workforce_source.tables.pages import personal_columns

PAGE = pages()["docs/privacy.md"]


def test_the_columns_that_say_who_a_person_is_are_those_marked() -> None:
    """The table of the page is made of the definitions; a new mark is a new row."""
    lines = PAGE.splitlines()
    start = lines.index("| table | column | how |") + 2
    end = lines.index("", start)
    assert lines[start:end] == list(personal_columns())


def test_the_settings_of_the_page_hide_people() -> None:
    """Just as they stand there, beside an account."""
    (block,) = blocks_of(PAGE, "toml")
    given = tomllib.loads(block)["sources"]["workforce"]
    hidden = hidden_by(resolve_settings({"organization_id": "o", "api_token": "t", **given}))
    assert "employees.full_name" in hidden.left_out
    assert "employees.email" in hidden.replaced


@pytest.mark.search  # loads once more
def test_the_statements_of_the_page_answer(tmp_path: Path) -> None:
    """For the e-mail of somebody who is there."""
    pipeline = dlt.pipeline(
        "workforce",
        destination=dlt.destinations.duckdb(str(tmp_path / "w.duckdb")),
        dataset_name="credly",
        pipelines_dir=str(tmp_path / "pipelines"),
    )
    with Sandbox(8, 3) as sandbox:
        account: dict[str, Any] = {**sandbox.settings}
        load(pipeline, **account)
        person = next(e for e in sandbox.population.in_order() if e.accepted and e.badges)
        sandbox.population.edit(person.id, team="Quite another")
        load(pipeline, **account)
    (block,) = blocks_of(PAGE, "sql")
    statements = [one.strip() for one in block.split(";") if one.strip()]
    assert len(statements) > 3
    with pipeline.sql_client() as client:
        for statement in statements:
            asked = statement.replace("ada@example.com", person.email.replace("'", "''"))
            assert client.execute_sql(asked), statement


def test_each_claim_has_a_test_that_is_there() -> None:
    """By its file and its name."""
    named = [line.split("`")[1] for line in PAGE.splitlines() if "| `tests/" in line]
    assert len(named) > 10
    for file, _, name in (one.partition("::") for one in named):
        tree = ast.parse((CHECKOUT / file).read_text(encoding="utf-8"))
        assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
