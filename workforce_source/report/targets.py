"""The section about targets: from figures to elements.

Nothing is counted and nothing suppressed here.
"""

from collections.abc import Sequence
from xml.etree.ElementTree import Element

from workforce_source.report import wording
from workforce_source.report.elements import Child, el, foreign, section
from workforce_source.report.facts import ALL, DIMENSIONS
from workforce_source.report.figures import Figures, Gap
from workforce_source.report.tables import table

_STATUS = {
    "met": "Met",
    "below": "Below",
    "close": "Close: too near to say",
    "nobody known": "Nobody is known yet",
    "no such group": "No such group",
    "not shown": "Not told: small group",
}


def targets(figures: Figures) -> Element:
    """Get the targets and how far they are from being met."""
    if not figures.gaps:
        return section(
            "targets",
            "Against targets",
            el(
                "p",
                "No targets are set. Name the skills a group needs in ",
                el("code", "skill_target.csv"),
                ", and this section says which groups have them.",
                class_="empty",
            ),
        )
    met = sum(gap.status == "met" for gap in figures.gaps)
    below = [gap for gap in figures.gaps if gap.status == "below"]
    says = [
        f"{met} of {wording.many(len(figures.gaps), 'target')} {'is' if met == 1 else 'are'} met."
    ]
    if below:
        says.append(f" {len(below)} {'is' if len(below) == 1 else 'are'} below.")
    order = ("below", "close", "met", "nobody known", "no such group", "not shown")
    gaps = sorted(figures.gaps, key=lambda gap: order.index(gap.status))
    return section(
        "targets",
        "Against targets",
        el("p", *says, class_="says"),
        table(
            "gaps",
            "Targets: people needed and people there",
            ("Group", "Skill", "#Needed", "#There", "Status"),
            [_gap(gap) for gap in gaps],
        ),
    )


def _gap(gap: Gap) -> Sequence[Child | tuple[Child, ...]]:
    where = "Everybody" if gap.group.dimension == ALL else gap.group.value
    kind = DIMENSIONS.get(gap.group.dimension)
    mark = el("span", _STATUS[gap.status], class_=f"status {gap.status.replace(' ', '-')}")
    today = "–" if gap.today is None else wording.people(gap.today)
    return (
        (foreign(where), " ", el("small", kind) if kind else None),
        foreign(gap.skill),
        "–" if gap.needed is None else wording.count(gap.needed),
        today,
        mark,
    )
