"""Runs one command and writes down what its whole process took: time, processor time, memory.

Imports the standard library only, and little of it: a child's peak memory counts from that of the
process that started it, so whoever measures a child has to be smaller than the child.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from threading import Timer


def main(figures: str, seconds: str, *command: str) -> int:
    """Run a command, write its figures as JSON, and get its exit code.

    Args:
        figures: The file to write: `wall` and `cpu` in seconds, `peak` in bytes.
        seconds: The command is ended after so many.
        *command: The program and its arguments.
    """
    started = time.perf_counter()
    child = subprocess.Popen(command)
    too_late = Timer(float(seconds), child.kill)
    too_late.start()
    # not child.wait(): only wait4 says what this one child used
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - started
    too_late.cancel()
    child.returncode = os.waitstatus_to_exitcode(status)
    unit = 1 if sys.platform == "darwin" else 1024
    taken = {
        "wall": wall,
        "cpu": usage.ru_utime + usage.ru_stime,
        "peak": usage.ru_maxrss * unit,
    }
    Path(figures).write_text(json.dumps(taken), encoding="utf-8")
    return child.returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
