"""Measures the matching of skills: how often it is right on labelled pairs, and how long it takes.

    python3 run.py benchmarks/skills.py

The pairs are those of `tests/skills/labelled.csv`. The library for the time is invented, as large
as ESCO's: 14,000 skills with 100,000 names in all, and 3,475 skills of an organization, every other
of them misspelt. Ends with 1 when that takes 10 seconds or more.
"""

import argparse
import csv
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from workforce_source.skills import THRESHOLD, HeldSkill, LibrarySkill, SkillLibrary, match
from workforce_source.tables.values import skill_key

LABELLED: Final = Path(__file__).resolve().parents[1] / "tests" / "skills" / "labelled.csv"
PARTS: Final = ("chosen by", "held out")
THRESHOLDS: Final = (0.8, 0.84, 0.86, 0.88, 0.9, 0.92, 0.94, 0.96)
SECONDS: Final = 10.0
SKILLS, LABELS, HELD = 14_000, 100_000, 3_475


@dataclass(frozen=True)
class Measured:
    """How often proposals of near names are right.

    Attributes:
        proposed: How many were made.
        right: How many of them are.
        there: How many pairs are one skill.
    """

    proposed: int
    right: int
    there: int

    @property
    def precision(self) -> float:
        """The share of proposals that are right."""
        return self.right / self.proposed if self.proposed else 1.0

    @property
    def recall(self) -> float:
        """The share of pairs that are found."""
        return self.right / self.there


def measured(part: str, threshold: float = THRESHOLD) -> Measured:
    """Match the names on the left of the labelled pairs with a library of those on the right.

    A proposal of two names that are no labelled pair counts as wrong.

    Args:
        part: `chosen by`, the pairs the rules and the threshold were chosen by, or `held out`.
        threshold: The least score of a proposal.
    """
    with LABELLED.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["part"] == part]
    keys = {row["proposed"]: skill_key(row["proposed"]) for row in rows}
    library = SkillLibrary({key: LibrarySkill(key, name) for name, key in keys.items()})
    one = {(skill_key(r["skill"]), keys[r["proposed"]]) for r in rows if r["same"] == "yes"}
    held = [HeldSkill(skill_key(row["skill"]), row["skill"]) for row in rows]
    near = [p for p in match(held, library, threshold) if p.how == "near"]
    pairs = {(skill_key(p.skill), skill_key(p.proposed)) for p in near}
    proposed = {pair for pair in pairs if pair[1] in library.skills}
    return Measured(len(proposed), len(proposed & one), len(one))


def invented(
    skills: int = SKILLS, labels: int = LABELS, held: int = HELD
) -> tuple[SkillLibrary, list[HeldSkill]]:
    """Get a library and the skills of an organization, made of syllables, always the same."""
    chance = random.Random(14_000)  # nothing is kept secret by it
    parts = [
        a + b
        for a in ["b", "c", "d", "f", "g", "k", "l", "m", "n", "p", "r", "s", "t", "v", "str", "pl"]
        for b in "aeiou"
    ]
    ends = ("tion", "ment", "ing", "ics", "logy", "ware", "sis", "nce", "ry", "s", "")
    words = [
        "".join(chance.choices(parts, k=chance.randint(1, 3))) + chance.choice(ends)
        for _ in range(15_000)
    ]

    def name() -> str:
        return " ".join(chance.choices(words, k=chance.choice((1, 2, 2, 3, 3, 4))))

    made: dict[str, None] = {}
    while len(made) < labels:
        made[skill_key(name())] = None
    keys = list(made)[:skills]
    names = {key: LibrarySkill(key, key) for key in keys}
    listed = {key: (chance.choice(keys),) for key in list(made)[skills:]}
    everything = [*names, *listed]
    found: dict[str, HeldSkill] = {}
    while len(found) < held:
        text = chance.choice(everything)
        if len(found) % 2:
            at = chance.randrange(1, len(text))
            text = text[:at] + text[at + 1 :]
        found[skill_key(text)] = HeldSkill(skill_key(text), text, chance.randrange(100))
    return SkillLibrary(names, listed), list(found.values())


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; tell by the result whether it is quick enough."""
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args(arguments)
    print("threshold  " + "  ".join(f"{part}: precision, recall" for part in PARTS))
    for threshold in THRESHOLDS:
        each = [measured(part, threshold) for part in PARTS]
        cells = [f"{m.precision:20.2f} {m.recall:7.2f}" for m in each]
        chosen = "  <- taken" if threshold == THRESHOLD else ""
        print(f"{threshold:9.2f}  {'  '.join(cells)}{chosen}")
    for part in PARTS:
        m = measured(part)
        print(f"{part}: {m.proposed} proposed, {m.right} right, of {m.there} that are one skill")
    library, held = invented()
    started = time.perf_counter()
    proposals = match(held, library)
    took = time.perf_counter() - started
    names = len(library.skills) + len(library.listed)
    print(
        f"{len(held):,} skills against {len(library.skills):,} with {names:,} names:"
        f" {len(proposals):,} proposals in {took:.1f} s"
    )
    return int(took >= SECONDS)


if __name__ == "__main__":
    sys.exit(main())
