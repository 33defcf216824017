"""The review: decisions are remembered, what a person wrote stays, new proposals follow."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tools.examples import examples
from workforce_source.exceptions import ConfigError, DestinationError
from workforce_source.skills import Proposal, SkillReview, is_review
from workforce_source.tables.values import skill_key

K8S = Proposal("K8s", "Kubernetes", "listed")
SLIP = Proposal("Kuberentes", "Kubernetes", "near", "a letter", 0.89)
HEAD = "skill,proposed,how,why,score,decision,note\n"


def test_a_review_that_is_not_there_is_made_with_open_proposals(tmp_path: Path) -> None:
    """The best-known columns of it say how each came about."""
    path = tmp_path / "review.csv"
    review = SkillReview.read(path).add([K8S, SLIP])
    assert path.read_text(encoding="utf-8") == (
        f"{HEAD}K8s,Kubernetes,listed,,1.00,open,\nKuberentes,Kubernetes,near,a letter,0.89,open,\n"
    )
    assert (review.waiting, dict(review.accepted)) == (2, {})
    assert is_review(path)


def test_what_a_person_wrote_is_kept_byte_for_byte(tmp_path: Path) -> None:
    """Decisions, notes, the order of columns, a spreadsheet's line ends; new ones follow."""
    path = tmp_path / "review.csv"
    mine = (
        "\ufeffdecision,skill,proposed,note\r\n"
        'Accepted,k8s,Kubernetes,"Ann, 3 May"\r\n'
        "rejected,Rust,Trust,\r\n"
        ",Go,Golang,gone by now"
    ).encode()
    path.write_bytes(mine)
    review = SkillReview.read(path)
    assert {key: d.proposed for key, d in review.accepted.items()} == {"k8s": "Kubernetes"}
    assert review.rejected == {("rust", "trust")}
    added = review.add([K8S, Proposal("Rust", "Trust", "near"), SLIP])
    assert path.read_bytes() == mine + b"\r\nopen,Kuberentes,Kubernetes,\r\n"
    assert added.waiting == 2
    again = added.add([K8S, SLIP])
    assert path.read_bytes().count(b"\r\n") == 5
    assert again.decisions == added.decisions


def test_a_name_somebody_decided_on_gets_no_other_proposal(tmp_path: Path) -> None:
    """A person may also write another skill into the cell; a rejection is of one skill only."""
    path = tmp_path / "review.csv"
    path.write_text(f"{HEAD}K8s,Container Platform,,,,accepted,\nGo,Goa,,,,rejected,\n", "utf-8")
    review = SkillReview.read(path)
    golang = Proposal("Go", "Golang", "listed")
    assert review.new([K8S, golang]) == [golang]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("a,b,,,,yes,\n", "line 2: decision is one of open, accepted, rejected"),
        ("a,,,,,open,\n", "line 2: proposed is empty"),
        ("a,b,,,,accepted,\nA,c,,,,accepted,\n", "line 3: A is accepted as c here, and as b in"),
        ("a,b,,,,accepted,\nA,B,,,,rejected,\n", "line 3: it is rejected here, and accepted in"),
        ("a,b,,,,accepted,\nb,c,,,,accepted,\nc,a,,,,accepted,\n", "line 4: with earlier lines"),
        ("a,b\n", "line 2: it does not have 7 values"),
    ],
)
def test_a_decision_that_cannot_be_used_is_told_by_its_line(
    rows: str, said: str, tmp_path: Path
) -> None:
    """What contradicts an earlier line names that one, too."""
    path = tmp_path / "review.csv"
    path.write_text(HEAD + rows, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"^review\.csv, ") as refused:
        SkillReview.read(path)
    assert said in str(refused.value)


def test_a_proposal_that_stands_twice_counts_once(tmp_path: Path) -> None:
    """As of two runs at once: the line in which somebody decided counts."""
    path = tmp_path / "review.csv"
    path.write_text(f"{HEAD}a,b,,,,open,\nA,B,,,,accepted,\na,b,,,,open,\n", encoding="utf-8")
    review = SkillReview.read(path)
    assert (review.waiting, [d.line for d in review.accepted.values()]) == (0, [3])


def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """The decisions in it are as they were."""
    with pytest.raises(DestinationError, match=r"The file review\.csv cannot be written"):
        SkillReview(tmp_path / "nowhere" / "review.csv").add([K8S])


names = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=8
).filter(skill_key)


@settings(max_examples=examples(40, 1000))
@given(st.lists(st.builds(Proposal, names, names, st.just("near"))))
def test_any_names_are_read_as_they_were_written(proposals: list[Proposal]) -> None:
    """Commas, quotes, formulas of a spreadsheet: a second run finds nothing new in its own file."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "review.csv"
        review = SkillReview.read(path).add(proposals)
        assert review.new(proposals) == []
        before = path.read_bytes()
        assert review.add(proposals).decisions == review.decisions
        assert path.read_bytes() == before
    cells = [cell for row in csv.reader(io.StringIO(before.decode(), newline="")) for cell in row]
    assert not [cell for cell in cells if cell[:1] in ("=", "+", "-", "@")]
