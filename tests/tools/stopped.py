"""The main job, halted at a given point as if the destination had stopped answering.

Run as a script with the point as one JSON text in `HALT_AT`; says HALTED on standard output when it
is there, and stays there. Only the thread that came to the point is halted.
"""

import json
import os
import sys
import threading

from tests.tools.killed import Executioner, Point
from workforce_source.job import main

HALTED = "halted"


def halt() -> None:
    """Say so, and let this thread do nothing any more."""
    sys.stdout.write(f"{HALTED}\n")
    sys.stdout.flush()
    threading.Event().wait()


if __name__ == "__main__":
    folder = os.path.join(os.environ["DLT_DATA_DIR"], "pipelines")  # noqa: PTH118  # a prefix
    point = Point(**json.loads(os.environ["HALT_AT"]))
    sys.addaudithook(Executioner(folder, point, end=halt))
    sys.exit(main(pipeline_name="workforce", destination="duckdb", dataset_name="credly"))
