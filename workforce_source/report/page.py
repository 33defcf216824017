"""The page: head, headline figures, the sections in their order, and the policy that closes it.

One document without script, and without a word that leaves it. Figures come from `figures.py`.
"""

import base64
import hashlib
from importlib.resources import files
from typing import Final
from xml.etree.ElementTree import Element

from workforce_source.report import wording
from workforce_source.report.closing import freshness, limits, persons
from workforce_source.report.coverage import choosing, coverage
from workforce_source.report.elements import document, el
from workforce_source.report.figures import Figures
from workforce_source.report.history import time
from workforce_source.report.invitations import invitations
from workforce_source.report.risk import risk
from workforce_source.report.targets import targets

_STYLE: Final = files("workforce_source.report").joinpath("style.css").read_text(encoding="utf-8")
_PARTS: Final = {
    "coverage": "Who can do what",
    "risk": "What ends soon",
    "targets": "Against targets",
    "invitations": "Invitations",
    "time": "Over time",
    "freshness": "How fresh this is",
    "limits": "What these figures cannot say",
}
_OF_BADGES: Final = ("risk", "targets", "time")


def page(figures: Figures) -> str:
    """Get the report as one HTML document; the same figures give the same bytes."""
    style = _STYLE + choosing(figures)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    parts = {
        name: title for name, title in _PARTS.items() if figures.told or name not in _OF_BADGES
    }
    if figures.named is not None:
        parts["people"] = "Names"
    title = f"Skills report, {wording.day(figures.as_of)}"
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", http_equiv="Content-Security-Policy", content=policy),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name="referrer", content="no-referrer"),
        el("meta", name="robots", content="noindex"),
        el("meta", name="color-scheme", content="light dark"),
        el("title", title),
        el("style", style),
    )
    links = [el("li", el("a", text, href=f"#{name}")) for name, text in parts.items()]
    body = el(
        "body",
        el("a", "Skip to the figures", href="#main", class_="skip"),
        _header(figures),
        el("nav", el("ul", *links), aria_label="Sections"),
        el(
            "main",
            _headline(figures),
            coverage(figures),
            risk(figures) if figures.told else None,
            targets(figures) if figures.told else None,
            invitations(figures),
            time(figures) if figures.told else None,
            freshness(figures),
            limits(figures),
            None if figures.named is None else persons(figures.named),
            id="main",
        ),
        _footer(figures),
    )
    return document(el("html", head, body, lang="en"))


def _header(figures: Figures) -> Element:
    warning = None
    if figures.named is not None:
        warning = el(
            "p", "Confidential: this copy names people and counts small groups.", class_="warning"
        )
    return el(
        "header",
        el("p", wording.day(figures.as_of), class_="date"),
        el("h1", "The skills we can prove"),
        el("p", _lead(figures), class_="lead"),
        warning,
    )


def _lead(figures: Figures) -> str:
    size = figures.everybody
    if not size.employees:
        return (
            "There are no employees in the organization yet. Once they are loaded, this page says"
            " who can do what."
        )
    if not size.known:
        return (
            f"None of the badges of {wording.many(size.employees, 'employee')} are known yet."
            " Once people accept their invitation and their badges are read, this page says who"
            " can do what."
        )
    said = (
        f"Of {wording.many(size.employees, 'employee')}, {wording.count(size.connected)} are"
        f" connected and the badges of {wording.count(size.known)} are known."
    )
    if not figures.told:
        return said
    return f"{said} Their badges stand for {wording.many(figures.held, 'skill')}."


def _headline(figures: Figures) -> Element:
    size = figures.everybody
    met = sum(gap.status == "met" for gap in figures.gaps)
    tiles = [
        (
            wording.percent(size.known, size.employees),
            "of employees are known",
            f"{wording.count(size.known)} of {wording.count(size.employees)}",
        ),
    ]
    if figures.told:
        tiles += _of_badges(figures)
    if figures.gaps:
        tiles.append((f"{met} of {len(figures.gaps)}", "targets are met", "as far as can be told"))
    made = [
        el("li", el("strong", figure), " ", el("span", what), " ", el("small", more))
        for figure, what, more in tiles
    ]
    return el(
        "section",
        el("h2", "At a glance", id="glance-title", class_="unseen"),
        el("ul", *made, class_="tiles"),
        id="glance",
        aria_labelledby="glance-title",
    )


def _of_badges(figures: Figures) -> list[tuple[str, str, str]]:
    one_ends = figures.ending_people.low == figures.ending_people.high == 1
    return [
        (
            wording.count(figures.held),
            "skills are proven" if figures.held != 1 else "skill is proven",
            "by at least one active badge",
        ),
        (
            wording.count(figures.thin),
            "of them rest on a few" if figures.thin != 1 else "of them rests on a few",
            "one to four people in all",
        ),
        (
            wording.people(figures.ending_people),
            "person holds a badge that ends" if one_ends else "people hold a badge that ends",
            "within 90 days",
        ),
    ]


def _footer(figures: Figures) -> Element:
    return el(
        "footer",
        el(
            "p",
            "Made by workforce_source from the marts of organization ",
            el("code", figures.organization_id or "(none)"),
            f", for {figures.as_of.isoformat()} (UTC). This file asks nothing of any network.",
        ),
    )
