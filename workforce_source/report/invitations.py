"""The section about invitations: from figures to elements.

Nothing is counted and nothing suppressed here.
"""

from xml.etree.ElementTree import Element

from workforce_source.report import charts, wording
from workforce_source.report.elements import el, foreign, section
from workforce_source.report.figures import Figures
from workforce_source.report.suppression import Shown
from workforce_source.report.tables import table


def invitations(figures: Figures) -> Element:
    """Get how far invitations have come."""
    size = figures.everybody
    if not size.employees:
        return section(
            "invitations", "Invitations", el("p", "There are no employees yet.", class_="empty")
        )
    steps = (
        ("Employees", size.employees),
        ("Accepted", size.connected),
        ("Badges known", size.known),
    )
    says = (
        f"{wording.percent(size.connected, size.employees)} of"
        f" {wording.many(size.employees, 'employee')} have accepted their invitation;"
        " of nobody else can badges be seen."
    )
    funnel = table(
        "funnel",
        "From employee to known badges",
        ("Step", "#People", "#Share", "Of all employees"),
        [
            (
                name,
                wording.count(n),
                wording.percent(n, size.employees),
                charts.bar(n / size.employees),
            )
            for name, n in steps
        ],
    )
    rest = (
        table(
            "waiting",
            "Employees who are not connected",
            ("Invitation", "#People"),
            [(name, wording.people(shown)) for name, shown in figures.funnel.not_connected],
        )
        if figures.funnel.not_connected
        else None
    )
    departments = (
        table(
            "accepted",
            "Share of employees who have accepted, by department",
            ("Department", "#Employees", "#Accepted", "Share"),
            [
                (
                    foreign(name),
                    wording.count(employees),
                    wording.share(shown, employees),
                    charts.bar(_middle(shown, employees)),
                )
                for name, employees, shown in figures.funnel.departments
            ],
        )
        if figures.funnel.departments
        else None
    )
    return section(
        "invitations",
        "Invitations",
        el("p", says, class_="says"),
        el("div", funnel, rest, class_="beside"),
        departments,
    )


def _middle(shown: Shown, of: int) -> float:
    if shown.exact:
        return shown.low / of if of else 0
    return shown.percent[0] / 100 if shown.percent else 0
