"""Writes nested dictionaries and lists as YAML that dbt and people read.

Only what the files of a dbt package need. A library's line breaks differ from release to release,
and the package is compared with what is committed byte for byte.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Final

Node = Mapping[str, "Node"] | Sequence["Node"] | str | int | float | bool

_PLAIN: Final = re.compile(r"[a-z_+][\w.+-]*")
_NOT_TEXT: Final = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}


def yaml_text(document: Mapping[str, Node]) -> str:
    """Get a document as YAML."""
    return "\n".join(_lines(document)) + "\n"


def _lines(node: Node) -> list[str]:
    """Get the lines of a mapping or sequence that stands in block form."""
    lines: list[str] = []
    if isinstance(node, Mapping):
        for key, value in node.items():
            if _is_block(value):
                lines.append(f"{_scalar(key)}:")
                lines += [f"  {line}" for line in _lines(value)]
            else:
                lines.append(f"{_scalar(key)}: {_inline(value)}")
    elif isinstance(node, Sequence) and not isinstance(node, str):
        for value in node:
            first, *rest = _lines(value) if _is_block(value) else [_inline(value)]
            lines += [f"- {first}", *(f"  {line}" for line in rest)]
    return lines


def _is_block(node: Node) -> bool:
    if isinstance(node, Mapping):
        return bool(node)
    if isinstance(node, str) or not isinstance(node, Sequence):
        return False
    return any(isinstance(value, Mapping | list | tuple) for value in node)


def _inline(node: Node) -> str:
    if isinstance(node, Mapping):
        return "{}"
    if isinstance(node, Sequence) and not isinstance(node, str):
        return f"[{', '.join(map(_inline, node))}]"
    return _scalar(node)


def _scalar(value: str | int | float | bool) -> str:
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value not in _NOT_TEXT:
        return value
    return json.dumps(value, ensure_ascii=False)
