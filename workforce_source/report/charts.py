"""Charts as inline SVG; whatever they show also stands beside them as text or table.

Numbers in, drawing out: what a number means is not known here.
"""

from collections.abc import Sequence
from datetime import date
from xml.etree.ElementTree import Element

from workforce_source.report.elements import el

_WIDTH, _HEIGHT, _PAD = 300, 84, 6

Line = Sequence[tuple[date, float]]


def trend(dashed: Line, solid: Line, top: float, label: str) -> Element:
    """Get a small chart of two lines over time.

    Args:
        dashed: Days and values of the one.
        solid: Days and values of the other.
        top: Highest value of the axis, the same for charts that stand side by side.
        label: What it shows, for those who cannot see it.
    """
    days = [day for day, _ in (*dashed, *solid)]
    first, span = min(days), max((max(days) - min(days)).days, 1)

    def place(day: date, value: float) -> tuple[str, str]:
        x = _PAD + (_WIDTH - 2 * _PAD) * (day - first).days / span
        y = _HEIGHT - _PAD - (_HEIGHT - 2 * _PAD) * value / (top or 1)
        return f"{x:.0f}", f"{y:.1f}"

    def line(points: Line, name: str) -> list[Element]:
        if not points:
            return []
        places = [place(*point) for point in points]
        path = " ".join(f"{x},{y}" for x, y in places)
        drawn = [el("polyline", points=path, class_=name)] if len(points) > 1 else []
        return [*drawn, el("circle", cx=places[-1][0], cy=places[-1][1], r=3, class_=f"{name}-end")]

    base = str(_HEIGHT - _PAD)
    return el(
        "svg",
        el("line", x1=_PAD, x2=_WIDTH - _PAD, y1=base, y2=base, class_="axis"),
        *line(dashed, "rebuilt"),
        *line(solid, "observed"),
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
        role="img",
        aria_label=label,
    )


def bar(part: float) -> Element:
    """Get a bar filled to a part of it, to stand beside its number."""
    width = f"{100 * min(max(part, 0), 1):.1f}"
    return el(
        "svg",
        el("rect", width="100", height="8", class_="track"),
        el("rect", width=width, height="8", class_="filled"),
        viewBox="0 0 100 8",
        preserveAspectRatio="none",
        class_="bar",
        aria_hidden="true",
        focusable="false",
    )
