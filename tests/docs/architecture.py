"""Draws docs/architecture.svg: the rooms of the package, who may import whom, the way of a record.

    python3 run.py -m tests.docs.architecture docs/architecture.svg

The boxes are the rooms of `tests/project/rooms.py`, and what a box says is the first line of its
room: a room that is renamed, moved or new changes the picture, and the test that compares it with
the committed one fails until it is drawn anew.
"""

import ast
import sys
import textwrap
from html import escape
from pathlib import Path

from tests.project.rooms import ASIDE, LAYERS, PACKAGE, WAY

WIDTH, LEFT, GAP = 1000, 128, 12
BOX, ROW = 74, 96
STYLE = """\
.box{fill:#f6f8fa;stroke:#57606a;stroke-width:1.2}.way{fill:#ddf4ff;stroke:#0969da}
.aside{stroke-dasharray:4 3}.t{fill:#1f2328;font-weight:600}.s{fill:#57606a;font-size:11px}
.l{fill:#57606a;font-size:13px}.n{fill:#0969da;font-weight:600;font-size:12px}
.band{fill:none;stroke:#d0d7de;stroke-width:1}
@media (prefers-color-scheme: dark){.box{fill:#161b22;stroke:#8b949e}
.way{fill:#0c2d4d;stroke:#58a6ff}.t{fill:#e6edf3}.s,.l{fill:#9ea7b3}.n{fill:#58a6ff}.band{stroke:#30363d}}"""


def job_of(room: str) -> str:
    """What a room is for: the first line of its docstring."""
    path = PACKAGE / f"{room}.py"
    text = (path if path.exists() else PACKAGE / room / "__init__.py").read_text(encoding="utf-8")
    return (ast.get_docstring(ast.parse(text)) or "").partition("\n")[0].rstrip(".")


def wrapped(text: str, width: int, most: int = 3) -> list[str]:
    """A text in at most so many lines of about so many characters."""
    return textwrap.wrap(text, width, max_lines=most, placeholder=" …")


def drawn() -> str:
    """The picture."""
    parts: list[str] = []
    rows = [*reversed(LAYERS), ("beside all", ASIDE)]
    for at, (layer, rooms) in enumerate(rows):
        top = 40 + at * ROW
        parts += [
            f'<text class="l" x="14" y="{top + 30 + 16 * line}">{escape(words)}</text>'
            for line, words in enumerate(wrapped(layer, 14))
        ]
        if at:
            parts.append(f'<path class="band" d="M14 {top - 13}H{WIDTH - 14}"/>')
        width = (WIDTH - LEFT - 14 - GAP * (len(rooms) - 1)) / len(rooms)
        for place, room in enumerate(rooms):
            left = LEFT + place * (width + GAP)
            kind = "box way" if room in WAY else "box aside" if room in ASIDE else "box"
            parts.append(
                f'<rect class="{kind}" x="{left:.0f}" y="{top}" width="{width:.0f}"'
                f' height="{BOX}" rx="7"/><text class="t" x="{left + 10:.0f}" y="{top + 20}">'
                f"{escape(room)}</text>"
            )
            if room in WAY:
                number = WAY.index(room) + 1
                parts.append(
                    f'<text class="n" x="{left + width - 18:.0f}" y="{top + 20}">{number}</text>'
                )
            parts += [
                f'<text class="s" x="{left + 10:.0f}" y="{top + 36 + 14 * line}">'
                f"{escape(words)}</text>"
                for line, words in enumerate(wrapped(job_of(room), int((width - 14) / 6.1)))
            ]
    height = 40 + len(rows) * ROW
    steps = ", ".join(f"{number} {room}" for number, room in enumerate(WAY, 1))
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}"'
            ' font-family="system-ui, sans-serif" font-size="14" role="img"'
            ' aria-labelledby="t d">',
            '<title id="t">The rooms of workforce_source</title>',
            f'<desc id="d">A room may import rooms below it. A record goes {steps}.</desc>',
            f"<style>\n{STYLE}\n</style>",
            '<text class="l" x="14" y="20">A room imports rooms below it, never one above.'
            " Blue, by number: the way of a record.</text>",
            *parts,
            "</svg>\n",
        ]
    )


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(drawn(), encoding="utf-8")
