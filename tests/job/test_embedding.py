"""The main job called by a program: again, in a thread, with nobody to hear what it says."""

from pathlib import Path

from tests.tools.main_job import account, run_python
from workforce_source.sandbox import Sandbox

CALLS = """
import sys, threading
from workforce_source.job import main
codes = []
def call():
    codes.append(main(["--no-marts", "--verbose"]))
thread = threading.Thread(target=call)
thread.start()
thread.join()
call()
heard, sys.stderr = sys.stderr, None
call()
sys.stderr = open("closed", "w")
sys.stderr.close()
call()
print("codes", *map(int, codes))
"""


def test_it_may_be_called_again_in_a_thread_and_without_standard_error(tmp_path: Path) -> None:
    """Each time once, and no line twice: notebooks, worker threads and schedulers do."""
    with Sandbox(employees=10, seed=7) as sandbox:
        done = run_python(tmp_path, "-c", CALLS, variables=account(sandbox))
    assert done.stdout.endswith("codes 0 0 0 0\n"), done.stderr
    assert done.stderr.count("employees: page 1 of 1") == 2
