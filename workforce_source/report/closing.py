"""The sections that close the page: how fresh it is, what it cannot say, and names.

Nothing is counted and nothing suppressed here.
"""

from xml.etree.ElementTree import Element

from workforce_source.report import wording
from workforce_source.report.elements import el, foreign, section
from workforce_source.report.facts import People
from workforce_source.report.figures import Figures
from workforce_source.report.tables import table


def freshness(figures: Figures) -> Element:
    """Get how old what is shown is."""
    size = figures.everybody
    unread = size.connected - size.known
    facts: list[tuple[str, str]] = [("Figures made for", wording.day(figures.as_of))]
    if figures.loaded_at:
        facts.append(("Last load ended", wording.moment(figures.loaded_at)))
    if figures.newest_read_at and figures.oldest_read_at:
        facts.append(("Newest badges read", wording.moment(figures.newest_read_at)))
        facts.append(("Oldest badges read", wording.moment(figures.oldest_read_at)))
    facts.append(("Connected, badges not read yet", wording.many(unread, "person", "people")))
    facts.append(
        ("Not connected", wording.many(size.employees - size.connected, "person", "people"))
    )
    return section(
        "freshness",
        "How fresh this is",
        el("dl", *(el("div", el("dt", k), el("dd", v)) for k, v in facts), class_="facts"),
    )


def limits(figures: Figures) -> Element:
    """Get what the figures cannot say."""
    size = figures.everybody
    points = [
        (
            "Unread is not unskilled.",
            f" Shares are of the people whose badges are known. {_unknown(figures)}",
        ),
        (
            "A badge is evidence, not ability.",
            " Somebody without one may well have the skill; an"
            " employer sees its own badges and, of others', the public ones.",
        ),
        (
            "Everybody is where they work today.",
            " Groups are those of the employee list at the last load, also in the past.",
        ),
        (
            "Rebuilt history is biased.",
            " It knows only who is here now and which badges still exist.",
        ),
    ]
    if figures.named is None:
        points.append(
            (
                "Small groups are not told.",
                " Groups with fewer than five known people have no figures,"
                " one to four people are never counted out, and shares are rounded down to a step"
                " that stands for at least five people. Skills few have are not told by group.",
            )
        )
    made = [el("li", el("strong", head), tail) for head, tail in points]
    return section(
        "limits",
        "What these figures cannot say",
        el("ul", *made, class_="limits")
        if size.employees
        else el("p", "Anything, before the first load.", class_="empty"),
    )


def persons(named: People) -> Element:
    """Get names: who has the skills one or two people have, and whose badges end."""
    holders = (
        table(
            "holders",
            "Skills that one or two known people have, and who they are",
            ("Skill", "Name", "Department"),
            [(foreign(h.skill), foreign(h.name), foreign(h.department)) for h in named.holders],
        )
        if named.holders
        else None
    )
    renewals = (
        table(
            "renewals",
            "Badges that end within 90 days, and whose they are",
            ("Name", "Department", "Badge", "Ends", "#Skills lost"),
            [
                (
                    foreign(r.name),
                    foreign(r.department),
                    foreign(r.badge),
                    wording.day(r.ends),
                    wording.count(r.lost),
                )
                for r in named.renewals
            ],
        )
        if named.renewals
        else None
    )
    return section(
        "people",
        "Names",
        el("p", "This part names people. Send it to nobody who may not know.", class_="says"),
        holders,
        renewals,
    )


def _unknown(figures: Figures) -> str:
    size = figures.everybody
    dark = size.employees - size.known
    if not dark:
        return "Today that is everybody."
    said = (
        f"Of {wording.count(dark)} of {wording.many(size.employees, 'employee')} nothing is known"
    )
    row = figures.heat_maps[0].rows[:1]
    if not row:
        return f"{said}."
    low = wording.percent(row[0].everybody.low, size.employees)
    high = wording.percent(min(row[0].everybody.high, size.known) + dark, size.employees)
    return (
        f"{said}: of all employees, between {low} and {high} have {row[0].skill},"
        " and likewise for every other skill."
    )
