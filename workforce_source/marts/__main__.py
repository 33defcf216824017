"""Brings the made part of docs/marts.md up to date: `python -m workforce_source.marts FILE`.

The command only; what is written is in `pages.py`.
"""

import sys
from pathlib import Path

from workforce_source.marts.pages import rewrite

if __name__ == "__main__":
    rewrite(Path(sys.argv[1]))
