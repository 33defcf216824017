"""The review of skills: proposals, and what a person decided of each, in a CSV file that is kept.

What a person wrote is never rewritten: the file is read, and new proposals are put below. Where
proposals come from is in `matching.py`.
"""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final, Literal, get_args

from workforce_source.csv_files import Refused, Row, columns_of, each_row, filled, written
from workforce_source.exceptions import DestinationError
from workforce_source.skills.matching import Proposal
from workforce_source.tables.values import skill_key

COLUMNS: Final = ("skill", "proposed", "how", "why", "score", "decision", "note")
_REQUIRED: Final = ("skill", "proposed", "decision")
_OPTIONAL: Final = ("how", "why", "score", "note")

Verdict = Literal["open", "accepted", "rejected"]
VERDICTS: Final[tuple[Verdict, ...]] = get_args(Verdict)

Pair = tuple[str, str]
"""Keys of a name and of the skill it may mean."""


@dataclass(frozen=True)
class Decision:
    """What a person decided of one proposal.

    Attributes:
        skill: The name.
        proposed: The skill it may mean.
        verdict: `accepted`, `rejected`, or `open` while nobody has decided.
        line: Where that stands.
    """

    skill: str
    proposed: str
    verdict: Verdict
    line: int

    @property
    def pair(self) -> Pair:
        """Its keys."""
        return skill_key(self.skill), skill_key(self.proposed)


@dataclass(frozen=True)
class SkillReview:
    """The decisions of a file.

    Attributes:
        path: The file; None where there is none.
        decisions: What it says, by pair.
    """

    path: Path | None = None
    decisions: Mapping[Pair, Decision] = field(default_factory=dict)

    @classmethod
    def read(cls, path: str | Path) -> "SkillReview":
        """Get the decisions of a file; one that is not there, or is empty, has none.

        Args:
            path: A CSV file with the columns `skill`, `proposed` and `decision`, and others that
                say how a proposal came about.

        Raises:
            ConfigError: A row cannot be used, or contradicts another; the message has the lines.
        """
        path = Path(path)
        if not path.exists() or (path.is_file() and not path.stat().st_size):
            return cls(path)
        reading = _Reading()
        each_row(path, _REQUIRED, _OPTIONAL, reading.take)
        return cls(path, reading.decisions)

    @property
    def name(self) -> str:
        """The name of the file."""
        return self.path.name if self.path else "the review"

    @cached_property
    def accepted(self) -> Mapping[str, Decision]:
        """The decision that says what a name means, by its key."""
        return {pair[0]: d for pair, d in self.decisions.items() if d.verdict == "accepted"}

    @cached_property
    def meant(self) -> frozenset[str]:
        """Keys of the skills that accepted names mean."""
        return frozenset(p[1] for p, d in self.decisions.items() if d.verdict == "accepted")

    @cached_property
    def rejected(self) -> frozenset[Pair]:
        """Pairs that somebody rejected."""
        return frozenset(p for p, d in self.decisions.items() if d.verdict == "rejected")

    @property
    def waiting(self) -> int:
        """How many proposals nobody has decided on."""
        return sum(decision.verdict == "open" for decision in self.decisions.values())

    def new(self, proposals: Iterable[Proposal]) -> list[Proposal]:
        """Get the proposals that are not in it, of names nobody has decided on."""
        accepted, seen, found = self.accepted, set(self.decisions), []
        for proposal in proposals:
            pair = skill_key(proposal.skill), skill_key(proposal.proposed)
            if pair not in seen and pair[0] not in accepted:
                seen.add(pair)
                found.append(proposal)
        return found

    def add(self, proposals: Iterable[Proposal]) -> "SkillReview":
        """Write the proposals that are not in the file below what is there, to be decided on.

        Args:
            proposals: The proposals.

        Returns:
            The review as it is in the file now.

        Raises:
            ConfigError: What is in the file meanwhile cannot be used.
            DestinationError: The file cannot be written.
        """
        if self.path is None:
            return self
        # somebody may have written into it since
        there = self.read(self.path)
        rows = [_row(proposal) for proposal in there.new(proposals)]
        try:
            if not self.path.exists() or not self.path.stat().st_size:
                self.path.write_text(
                    _lines([dict(zip(COLUMNS, COLUMNS, strict=True)), *rows]), "utf-8"
                )
            elif rows:
                _append(self.path, rows)
        except OSError as error:
            raise DestinationError(
                f"The file {self.name} cannot be written ({error.strerror}). Is its folder there,"
                " writable and not full, and no other program keeps it open?"
            ) from error
        return self.read(self.path)


class _Reading:
    """Decisions read so far."""

    def __init__(self) -> None:
        self.decisions: dict[Pair, Decision] = {}
        self._accepted: dict[str, Decision] = {}

    def take(self, row: Row) -> None:
        verdict = _verdict(row["decision"])
        found = Decision(filled(row, "skill"), filled(row, "proposed"), verdict, row.line)
        before = self.decisions.get(found.pair)
        if before and "open" not in (before.verdict, verdict) and before.verdict != verdict:
            raise Refused(f"it is {verdict} here, and {before.verdict} in line {before.line}")
        if before and before.verdict != "open":
            return
        self.decisions[found.pair] = found
        if verdict == "accepted":
            self._accept(found)

    def _accept(self, found: Decision) -> None:
        one, other = found.pair
        if first := self._accepted.get(one):
            raise Refused(
                f"{found.skill} is accepted as {found.proposed} here, and as {first.proposed} in"
                f" line {first.line}"
            )
        step = other
        while step != one and step in self._accepted and self._accepted[step].pair[1] != step:
            step = self._accepted[step].pair[1]
        if step == one and other != one:
            raise Refused("with earlier lines that are accepted it goes in a circle")
        self._accepted[one] = found


def is_review(path: Path) -> bool:
    """Whether a file has the columns of a review."""
    return set(_REQUIRED) <= set(columns_of(path)) <= set(COLUMNS)


def _verdict(text: str) -> Verdict:
    if not text:
        return "open"
    for verdict in VERDICTS:
        if text.casefold() == verdict:
            return verdict
    raise Refused(f"decision is one of {', '.join(VERDICTS)}")


def _row(proposal: Proposal) -> dict[str, str]:
    cells = {
        "skill": proposal.skill,
        "proposed": proposal.proposed,
        "how": proposal.how,
        "why": proposal.why,
        "score": f"{proposal.score:.2f}",
        "decision": "open",
        "note": "",
    }
    return {name: written(text) for name, text in cells.items()}


def _append(path: Path, rows: list[dict[str, str]]) -> None:
    there = path.read_bytes()
    newline = "\r\n" if b"\r\n" in there else "\n"
    before = "" if there.endswith(b"\n") else newline
    with path.open("a", encoding="utf-8", newline="") as file:
        file.write(before + _lines(rows, columns_of(path), newline))


def _lines(
    rows: Iterable[Mapping[str, str]], columns: Iterable[str] = COLUMNS, newline: str = "\n"
) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=newline)
    writer.writerows([row[name] for name in columns] for row in rows)
    return text.getvalue()
