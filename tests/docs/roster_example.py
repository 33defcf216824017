"""Makes the example roster: the sandbox's people as a company's file would have them.

    python3 run.py -m tests.docs.roster_example workforce_source/roster/example.csv

A few differ from what Credly has, a few are new. A test compares the committed file with this.
"""

import csv
import io
import sys
from pathlib import Path

from tests.tools.rosters import plain_people
from workforce_source.job.roster import EMPLOYEES
from workforce_source.sandbox import Sandbox

COLUMNS = (
    *("external_id", "email", "first_name", "last_name", "department", "team"),
    *("position_title", "country"),
)
NEW = (
    ("P-9001", "ada.byron@meridian.example", "Ada", "Byron", "Engineering", "Platform"),
    ("P-9002", "grace.murray@meridian.example", "Grace", "Murray", "Engineering", "Platform"),
    ("P-9003", "emmy.n\u00f6ther@meridian.example", "Emmy", "N\u00f6ther", "Finance", ""),
)


def made() -> str:
    """The file."""
    people = plain_people(Sandbox(EMPLOYEES, seed=EMPLOYEES))
    rows = [{name: getattr(person, name) or "" for name in COLUMNS} for person in people]
    for row in rows[20:23]:
        row["team"] = "Platform"
    rows[23]["position_title"] = "Head of Learning, EMEA"
    rows[24]["department"], rows[24]["team"] = "Finance", "Treasury"
    unnumbered = next(row for row in rows[25:] if not row["external_id"])
    unnumbered["external_id"] = "P-9000"
    rows += [dict(zip(COLUMNS, person, strict=False)) for person in NEW]
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(made(), encoding="utf-8")
