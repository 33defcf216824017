"""Writes what `marts.toml` says as Markdown: tables for the docs and a diagram of references.

Pure text: nothing here talks to a destination, and no mart is named.
"""

from pathlib import Path
from typing import Final

from workforce_source.exceptions import ConfigError
from workforce_source.marts.definitions import CHECKS, MARTS, Column, Mart

BEGIN: Final = "<!-- made from marts.toml: begin -->"
END: Final = "<!-- made from marts.toml: end -->"


def reference() -> str:
    """Get the part of docs/marts.md that is made from the metadata."""
    parts = [_overview(), _diagram(), *map(_table, MARTS), _checks()]
    return "\n\n".join(parts)


def rewrite(page: Path) -> None:
    """Put the made part of a page up to date.

    Args:
        page: A Markdown file with the two marks.

    Raises:
        ConfigError: The marks are not in it.
    """
    text = page.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ConfigError(f"{page.name} lacks the line {BEGIN} or {END}: put both into it.")
    page.write_text(f"{before}{BEGIN}\n\n{reference()}\n\n{END}{after}", encoding="utf-8")


def _overview() -> str:
    lines = ["| mart | one row is | answers |", "|---|---|---|"]
    for mart in sorted(MARTS, key=lambda mart: mart.name):
        answers = " ".join(question.ask for question in mart.questions)
        lines.append(f"| [`{mart.name}`](#{mart.name}) | {mart.grain} | {answers} |")
    return "\n".join(lines)


def _diagram() -> str:
    lines = ["```mermaid", "erDiagram"]
    for mart in MARTS:
        lines += [
            f"  {table} ||--o{{ {mart.name} : {column}"
            for column, table in mart.references().items()
            if not mart.snapshot
        ]
    return "\n".join([*lines, "```"])


def _table(mart: Mart) -> str:
    lines = [
        f"### {mart.name}",
        "",
        f"{mart.description} One row is {mart.grain}.",
        "",
        "| column | type | meaning |",
        "|---|---|---|",
        *(_row(mart, column) for column in mart.columns),
    ]
    for question in mart.questions:
        lines += ["", question.ask, "", "```sql", question.sql, "```"]
    return "\n".join(lines)


def _row(mart: Mart, column: Column) -> str:
    key = " (key)" if column.name in mart.key else ""
    personal = " (personal)" if column.personal else ""
    return f"| `{column.name}`{key}{personal} | {column.type} | {column.description} |"


def _checks() -> str:
    lines = ["### All checks", "", "| check | severity | what it counts |", "|---|---|---|"]
    lines += [f"| `{check.name}` | {check.severity} | {check.message} |" for check in CHECKS]
    return "\n".join(lines)
