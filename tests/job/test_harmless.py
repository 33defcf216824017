"""What others wrote is shown so that it steers no terminal and no log, and quotes nobody."""

import pytest

from workforce_source.job.failure import harmless, trace


def test_words_of_others_steer_nothing() -> None:
    """Escape sequences and a workflow's commands, indented too; lines and letters stay."""
    text = "  ::set-output name=a::b\n  \x1b[31mred\x07 Łódź █\n::warning::x"
    shown = "  : :set-output name=a::b\n  \ufffd[31mred\ufffd Łódź █\n: :warning::x"
    assert harmless(text) == shown


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
