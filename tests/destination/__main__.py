"""Runs every destination and writes the page of what came of it.

python3 run.py --lock requirements-destinations.lock -m tests.destination docs/destinations.md
"""

import os
import sys
import tempfile
from pathlib import Path

if __name__ == "__main__":
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    os.environ["DLT_DATA_DIR"] = tempfile.mkdtemp(prefix="dlt-")
    from tests.destination.engines import ENGINES
    from tests.destination.page import written
    from tests.destination.scenario import play, versioned
    from tests.tools import postgres

    path = Path(sys.argv[1])
    with postgres.serving() as url:
        outcomes = {
            versioned(engine, url): play(engine, url, f"page_{number}")
            for number, engine in enumerate(ENGINES)
        }
    path.write_text(written(path.read_text(encoding="utf-8"), outcomes), encoding="utf-8")
