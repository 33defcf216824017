"""The first loads as a chart: hand-written SVG, bars as long as wall time to the limit's."""

from statistics import median

from benchmarks.goals import Cells
from benchmarks.results import Part

_COLORS = {"ours": "#1f6feb", "declarative": "#c2703d", "limit": "#8b949e"}
_LABELS = {"ours": "workforce_source", "declarative": "rest_api, tuned", "limit": "asyncio limit"}
_WIDTH, _LEFT, _RIGHT = 860, 170, 120
_BAR, _GAP, _HEAD = 18, 16, 64


def chart(part: Part) -> str:
    """Get the chart as SVG."""
    cells = Cells(part)
    longest = max(median(cells.ratios(cell, loader)) for cell in cells for loader in _COLORS)
    unit = (_WIDTH - _LEFT - _RIGHT) / longest
    shapes = _legend(part.employees)
    top = _HEAD
    for cell in cells:
        latency, connections = cell
        middle = top + _BAR * len(_COLORS) / 2 + 4
        where = f"{latency * 1000:g} ms, {connections} connections"
        shapes.append(_text(_LEFT - 10, middle, where, "end"))
        for loader, color in _COLORS.items():
            ratio = median(cells.ratios(cell, loader))
            seconds = median(load.wall for load in cells.loaders(cell)[loader])
            shapes.append(
                f'<rect x="{_LEFT}" y="{top}" width="{ratio * unit:.1f}" height="{_BAR - 3}" '
                f'fill="{color}"/>'
            )
            label = f"{ratio:.2f}x, {seconds:.1f} s"
            shapes.append(_text(_LEFT + ratio * unit + 6, top + _BAR - 6, label))
            top += _BAR
        top += _GAP
    line = _LEFT + unit
    shapes.append(
        f'<line x1="{line:.1f}" y1="{_HEAD - 6}" x2="{line:.1f}" y2="{top - _GAP}" '
        'stroke="#57606a" stroke-dasharray="3 3"/>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {top}" role="img" '
        'aria-label="Wall time of each loader to that of the limit" '
        'font-family="system-ui, sans-serif" font-size="12" fill="#24292f">\n'
        f'<rect width="{_WIDTH}" height="{top}" fill="#ffffff"/>\n'
        + "\n".join(shapes)
        + "\n</svg>\n"
    )


def _legend(employees: int) -> list[str]:
    title = f"First load of {employees:,} employees: wall time, the asyncio limit = 1"
    shapes = [f'<text x="16" y="24" font-size="15" font-weight="600">{title}</text>']
    left = _LEFT
    for loader, color in _COLORS.items():
        shapes.append(f'<rect x="{left}" y="36" width="12" height="12" fill="{color}"/>')
        shapes.append(_text(left + 18, 46, _LABELS[loader]))
        left += 150
    return shapes


def _text(x: float, y: float, text: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{text}</text>'
