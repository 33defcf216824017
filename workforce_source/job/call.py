"""One call of the main job: what its flags and its caller ask for, and what follows from both.

Settings and pipelines are got here, for the whole and for one organization of several. What may
not be in here: what is done with them.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workforce_source.exceptions import ConfigError

if TYPE_CHECKING:
    import requests

    from workforce_source.job.pipeline import JobPipeline
    from workforce_source.settings import Settings


@dataclass(frozen=True)
class Call:
    """What the main job was asked for.

    Attributes:
        given: The flags.
        name: Name of the pipeline.
        settings: Settings of the source that win over configuration.
        session: Sends the requests; libcurl unless given.
    """

    given: argparse.Namespace
    name: str
    settings: Mapping[str, Any]
    session: requests.Session | None = None

    def with_settings(self, settings: Mapping[str, Any]) -> Call:
        """Get the same call with some settings more."""
        return replace(self, settings={**self.settings, **settings})

    def elsewhere(self, dataset: str, pipelines_dir: Path) -> Call:
        """Get the same call for another dataset and working directory."""
        others = {"dataset": dataset, "pipelines_dir": pipelines_dir}
        return replace(self, given=argparse.Namespace(**{**vars(self.given), **others}))

    def pipeline(self, organization: str | None = None) -> JobPipeline:
        """Get the pipeline of all, or that of one organization, which is never another's.

        Raises:
            ConfigError: The destination cannot be used.
            DestinationError: A directory cannot be written.
        """
        from workforce_source.job.pipeline import JobPipeline

        return JobPipeline(
            name=self.name,
            parts=[
                *filter(None, [organization]),
                *(f"shard{one.number}of{one.of}" for one in [self.given.shard] if one),
            ],
            destination=self.given.destination,
            dataset=self.given.dataset,
            pipelines_dir=self.given.pipelines_dir,
            sandbox=self.given.sandbox,
        )

    def organizations(self) -> Mapping[str | None, str | None]:
        """Get the ids of the organizations that are asked for, by their names, in their order.

        The one organization of a configuration without sections has no name.

        Raises:
            ConfigError: There is no such organization, or the sections cannot be used.
        """
        from workforce_source.settings import organization_ids

        own, wanted = self.settings.get("organization_id"), self.given.organization or ()
        alone = self.given.sandbox or (own and not wanted)
        ids = {} if alone else organization_ids(wanted)
        if not ids and self.given.parallel:
            raise ConfigError(
                "--parallel is for several organizations, and the configuration has no sections"
                " [sources.workforce.organizations.NAME]: leave it out."
            )
        return {name: ids[name] for name in ids} if ids else {None: own}

    def resolve(self, organization: str | None) -> Settings:
        """Get the settings of a run.

        Raises:
            ConfigError: One is missing, unknown or out of its range.
        """
        from workforce_source.settings import resolve_settings

        return resolve_settings(self.settings, organization)
