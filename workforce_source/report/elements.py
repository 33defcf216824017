"""HTML elements, put together as a tree and written by the standard library, which escapes them.

Nothing of the report is known here. Names come from elsewhere and may hold anything: they reach the
page as text of an element or value of an attribute only.
"""

import re
from xml.etree.ElementTree import Element, tostring

Child = Element | str | None
_NO_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""Characters HTML has no place for."""


def el(name: str, /, *children: Child, **attributes: str | int | bool | None) -> Element:
    """Get an element; strings become text, None is left out.

    Args:
        name: Name of the element.
        *children: What is in it.
        **attributes: Its attributes; a trailing `_` is dropped, other `_` become `-`.
    """
    made = Element(name)
    for key, value in attributes.items():
        if value is not None and value is not False:
            text = key if value is True else _clean(str(value))
            made.set(key.rstrip("_").replace("_", "-"), text)
    last: Element | None = None
    for child in children:
        if isinstance(child, str):
            if last is None:
                made.text = (made.text or "") + _clean(child)
            else:
                last.tail = (last.tail or "") + _clean(child)
        elif child is not None:
            made.append(child)
            last = child
    return made


def section(name: str, title: str, *children: Child) -> Element:
    """Get a section of the page with its heading."""
    return el(
        "section",
        el("h2", title, id=f"{name}-title"),
        *children,
        id=name,
        aria_labelledby=f"{name}-title",
    )


def foreign(text: str) -> Element:
    """Get a name somebody else wrote, whatever direction it is read in."""
    return el("bdi", text or "(no name)")


def document(root: Element) -> str:
    """Write a whole document."""
    return "<!doctype html>\n" + tostring(root, encoding="unicode", method="html") + "\n"


def _clean(text: str) -> str:
    return _NO_TEXT.sub("\N{REPLACEMENT CHARACTER}", text)
