"""Writes the answers of a page of questions anew.

python3 run.py -m tests.questions docs/questions.md
"""

import sys
from pathlib import Path

from tests.questions.asking import answer
from tests.questions.organization import organization
from tests.questions.page import answered

if __name__ == "__main__":
    path = Path(sys.argv[1])
    with organization() as told:
        text = answered(path.read_text(encoding="utf-8"), lambda sql: answer(told.pipeline, sql))
    path.write_text(text, encoding="utf-8")
