"""The page: figures, handed to the templates and written as one HTML document.

No markup and no figure is made here. The templates are in `templates/`; all they print is escaped,
and a name they misspell ends the run instead of leaving a gap.
"""

import base64
import hashlib
import re
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from workforce_source.report import wording
from workforce_source.report.figures import Figures
from workforce_source.report.history import history

_NO_TEXT: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
"""Characters HTML has no place for; a name somebody else wrote may hold them."""


def digest(style: str) -> str:
    """Get what names a style sheet in the policy of the page, which allows no other."""
    return base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()


def templates() -> Environment:
    """Get what reads the templates: it escapes, and knows the words of the report as filters."""
    made = Environment(
        loader=PackageLoader("workforce_source.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters.update({word.__name__: word for word in (*wording.WORDS, digest)})
    return made


_TEMPLATES: Final = templates()


def page(figures: Figures) -> str:
    """Get the report as one HTML document; the same figures give the same bytes."""
    made = _TEMPLATES.get_template("page.html")
    html = made.render(figures=figures, history=history(figures.trends))
    return _NO_TEXT.sub("\N{REPLACEMENT CHARACTER}", html)
