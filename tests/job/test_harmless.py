"""What others wrote is shown so that it steers no terminal and no log, and quotes nobody."""

import ast
import json
import logging
from pathlib import Path

import pytest

from workforce_source.exceptions import ConfigError
from workforce_source.job.environment import prepare
from workforce_source.job.failure import tell, trace
from workforce_source.job.saying import harmless, show_document


def test_words_of_others_steer_nothing() -> None:
    """Escape sequences and a workflow's commands, indented too; lines and letters stay."""
    text = "  ::set-output name=a::b\n  \x1b[31mred\x07 Łódź █\n::warning::x\nC ##vso[task.x]y"
    shown = (
        "  : :set-output name=a::b\n  \ufffd[31mred\ufffd Łódź █\n: :warning::x\nC # #vso[task.x]y"
    )
    assert harmless(text) == shown


def test_messages_lines_of_the_log_and_documents_steer_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What goes wrong may repeat a word of the API, or of a destination; a document keeps it."""
    evil = "\x1b[2J\n::error::##[command]\u202e"
    prepare(verbose=False, debug=False)
    tell(ConfigError(evil), debug=False)
    logging.getLogger("workforce_source.client").warning("%s", evil)
    show_document({"name": evil})
    shown = capsys.readouterr()
    for forbidden in ("\x1b", "\n::", "##[", "\u202e"):
        assert forbidden not in shown.err + shown.out
    assert json.loads(shown.out) == {"name": evil}


def test_nothing_is_printed_past_it() -> None:
    """Everything the main job prints goes one way; progress has numbers only."""
    job = Path(__file__).parents[2] / "workforce_source" / "job"
    printing = {
        path.name
        for path in job.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "print"
    }
    assert printing == {"saying.py"}


@pytest.mark.parametrize(
    "said",
    [
        "Could not convert string 'O'Brien X' to INT32",
        'Could not convert string "Pat "O\'Brien" X" to INT32',
        "Could not convert string \u201cO'Brien X\u201d to INT32",
        "Could not convert string (O'Brien (X)) to INT32",
        "Could not convert string o'brien@x.example, O'Brien X",
    ],
)
def test_a_trace_shows_nothing_after_a_first_quotation_mark(
    said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A name may hold the sign it is quoted with."""
    trace(ValueError(said))
    shown = capsys.readouterr().err
    assert "Could not convert string ..." in shown
    assert "Brien" not in shown
    assert "X" not in shown.partition("Could")[2]
