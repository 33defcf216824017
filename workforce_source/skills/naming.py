"""What the name of a skill means, by what a person decided and by rules a company takes over.

Pure: which skills there are, and what is done with their names, is not known here.
"""

from dataclasses import dataclass, field
from typing import Final, Literal

from workforce_source.skills.library import LibrarySkill, SkillLibrary
from workforce_source.skills.matching import HeldSkill, Proposal, match, named
from workforce_source.skills.review import SkillReview
from workforce_source.tables.values import skill_key

NO_LIBRARY: Final = SkillLibrary()


@dataclass(frozen=True)
class Meaning:
    """What a name means.

    Attributes:
        key: Key of the skill.
        name: Its name.
        by: `decision` of a person, or the `rule` that what the library lists is accepted.
    """

    key: str
    name: str
    by: Literal["decision", "rule"]


@dataclass(frozen=True)
class SkillNames:
    """A library, and what was decided of it.

    Attributes:
        library: The library.
        review: The decisions.
        accept_listed: The rule that names a library has, or lists for one skill alone, are
            accepted unless somebody rejected them.
    """

    library: SkillLibrary = NO_LIBRARY
    review: SkillReview = field(default_factory=SkillReview)
    accept_listed: bool = False

    def meaning(self, key: str) -> Meaning | None:
        """Get what a name means; None where nobody decided on it."""
        if decision := self.review.accepted.get(key):
            meant = skill_key(decision.proposed)
            skill = self.library.skills.get(meant)
            return Meaning(meant, skill.name if skill else decision.proposed, "decision")
        if skill := self._by_rule(key):
            return Meaning(skill.key, skill.name, "rule")
        return None

    def category(self, key: str) -> str | None:
        """Get the category of a skill, where it was accepted that it is the library's."""
        skill = self.library.skills.get(key)
        return skill.category if skill and self._accepted(key) else None

    def propose(self, held: list[HeldSkill]) -> list[Proposal]:
        """Get what a person has to decide on of the skills of an organization.

        What only takes a category over that is not there is left out, and so is what the rule
        accepts.
        """
        return [
            proposal
            for proposal in match(held, self.library)
            if not (proposal.how == "exact" and not self._has_category(proposal.proposed))
            and not (self.accept_listed and proposal.how != "near" and proposal.alone)
        ]

    def _by_rule(self, key: str) -> LibrarySkill | None:
        found = named(self.library, key) if self.accept_listed else []
        if len(found) == 1 and (key, found[0].skill.key) not in self.review.rejected:
            return found[0].skill
        return None

    def _accepted(self, key: str) -> bool:
        return key in self.review.meant or self._by_rule(key) is not None

    def _has_category(self, name: str) -> bool:
        return self.library.skills[skill_key(name)].category is not None
