"""docs/architecture.md against the code: its picture, its layers, and the paths it names."""

import re
from pathlib import Path

import pytest

from tests.docs.architecture import drawn
from tests.project.rooms import ASIDE, LAYERS, PACKAGE, WAY
from tests.project.test_imports import MODULES, imported, room_of
from tests.tools.documents import CHECKOUT, page, spans

PAGE = page("docs/architecture.md")
HEIGHT = {room: height for height, (_, rooms) in enumerate(LAYERS) for room in rooms}


def test_the_picture_is_drawn_of_the_rooms_there_are() -> None:
    """`python3 run.py -m tests.docs.architecture docs/architecture.svg` draws it anew."""
    assert (CHECKOUT / "docs" / "architecture.svg").read_text(encoding="utf-8") == drawn()


def test_every_room_has_its_layer() -> None:
    """A new room is given one in `tests/project/rooms.py`."""
    assert {room_of(path) for path in MODULES} - {"__init__"} == {*HEIGHT, *ASIDE}
    assert set(WAY) <= HEIGHT.keys()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_room_imports_its_layer_and_those_below(path: Path) -> None:
    """Never one above; the sandbox is started by the job alone."""
    room = room_of(path)
    for name in imported(path.read_text(encoding="utf-8")):
        package, _, inside = name.partition(".")
        other = inside.partition(".")[0]
        if package == PACKAGE.name and room in HEIGHT and other in HEIGHT:
            assert HEIGHT[other] <= HEIGHT[room], f"{room} is below {other}"
        assert other not in ASIDE or room in ("job", *ASIDE)


def test_every_path_of_the_page_is_there() -> None:
    """Modules below the package, and files of the checkout."""
    named = {span for span in spans(PAGE) if re.fullmatch(r"[\w/]+\.\w+", span)}
    assert len(named) > 15
    assert [n for n in named if not any((at / n).exists() for at in (PACKAGE, CHECKOUT))] == []
