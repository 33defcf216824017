"""Texts of CSV cells that a spreadsheet would take for formulas, told apart from them, and back.

A skill may be named `=cmd|...`, and who opens a file of suggestions in a spreadsheet would run it.
What may not be in here: which files there are.
"""

import re
from typing import Final

_FORMULA: Final = re.compile(r"'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
"""How a text begins that is a formula, or was one before it was written; wide signs are, too."""


def written(text: str) -> str:
    """Get what stands in a cell for a text."""
    return f"'{text}" if _FORMULA.match(text) else text


def meant(cell: str) -> str:
    """Get the text that a cell stands for, whoever wrote it."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell
