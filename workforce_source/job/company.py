"""Reads what a company filled in, and says before a load what contradicts itself in it.

What the files mean is in `marts` and `skills`.
"""

import argparse
from dataclasses import dataclass

from workforce_source.marts import Seeds
from workforce_source.marts.naming import with_names
from workforce_source.skills import SkillLibrary, SkillNames, SkillReview


@dataclass(frozen=True)
class CompanyFiles:
    """What a company filled in.

    Attributes:
        seeds: Aliases, targets, issuers.
        names: Its library of skills, and its decisions; None where it gives neither.
    """

    seeds: Seeds
    names: SkillNames | None = None


def read_company_files(given: argparse.Namespace) -> CompanyFiles:
    """Get what the files of some flags hold.

    Args:
        given: The flags.

    Raises:
        ConfigError: A file cannot be used, or two of them contradict one another.
    """
    folder = given.seeds
    if folder is None and given.sandbox:
        # the invented company has filled them in
        from workforce_source.sandbox import SEEDS

        folder = SEEDS
    seeds = Seeds.read(folder) if folder else Seeds()
    if given.skill_library is None and given.skill_review is None:
        return CompanyFiles(seeds)
    names = SkillNames(
        SkillLibrary.read(given.skill_library) if given.skill_library else SkillLibrary(),
        SkillReview.read(given.skill_review) if given.skill_review else SkillReview(),
        accept_listed=given.accept_listed,
    )
    with_names(seeds, names, ())  # what contradicts itself does so now
    return CompanyFiles(seeds, names)
