"""Figures from the raw tables: marts, checks, and one file BI tools open.

Public face of the room. Nothing in it reads the API or the source; it asks the destination.
"""

from workforce_source.marts.build import MartsResult, build_marts
from workforce_source.marts.checks import EVERY_CHECK, CheckResult, run_checks
from workforce_source.marts.definitions import CHECKS, MARTS, Check, Column, Mart, Question
from workforce_source.marts.naming import NamedSkills, name_skills
from workforce_source.marts.publish import publish
from workforce_source.marts.reading import TopSkill, organization_in, organizations_in, top_skills
from workforce_source.marts.seed_rows import Alias, Category, Cost, Requirement, Target
from workforce_source.marts.seeds import Seeds
from workforce_source.tables.values import skill_key

__all__ = [
    "CHECKS",
    "EVERY_CHECK",
    "MARTS",
    "Alias",
    "Category",
    "Check",
    "CheckResult",
    "Column",
    "Cost",
    "Mart",
    "MartsResult",
    "NamedSkills",
    "Question",
    "Requirement",
    "Seeds",
    "Target",
    "TopSkill",
    "build_marts",
    "name_skills",
    "organization_in",
    "organizations_in",
    "publish",
    "run_checks",
    "skill_key",
    "top_skills",
]
