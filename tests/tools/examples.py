"""How many examples a property is tried with: some in the normal run, many in the search.

`SEARCH=1 python3 run.py -m pytest -m "search or property"` is the search.
"""

import os


def examples(fast: int, search: int) -> int:
    """Get the examples of a property in this run.

    Args:
        fast: How many the normal run tries.
        search: How many the search tries.
    """
    return search if os.environ.get("SEARCH") else fast
