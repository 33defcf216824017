"""How many examples a property is tried with: some in the normal run, many in the search.

`SEARCH=1 python3 run.py -m pytest -m "search or property"` is the search.
"""

import os

SHARE = 6
"""The normal run tries one of so many examples."""


def examples(most: int) -> int:
    """Get the examples of a property in this run.

    Args:
        most: How many the search tries.
    """
    return most if os.environ.get("SEARCH") else -(-most // SHARE)
