"""What a client is made with: where the API is, and how much may be asked of it.

What may not be in here: credentials, and anything that changes while a client works.
"""

from dataclasses import dataclass

from workforce_source.exceptions import ConfigError


class Complete:
    """What can only be used whole: no part of it may be empty."""

    def __post_init__(self) -> None:
        missing = [name for name, value in vars(self).items() if not value]
        if missing:
            raise ConfigError(
                f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not set. Settings"
                " stand in .dlt/config.toml, and secrets in .dlt/secrets.toml, both under"
                " [sources.workforce]."
            )


@dataclass(frozen=True)
class Address(Complete):
    """One organization of one API.

    Attributes:
        base_url: Address of the API, its version included.
        organization_id: The organization to read.

    Raises:
        ConfigError: One of them is missing.
    """

    base_url: str
    organization_id: str


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is asked of the API at once, and how long it is waited for.

    Attributes:
        max_workers: Requests in flight at most.
        requests_per_second: Requests a second at most; `None` adapts to what the API grants.
        connect_timeout: Seconds to wait for a connection.
        read_timeout: Seconds to wait for the next bytes of an answer.
        give_up_after: Seconds one request is retried.
        first_answer_within: Seconds an address is tried that never answered as the API does.
        max_pause: Longest pause in seconds that the API can ask for.
    """

    max_workers: int = 8
    requests_per_second: float | None = None
    connect_timeout: float = 10.0
    read_timeout: float = 60.0
    give_up_after: float = 900.0
    first_answer_within: float = 15.0
    max_pause: float = 300.0
