"""Names of skills: a library of them, how alike two are, and what a person decided.

Public face of the room. Nothing in it asks a destination, and nothing is merged in it: it says what
a name means, and `marts` makes aliases and categories of that.
"""

from workforce_source.skills.library import LibrarySkill, SkillLibrary, files_of_library
from workforce_source.skills.likeness import THRESHOLD, Likeness, likeness
from workforce_source.skills.matching import HeldSkill, Proposal, match
from workforce_source.skills.naming import Meaning, SkillNames
from workforce_source.skills.review import Decision, SkillReview, is_review

__all__ = [
    "THRESHOLD",
    "Decision",
    "HeldSkill",
    "LibrarySkill",
    "Likeness",
    "Meaning",
    "Proposal",
    "SkillLibrary",
    "SkillNames",
    "SkillReview",
    "files_of_library",
    "is_review",
    "likeness",
    "match",
]
