"""The API token read once more, where it was replaced while a run goes on.

What may not be in here: when it is read, and the API.
"""

from collections.abc import Sequence
from typing import Final

import dlt

from workforce_source.organizations import values_of

_NAME: Final = "api_token"
_HINTS: Final = {_NAME: str}


def read_token_anew(known: str, sections: Sequence[tuple[str, ...]]) -> str | None:
    """Get the token that stands in the environment or in `secrets.toml` now.

    Args:
        known: The token of the run; of one that was given in code, nobody keeps another.
        sections: Where it may stand, and nowhere else: what lies around them is other programs'.

    Returns:
        The token; None where `known` came from elsewhere.
    """
    # dlt reads its files once; what it has read tells where the token came from
    if all(values_of(section, _HINTS).get(_NAME) != known for section in sections):
        return None
    fresh = dlt.current.run_context().initial_providers()
    found = (values_of(section, _HINTS, fresh).get(_NAME) for section in sections)
    return next(filter(None, found), None)
