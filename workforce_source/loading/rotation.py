"""The API token read once more, where it was replaced while a run goes on.

What may not be in here: when it is read, and the API.
"""

from itertools import accumulate

import dlt

from workforce_source.settings import SECTION

_NAME = "api_token"


def read_token_anew(known: str, section: tuple[str, ...] = ("sources", SECTION)) -> str | None:
    """Get the token that stands in the environment or in `secrets.toml` now.

    Args:
        known: The token of the run; of one that was given in code, nobody keeps another.
        section: Where it stands, or in a section around.

    Returns:
        The token; None where `known` came from elsewhere.
    """
    # dlt reads its files once; what it has read tells where the token came from
    read = [dlt.secrets.get(".".join((*some, _NAME)), str) for some in _around(section)]
    if known not in read:
        return None
    for provider in dlt.current.run_context().initial_providers():
        for some in _around(section):
            found, _ = provider.get_value(_NAME, str, None, *some)
            if found:
                return str(found)
    return None


def _around(section: tuple[str, ...]) -> list[tuple[str, ...]]:
    return list(accumulate(((name,) for name in section), initial=()))[::-1]
