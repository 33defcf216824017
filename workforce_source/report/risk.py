"""The section about skills and badges that end soon: from figures to elements.

Nothing is counted and nothing suppressed here.
"""

from xml.etree.ElementTree import Element

from workforce_source.report import wording
from workforce_source.report.elements import Child, el, foreign, section
from workforce_source.report.figures import Figures
from workforce_source.report.suppression import Shown
from workforce_source.report.tables import names, table


def risk(figures: Figures) -> Element:
    """Get what is lost in the next 90 days unless badges are renewed."""
    if not figures.endings and not figures.risks:
        return section(
            "risk",
            "What ends soon",
            el("p", "No badge ends within the next 90 days.", class_="empty"),
        )
    known = figures.everybody.known
    says = el(
        "p",
        f"{wording.persons(figures.ending_people).capitalize()}"
        f" {'holds' if figures.ending_people.high == 1 else 'hold'} a badge that ends"
        " within 90 days.",
        *_most_at_risk(figures),
        class_="says",
    )
    risks = None
    if figures.risks:
        risks = table(
            "risks",
            "Skills that known people lose within 90 days unless a badge is renewed",
            ("Skill", "#Have it today", "#Lose it", "#Left"),
            [
                (
                    foreign(one.skill),
                    _both(one.today, known),
                    wording.people(one.lapsing),
                    wording.people(one.left)
                    if one.left.high < known or one.left.exact
                    else f"{wording.count(one.left.low)}+",
                )
                for one in figures.risks
            ],
        )
    endings = table(
        "endings",
        "Badges that end within 90 days, and the skills somebody loses with them",
        ("Badge", "#People", "Skills lost if not renewed"),
        [
            (
                (foreign(one.badge), " ", el("small", foreign(one.issuer)) if one.issuer else None),
                wording.people(one.people),
                names(one.lost) or el("span", "none: other badges prove them", class_="quiet"),
            )
            for one in figures.endings
        ],
    )
    return section(
        "risk",
        "What ends soon",
        says,
        risks,
        _more(figures.more_risks, "skill"),
        endings,
        _more(figures.more_endings, "badge"),
    )


def _most_at_risk(figures: Figures) -> list[Child]:
    if not figures.risks:
        return [" No skill is lost with one: other badges prove them."]
    worst = figures.risks[:3]
    made: list[Child] = [" Most people lose "]
    for place, one in enumerate(worst):
        made += [
            ", " if place else None,
            el("strong", foreign(one.skill)),
            f" ({wording.people(one.lapsing)})",
        ]
    return [*made, "."]


def _both(shown: Shown, known: int) -> str:
    if shown.exact or shown.few:
        return wording.people(shown)
    return wording.share(shown, known)


def _more(number: int, noun: str) -> Element | None:
    if not number:
        return None
    return el(
        "p", f"And {wording.many(number, f'more {noun}')}, of no more people each.", class_="note"
    )
