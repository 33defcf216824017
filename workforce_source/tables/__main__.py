"""Writes docs/tables.md anew: `python -m workforce_source.tables FILE`.

The command only; what is written is in `pages.py`.
"""

import sys
from pathlib import Path

from workforce_source.tables.pages import write

if __name__ == "__main__":
    write(Path(sys.argv[1]))
