"""docs/questions.md against a loaded organization: every statement is run, every row compared.

What they answer is counted again in by_hand.py, from what the sandbox held, without SQL.
"""

from __future__ import annotations

import re

import dlt
import pytest

from tests.questions import by_hand_filled_in  # noqa: F401 # answers, too
from tests.questions.asking import answer
from tests.questions.by_hand import ANSWERS
from tests.questions.organization import Organization
from tests.questions.page import QUESTIONS, Question, answered, cells, questions
from tests.tools.documents import blocks_of

PAGE = QUESTIONS.read_text(encoding="utf-8")
ASKED = questions(PAGE)


@pytest.mark.search  # loads and builds for each destination
@pytest.mark.parametrize("question", ASKED, ids=lambda question: question.ask)
def test_a_question_is_answered_as_the_page_shows(
    destination: dlt.Pipeline, question: Question
) -> None:
    """Its SQL runs as it stands, on both destinations, and the first rows are those shown."""
    assert answer(destination, question.sql).table() == question.shown


@pytest.mark.search  # loads and builds for each destination
@pytest.mark.parametrize("question", ASKED, ids=lambda question: question.ask)
def test_an_answer_is_what_plain_python_counts(told: Organization, question: Question) -> None:
    """Every row, and no other, whatever the SQL thinks."""
    found = cells(answer(told.pipeline, question.sql).rows)
    counted = cells(ANSWERS[question.ask](told))
    assert sorted(map(folded, found)) == sorted(map(folded, counted))


def folded(row: tuple[str, ...]) -> tuple[str, ...]:
    """A row in which spellings of a skill are alike."""
    return tuple(value.casefold() for value in row)


def test_every_block_of_the_page_is_a_question_with_its_answer() -> None:
    """No statement escapes the tests: each has a heading that asks, and rows below it."""
    assert PAGE.count("```sql\n") == len(ASKED) > 12
    commands = blocks_of(PAGE, "sh")  # run in tests/docs/test_readme.py
    assert PAGE.count("```") == 2 * (len(ASKED) + len(commands))
    assert PAGE.count("\n### ") == len(ASKED) == len({question.ask for question in ASKED})
    assert [question.ask for question in ASKED if not question.shown] == []


@pytest.mark.search  # in the normal run, that they are as they should be
def test_the_rows_can_be_written_anew(told: Organization) -> None:
    """What the page's command does: rows that are wrong or missing become right, nothing else."""
    unanswered = re.sub(r"(?:^\|.*\n)+\n_.*_\n\n", "", PAGE, flags=re.MULTILINE)
    for stale in (unanswered, PAGE.replace("| Data |", "| Date |")):
        assert stale != PAGE
        assert answered(stale, lambda sql: answer(told.pipeline, sql)) == PAGE
