"""The documents against the code: every table, setting and link in them is compared.

What a document says in words cannot be checked; commands and code are run by test_readme.py.
"""

import ast
import itertools
import re
import tomllib
from pathlib import Path

import pytest

from workforce_source import settings
from workforce_source.tables import TABLES

CHECKOUT = Path(__file__).resolve().parents[1]
README = (CHECKOUT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """The fenced blocks of a language in the README, in order."""
    return re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def table_below(heading: str) -> list[str]:
    """The rows of the first table below a heading, head and rule left out."""
    section = README.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return [line for line in section.splitlines() if line.startswith("|")][2:]


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


def test_the_readme_is_short() -> None:
    """A newcomer reads it to the end."""
    assert len(README.splitlines()) <= 140


def test_the_tables_are_those_of_the_code() -> None:
    """The README has every table with its grain and key, and no other."""
    assert table_below("Tables") == [
        f"| `{table.name}` | {table.grain} | {', '.join(f'`{name}`' for name in table.key)} |"
        for table in TABLES
    ]


def test_every_setting_is_described() -> None:
    """docs/settings.md is what `Settings` says, setting by setting."""
    page = (CHECKOUT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert [line for line in page.splitlines() if line.startswith("| `")] == settings_rows()
    assert len(settings_rows()) == len(settings.setting_names())


def test_the_settings_of_the_readme_are_those_of_the_page() -> None:
    """What the README shows of the settings says the same as the whole page."""
    shown = table_below("Settings")
    assert shown
    assert [row for row in shown if row not in settings_rows()] == []


def secrets(text: str) -> dict[str, str]:
    """The settings of the source that a TOML text gives."""
    given: dict[str, str] = tomllib.loads(text)["sources"]["workforce"]
    return given


@pytest.mark.parametrize(
    "text",
    [*blocks("toml"), (CHECKOUT / ".dlt" / "example.secrets.toml").read_text(encoding="utf-8")],
    ids=["README", "example.secrets.toml"],
)
def test_the_secrets_shown_are_settings(text: str) -> None:
    """A person who copies the block has set what is needed, under its right name."""
    settings.resolve_settings(secrets(text))


def test_the_links_lead_somewhere() -> None:
    """Every relative link of the documents is a file of the checkout."""
    for page in (CHECKOUT / "README.md", *(CHECKOUT / "docs").glob("*.md")):
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
