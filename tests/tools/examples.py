"""How many examples a property is tried with: some in the normal run, many when asked for.

`SEARCH=1 python3 run.py -m pytest -m property` asks for many; .ci/run does not.
"""

import os


def examples(fast: int, search: int) -> int:
    """Get the examples of a property in this run.

    Args:
        fast: How many the normal run tries.
        search: How many a run with SEARCH=1 tries.
    """
    return search if os.environ.get("SEARCH") else fast
