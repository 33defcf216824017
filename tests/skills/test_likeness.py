"""How alike two names are: what is found, what is left apart, and how often that is right."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.skills import measured
from tests.tools.examples import examples
from workforce_source.skills import (
    THRESHOLD,
    HeldSkill,
    LibrarySkill,
    SkillLibrary,
    likeness,
    match,
)
from workforce_source.skills.slips import distance
from workforce_source.tables.values import skill_key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Power BI", "PowerBI"),
        ("CI/CD", "ci-cd"),
        ("Data analysis", "Analysis of data"),
        ("Microservice", "Microservices"),
        ("Kubernetes", "Kuberentes"),
        ("Communication", "Comunication"),
        ("Project management", "Project managment"),
        ("Organisational Behaviour", "Organizational behavior"),
        ("Résumé writing", "Resume Writing"),
        ("AWS", "Amazon Web Services (AWS)"),
        ("Python", "Python (computer programming)"),
        ("Scala (Programming Language)", "Scala (computer programming)"),
    ],
)
def test_spellings_of_one_skill_are_alike(one: str, other: str) -> None:
    """Spaces, order, plural, both ways of English, accents, brackets, slips; from both sides."""
    found = likeness(skill_key(one), skill_key(other))
    assert found.score >= THRESHOLD
    assert found.why
    assert found.score == likeness(skill_key(other), skill_key(one)).score


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Python 2", "Python 3"),
        ("C", "C++"),
        ("C#", "C"),
        ("Java", "JavaScript"),
        ("SQL", "SQS"),
        ("Sales", "Saves"),
        ("ISO 27001", "ISO 27002"),
        ("Data engineering", "Data engine"),
        ("Macroeconomics", "Microeconomics"),
        ("Internal audit", "External audit"),
        ("Excel (Advanced)", "Excel"),
        ("Java (Island)", "Java (computer programming)"),
        ("Trainer", "Trainee"),
        ("Accounting I", "Accounting II"),
    ],
)
def test_other_skills_are_not(one: str, other: str) -> None:
    """Digits, signs, beginnings and endings tell skills apart; in short words a letter does."""
    assert likeness(skill_key(one), skill_key(other)).score < THRESHOLD


def test_proposals_are_as_often_right_as_the_page_says() -> None:
    """On the pairs the rules were chosen by, and on those that were labelled afterwards."""
    chosen, held_out = measured("chosen by"), measured("held out")
    assert (chosen.precision >= 0.95, chosen.recall >= 0.85) == (True, True)
    assert (held_out.precision >= 0.95, held_out.recall >= 0.85) == (True, True)


def test_a_word_of_the_library_is_no_slip_of_another() -> None:
    """`Contact management` is misspelt only where nothing else is called contact."""
    held = [HeldSkill("contact management", "Contact Management")]
    contracts = LibrarySkill("contract management", "contract management")
    library = SkillLibrary({contracts.key: contracts})
    assert [p.proposed for p in match(held, library)] == ["contract management"]
    other = LibrarySkill("contact lenses", "contact lenses")
    library = SkillLibrary({contracts.key: contracts, other.key: other})
    assert match(held, library) == []


names = st.text(st.sampled_from("aeinrst0123+# -()/&é"), min_size=1, max_size=24)


@settings(max_examples=examples(60, 2000))
@given(names, names)
def test_digits_and_signs_are_equal_in_all_names_that_are_alike(one: str, other: str) -> None:
    """Whatever else differs; and a name is like itself."""
    keys = skill_key(one), skill_key(other)
    found = likeness(*keys)
    assert 0 <= found.score <= 1
    assert found.score == likeness(*reversed(keys)).score
    if found.score >= THRESHOLD and "brackets" not in found.why:
        telling = [sorted(c for c in key if c in "0123456789+#") for key in keys]
        assert telling[0] == telling[1]


words = st.text(st.sampled_from("abc"), max_size=4)


@settings(max_examples=examples(60, 2000))
@given(words, words)
def test_letters_are_counted_as_by_trying_all_ways(one: str, other: str) -> None:
    """A letter added, dropped, changed, or two swapped, each costs one."""

    def tried(a: str, b: str) -> int:
        if not a or not b:
            return len(a) + len(b)
        ways = [tried(a[1:], b) + 1, tried(a, b[1:]) + 1, tried(a[1:], b[1:]) + (a[0] != b[0])]
        if a[:2] == b[1::-1] and len(a) > 1 and len(b) > 1:
            ways.append(tried(a[2:], b[2:]) + 1)
        return min(ways)

    assert distance(one, other, 12) == tried(one, other)
    assert distance(one, other, 1) == min(2, tried(one, other))
