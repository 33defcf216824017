"""Matches the skills an organization has with a library, and with one another.

Proposals only, from names; what is decided of them is in `review.py`.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from workforce_source.skills.library import LibrarySkill, SkillLibrary
from workforce_source.skills.likeness import THRESHOLD, Likeness, Names

How = Literal["exact", "listed", "near"]
_ALTERNATIVES: Final = 3
"""Skills proposed for one name at most."""
_A_WORD: Final = 3
"""Skills of an organization that have a word, from which on it is no slip."""


@dataclass(frozen=True)
class HeldSkill:
    """A skill of an organization.

    Attributes:
        key: Its key.
        name: The spelling most badges have.
        badges: How many badges stand for it.
    """

    key: str
    name: str
    badges: int = 0


@dataclass(frozen=True)
class Proposal:
    """A name that may mean a skill.

    Attributes:
        skill: The name as it is held.
        proposed: The skill it may mean, as the library or the organization writes it.
        how: `exact`: the key is the skill's; `listed`: the library lists it as another name;
            `near`: the spelling is alike.
        why: What differs, behind the other name it is like where that is not `proposed`.
        score: How alike they are, up to 1.
        alone: Whether no other skill is proposed for the name.
    """

    skill: str
    proposed: str
    how: How
    why: str = ""
    score: float = 1.0
    alone: bool = True


@dataclass(frozen=True)
class Named:
    """The skill of a library a name is, or is listed for."""

    skill: LibrarySkill
    how: How


def named(library: SkillLibrary, key: str) -> list[Named]:
    """Get the skills of a library that a key is, or is listed for."""
    if skill := library.skills.get(key):
        return [Named(skill, "exact")]
    return [Named(library.skills[of], "listed") for of in library.listed.get(key, ())]


def match(
    held: Iterable[HeldSkill], library: SkillLibrary, threshold: float = THRESHOLD
) -> list[Proposal]:
    """Get what may be one with what, the skills most badges stand for first.

    Args:
        held: The skills of an organization.
        library: The library; an empty one where there is none.
        threshold: The least score of names that are near.
    """
    held = sorted(held, key=lambda skill: (-skill.badges, skill.name, skill.key))
    by_key = {skill.key: skill for skill in held}
    in_library, among = Names((*library.skills, *library.listed)), Names(by_key)

    def is_word(word: str) -> bool:
        return word in in_library.words or among.words[word] >= _A_WORD

    found: list[Proposal] = []
    for skill in held:
        proposals = [
            Proposal(skill.name, each.skill.name, each.how) for each in named(library, skill.key)
        ]
        if not proposals:
            near = in_library.like(skill.key, is_word, threshold)
            of_library = dict(_of_library(skill, near, library))
            own = among.like(skill.key, is_word, threshold)
            others = {
                key: like for key, like in own.items() if not _named(key, library, of_library)
            }
            proposals = [*of_library.values(), *_among(skill, others, by_key)]
        found += [
            replace(proposal, alone=len(proposals) == 1) for proposal in proposals[:_ALTERNATIVES]
        ]
    return found


def _named(key: str, library: SkillLibrary, among: Collection[str]) -> bool:
    """Whether a name is one of some skills of the library."""
    return any(each.skill.key in among for each in named(library, key))


def _of_library(
    skill: HeldSkill, near: Mapping[str, Likeness], library: SkillLibrary
) -> Iterator[tuple[str, Proposal]]:
    """Get the skills of the library, by key, that have the names that are nearest."""
    best: dict[str, tuple[float, str]] = {}
    for label, like in sorted(near.items()):
        owners = (label,) if label in library.skills else library.listed[label]
        what = like.why if label in library.skills else f"{label}: {like.why}"
        for owner in owners:
            if owner not in best or like.score > best[owner][0]:
                best[owner] = like.score, what
    most = max((score for score, _ in best.values()), default=0.0)
    for owner, (score, what) in sorted(best.items()):
        if score == most:
            yield owner, Proposal(skill.name, library.skills[owner].name, "near", what, score)


def _among(
    skill: HeldSkill, near: Mapping[str, Likeness], held: Mapping[str, HeldSkill]
) -> Iterator[Proposal]:
    """Get the skills of the organization a spelling is near, those more badges stand for only."""
    for key, like in sorted(near.items(), key=lambda each: (-each[1].score, each[0])):
        other = held[key]
        if (other.badges, skill.name, skill.key) > (skill.badges, other.name, other.key):
            yield Proposal(skill.name, other.name, "near", like.why, like.score)
