"""Makes the figures of the report from the facts, with small groups suppressed.

Pure, and the order of the steps only: each kind of figure is made in a module beside this one, from
figures that are shown already where it can be, so that it says nothing more.
"""

from dataclasses import replace
from typing import Final

from workforce_source.report.coverage import Coverage, told_size
from workforce_source.report.evidence import Evidence
from workforce_source.report.facts import Earned, Facts, Renewing
from workforce_source.report.figures import Figures
from workforce_source.report.funnel import invitations_funnel
from workforce_source.report.gaps import Gaps
from workforce_source.report.lapsing import Lapsing
from workforce_source.report.renewing import Renewing as Renewals
from workforce_source.report.trends import Trends
from workforce_source.small_groups import SMALL, Rule

_AT_RISK: Final = 20
_ENDINGS: Final = 20
_ROUND: Final = Rule()


def figures(facts: Facts, rule: Rule = _ROUND) -> Figures:
    """Get the figures, as a rule about small groups tells them."""
    told = rule.tells(facts.everybody.known)
    if not told:
        # the organization itself is a small group, or so near to one that all of it is told
        facts = replace(
            facts,
            skills={},
            people={},
            targets=(),
            endings=(),
            ending_people=0,
            earned=Earned(),
            renewing=Renewing(),
            past=None,
            observed={},
            rebuilt={},
        )
    evidence = Evidence(facts, rule)
    lapsing = Lapsing(facts, rule, evidence)
    coverage = Coverage(facts, rule, evidence, lapsing)
    trends = Trends(facts, rule, coverage)
    rows = coverage.rows()
    risks = lapsing.risks(coverage.order)
    endings = lapsing.endings()
    renewing = Renewals(facts, rule, evidence, coverage.groups, endings)
    return Figures(
        organization_id=facts.organization_id,
        as_of=facts.as_of,
        everybody=told_size(facts.everybody, rule),
        exact=rule.exact,
        few={"round": "1–2", "hide": "<5", "show": ""}[rule.mode],
        smallest=rule.least,
        horizon=facts.horizon,
        held=len(coverage.order),
        thin=sum(0 < facts.skills[key].people < SMALL for key in coverage.order),
        ending_people=renewing.ending_people,
        heat_maps=coverage.heat_maps(rows),
        more_skills=len(set(coverage.order) - set(rows)),
        risks=tuple(risks[:_AT_RISK]),
        more_risks=max(0, len(risks) - _AT_RISK),
        endings=tuple(endings[:_ENDINGS]),
        more_endings=max(0, len(endings) - _ENDINGS),
        gaps=Gaps(facts, rule, evidence, lapsing, coverage).gaps(),
        funnel=invitations_funnel(facts, coverage.groups, rule),
        trends=tuple(trends.trends()),
        oldest_read_at=facts.oldest_read_at,
        newest_read_at=facts.newest_read_at,
        loaded_at=facts.loaded_at,
        named=facts.named,
        earning=evidence.earning,
        renewals=renewing.renewals(),
        then=trends.then(),
        company=facts.company,
        told=told,
        observed_at=facts.observed_at,
        is_rebuilt=facts.is_rebuilt,
    )
