"""A load as a task of a scheduler: on any worker, with no state on its disk, told in plain values.

What the factories for orchestrators share. What may not be in here: an orchestrator, its retries
and its states, and whatever only a command may do (signals, handlers, `os.environ`).
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import dlt

from workforce_source.destination import client_of, is_a
from workforce_source.exceptions import ConfigError
from workforce_source.exit_codes import ExitCode, meaning_of
from workforce_source.job.row_counts import count_rows
from workforce_source.loading.load import load
from workforce_source.loading.summary import Summary
from workforce_source.marts import CheckResult, MartsResult, Seeds, build_marts, run_checks
from workforce_source.settings import organization_names, resolve_settings

ONLY: Final = "THE_ONLY_ONE"
"""Stands for the organization of a configuration without sections; no section can be named so."""


def organization_keys() -> tuple[str, ...]:
    """Get the names of the organizations of the configuration; `ONLY` where they have no sections.

    Raises:
        ConfigError: A name cannot be used, or two are of the same organization.
    """
    return organization_names() or (ONLY,)


@dataclass(frozen=True)
class Loaded:
    """What a load did.

    Attributes:
        organization: Whose it was, by the name in the configuration, or `ONLY`.
        started: When it began: lists are at least as fresh.
        summary: Its figures.
        rows: Live rows of the organization by table; empty where they cannot be counted.
    """

    organization: str
    started: datetime
    summary: Summary
    rows: Mapping[str, int]

    @property
    def meaning(self) -> str:
        """What its exit code means, for people."""
        return meaning_of(self.summary.exit_code)

    def as_dict(self) -> dict[str, Any]:
        """Get the same as plain values, which JSON has."""
        return {
            "organization": self.organization,
            "meaning": self.meaning,
            "in_destination": dict(self.rows),
            **self.summary.as_dict(),
        }


@dataclass(frozen=True)
class Made:
    """What was made of the tables.

    Attributes:
        marts: The marts.
        checks: What every check found, errors first.
    """

    marts: MartsResult
    checks: list[CheckResult]

    @property
    def exit_code(self) -> int:
        """0, or 4 when a check says that figures are not to be trusted."""
        failed = any(check.failed for check in self.checks)
        return ExitCode.UNTRUSTED if failed else ExitCode.LOADED

    def as_dict(self) -> dict[str, Any]:
        """Get the same as plain values, which JSON has."""
        return {
            "exit_code": int(self.exit_code),
            "meaning": meaning_of(self.exit_code),
            "as_of": self.marts.as_of.isoformat(),
            "seconds": round(self.marts.seconds, 3),
            "rows": self.marts.rows,
            "checks": {check.name: check.offenders for check in self.checks},
        }


@dataclass(frozen=True)
class Dataset:
    """A dataset that organizations are loaded into.

    Attributes:
        destination: dlt's destination, or its name; a file of DuckDB with its path.
        dataset_name: Dataset or schema.
        settings: Settings that win over configuration, for every organization; see `Settings`.
        seeds: What the company filled in for the marts.
    """

    destination: Any
    dataset_name: str = "credly"
    settings: Mapping[str, Any] = field(default_factory=dict, repr=False)
    seeds: Seeds = field(default_factory=Seeds, repr=False)

    def load(self, organization: str = ONLY) -> Loaded:
        """Load an organization, from any thread, process or machine.

        Args:
            organization: Its name, one of `organization_keys()`.

        Raises:
            WorkforceError: As `load`; its `exit_code` is 1, or 2 where no repetition helps.
        """
        name = None if organization == ONLY else organization
        whose = resolve_settings(self.settings, name).organization_id
        started = datetime.now(UTC)
        with self.pipeline(organization) as pipeline:
            summary = load(pipeline, organization=name, **self.settings)
            rows = count_rows(pipeline, whose)
        return Loaded(organization, started, summary, {} if rows is None else rows.by_table)

    def make_marts(self) -> Made:
        """Build the marts of all organizations in the dataset, and check the data.

        Raises:
            ConfigError: Nothing is loaded, or loads read a part of an organization only.
            DestinationError: The destination refused.
        """
        for organization in organization_keys():
            name = None if organization == ONLY else organization
            resolved = resolve_settings(self.settings, name)
            if resolved.window or resolved.employee_filter:
                raise ConfigError(
                    "The marts are not built: a load with a window or a filter reads a part of the"
                    f" organization ({organization}). Remove end_date and employee_filter, or give"
                    " such loads a dataset of their own."
                )
        with self.pipeline("marts") as pipeline:
            return Made(build_marts(pipeline, seeds=self.seeds), run_checks(pipeline))

    @contextmanager
    def pipeline(self, name: str) -> Iterator[dlt.Pipeline]:
        """Get a pipeline whose working files are gone afterwards: the destination is the memory.

        Args:
            name: Ends its own name, and keeps its state apart from that of others.

        Raises:
            ConfigError: It would have a DuckDB file for itself.
        """
        with TemporaryDirectory(prefix="workforce-") as folder:
            pipeline = dlt.pipeline(
                f"workforce_{name.lower()}",
                pipelines_dir=folder,
                destination=self.destination,
                dataset_name=self.dataset_name,
            )
            config: Any = client_of(pipeline).config
            if is_a(config, "duckdb") and (
                Path(config.credentials.database).stem == pipeline.pipeline_name
            ):
                raise ConfigError(
                    "Say which DuckDB file all organizations are loaded into, or each would get one"
                    " of its own: dlt.destinations.duckdb('/data/workforce.duckdb') in code, or"
                    " credentials = '/data/workforce.duckdb' under [destination.duckdb]."
                )
            yield pipeline
