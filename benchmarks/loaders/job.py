"""What every loader is told, and the one line it answers; nothing is loaded here."""

import json
import sys
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Job:
    """One load to do.

    Attributes:
        base_url: Address of the API, its version included.
        organization_id: The organization to load.
        api_token: User name of HTTP Basic.
        connections: Requests that may be in flight at once.
        folder: Where the loader may keep what it needs between two loads.
        database: The DuckDB file to load into.
        settings: Settings of this project's own load beside those above.
    """

    base_url: str
    organization_id: str
    api_token: str
    connections: int
    folder: str
    database: str
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def organization(self) -> str:
        """Address of the organization, under which everything is read."""
        return f"{self.base_url}/organizations/{self.organization_id}"

    def to_argument(self) -> str:
        """Get the job as the argument of a loader's command."""
        return json.dumps(asdict(self))


def given_job() -> Job:
    """Get the job this command was started with."""
    return Job(**json.loads(sys.argv[1]))


def answer(facts: dict[str, Any]) -> None:
    """Tell whoever started this command what the load says of itself."""
    print(json.dumps(facts))
