"""The heat map: skills down, groups across, one table for each way to form groups.

Choosing among them needs no script: radio buttons, and a style sheet that asks which is checked.
"""

from collections.abc import Sequence
from xml.etree.ElementTree import Element

from workforce_source.report import wording
from workforce_source.report.elements import el, foreign
from workforce_source.report.figures import Figures, HeatMap, SkillRow
from workforce_source.report.suppression import SMALL, Shown
from workforce_source.report.tables import scrolled


def coverage(figures: Figures) -> Element:
    """Get the section about coverage."""
    maps = figures.heat_maps
    if not figures.told and figures.everybody.known:
        return _section(el("p", _FEW_KNOWN, class_="empty"))
    if not figures.held:
        return _section(
            el("p", _NOBODY if figures.everybody.known else _NONE_KNOWN, class_="empty")
        )
    choice = None
    if len(maps) > 1:
        choice = el(
            "fieldset",
            el("legend", "Group by"),
            *(
                el(
                    "span",
                    el(
                        "input",
                        type="radio",
                        name="by",
                        id=f"by-{one.dimension}",
                        checked=place == 0,
                    ),
                    el("label", one.title, for_=f"by-{one.dimension}"),
                )
                for place, one in enumerate(maps)
            ),
            class_="choice",
        )
    return _section(
        _says(maps[0], figures),
        choice,
        _legend(exact=figures.named is not None),
        *(_panel(one, figures) for one in maps),
        el(
            "p",
            f"{wording.many(figures.more_skills, 'more skill')} that fewer people have: not in"
            " this table.",
            class_="note",
        )
        if figures.more_skills
        else None,
    )


def choosing(figures: Figures) -> str:
    """Get the rules that show the chosen table; without `:has()` all of them are shown."""
    if len(figures.heat_maps) < 2:
        return ""
    rules = "".join(
        f"#coverage:has(#by-{one.dimension}:checked) #by-{one.dimension}-map{{display:block}}"
        for one in figures.heat_maps
    )
    return "@supports selector(:has(*)){.panel{display:none}" + rules + "}"


_NOBODY = "None of the people whose badges are known has a badge that stands for a skill yet."
_FEW_KNOWN = (
    "The badges of five people or fewer are known. Nothing is said of so few; figures appear"
    " once more employees have accepted their invitations and their badges were read."
)
_NONE_KNOWN = (
    "There is nothing to show yet: nobody's badges are known. Coverage appears once employees have"
    " accepted their invitations and their badges were read."
)


def _section(*children: Element | None) -> Element:
    heading = el("h2", "Who can do what", id="coverage-title")
    return el("section", heading, *children, id="coverage", aria_labelledby="coverage-title")


def _says(one: HeatMap, figures: Figures) -> Element:
    known = figures.everybody.known
    top = one.rows[:3]
    said: list[Element | str] = []
    for row in top:
        said += [
            ", " if said else "",
            el("strong", foreign(row.skill)),
            f" ({wording.share(row.everybody, known)})",
        ]
    verb = "are the skills most people have" if len(top) > 1 else "is the skill most people have"
    thin = ""
    if figures.thin:
        has = "rests" if figures.thin == 1 else "rest"
        thin = f" {wording.many(figures.thin, 'skill')} {has} on one to four people in all."
    if len(said) > 3:
        said[-3] = " and "
    return el("p", *said, f" {verb}.", thin, class_="says")


def _legend(*, exact: bool) -> Element:
    parts = [
        el("li", el("span", "0", class_="key z"), " nobody known to have it"),
        el(
            "li",
            el("span", "1" if exact else "1–4", class_="key f"),
            " one or two people: it leaves with them"
            if exact
            else " one to four people: it leaves with them",
        ),
    ]
    if not exact:
        parts.append(
            el(
                "li",
                el("span", "5+", class_="key m"),
                " five or more, in a group too small for a share",
            )
        )
    scale = el(
        "span",
        *(
            el("span", text, class_=f"key h{place}")
            for place, text in enumerate(("<10%", "10%", "25%", "50%", "75%"), 1)
        ),
        class_="scale",
    )
    parts.append(el("li", scale, " share of the group's known people"))
    return el("ul", *parts, class_="legend", aria_label="How to read the table")


def _panel(one: HeatMap, figures: Figures) -> Element:
    name = f"by-{one.dimension}-map"
    known = figures.everybody.known
    across = f" in each {one.title.lower()}" if one.groups else ""
    caption = (
        f"Share of the known people who have a skill, in the organization and{across}"
        if one.groups
        else "Share of the known people who have a skill, in the organization"
    )
    heads = [el("th", "Skill", scope="col"), _head("Everybody", known)]
    heads += [_head(value, size.known) for value, size in one.groups]
    note = None
    if one.others:
        note = el(
            "p",
            f"{wording.many(one.others, 'more group')} with"
            f" {wording.many(one.others_known, 'known person', 'known people')} together"
            f" {'has' if one.others == 1 else 'have'} no column: the smallest, and those that"
            " would give a small one away. Everybody counts them.",
            class_="note",
        )
    rows = [_row(row, one, known, exact=figures.named is not None) for row in one.rows]
    made = el(
        "table",
        el("caption", caption, id=f"{name}-caption"),
        el("thead", el("tr", *heads)),
        el("tbody", *rows),
        class_="heat",
    )
    return el("div", scrolled(name, made), note, id=name, class_="panel")


def _head(name: str, known: int) -> Element:
    return el("th", foreign(name), " ", el("small", f"{wording.count(known)} known"), scope="col")


def _row(row: SkillRow, one: HeatMap, known: int, *, exact: bool) -> Element:
    cells = [el("th", foreign(row.skill), scope="row"), _cell(row.everybody, known, exact=exact)]
    if row.cells:
        sizes: Sequence[int] = [size.known for _, size in one.groups]
        cells += [_cell(c, n, exact=exact) for c, n in zip(row.cells, sizes, strict=True)]
    elif one.groups:
        why = (
            "nobody yet"
            if row.everybody.high == 0
            else (
                "too few people to say where they are"
                if row.everybody.low < SMALL
                else "not told by group: it would give a small one away"
            )
        )
        cells.append(el("td", why, colspan=len(one.groups), class_="untold"))
    return el("tr", *cells)


def _cell(shown: Shown, known: int, *, exact: bool) -> Element:
    text = wording.share(shown, known)
    if exact and known == 0:
        return el("td", "–", class_="z")
    if shown.high == 0:
        return el("td", text, class_="z")
    if shown.few or (exact and shown.low <= 2):
        mark = text if shown.few else wording.count(shown.low)
        return el("td", mark, class_="f")
    if not exact and not shown.percent:
        return el("td", text, class_="m")
    depth = el("small", wording.count(shown.low)) if exact else None
    return el(
        "td", text, None if depth is None else " ", depth, class_=f"h{wording.heat(shown, known)}"
    )
