"""Tables every kind of reader can use: captions, scopes, and a place to scroll on a narrow screen.

What is in the cells is not known here.
"""

from collections.abc import Iterable, Sequence
from xml.etree.ElementTree import Element

from workforce_source.report.elements import Child, el, foreign

Cell = Child | tuple[Child, ...]


def table(
    name: str,
    caption: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    *,
    class_: str = "",
) -> Element:
    """Get a table whose first column names the rows.

    Args:
        name: Its id in the page.
        caption: What it shows, in a sentence.
        columns: Heads of the columns; those that begin with `#` hold numbers.
        rows: The cells of each row.
        class_: How it looks.
    """
    numeric = [column.startswith("#") for column in columns]
    heads = [
        el("th", column.lstrip("#"), scope="col", class_="n" if number else None)
        for column, number in zip(columns, numeric, strict=True)
    ]
    body = [
        el(
            "tr",
            *(
                el("td" if place else "th", *_children(cell), **_attributes(place, number))
                for place, (cell, number) in enumerate(zip(row, numeric, strict=True))
            ),
        )
        for row in rows
    ]
    return scrolled(
        name,
        el(
            "table",
            el("caption", caption, id=f"{name}-caption"),
            el("thead", el("tr", *heads)),
            el("tbody", *body),
            class_=class_ or None,
        ),
    )


def scrolled(name: str, made: Element) -> Element:
    """Get a table in a region that scrolls sideways and can be reached with the keyboard."""
    return el(
        "div", made, class_="scroll", role="region", aria_labelledby=f"{name}-caption", tabindex=0
    )


def names(texts: Sequence[str], limit: int = 8) -> tuple[Child, ...]:
    """Get names other people wrote, commas between them."""
    made: list[Child] = []
    for text in texts[:limit]:
        made += [", ", foreign(text)] if made else [foreign(text)]
    if len(texts) > limit:
        made.append(f" and {len(texts) - limit} more")
    return tuple(made)


def _children(cell: Cell) -> tuple[Child, ...]:
    return cell if isinstance(cell, tuple) else (cell,)


def _attributes(place: int, number: bool) -> dict[str, str]:
    attributes = {} if place else {"scope": "row"}
    return {**attributes, "class_": "n"} if number else attributes
