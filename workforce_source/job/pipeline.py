"""The pipeline of the main job: its destination found and configured before any request.

What is wrong with a destination is said here, in our words. What may not be in here: the tables.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import dlt
from dlt.common.configuration.exceptions import (
    ConfigFieldMissingException,
    ConfigurationException,
    LookupTraces,
)
from dlt.common.destination.exceptions import UnknownDestinationModule
from dlt.common.exceptions import MissingDependencyException

from workforce_source.destination import client_of, connect, is_a, kind_of, require_usable
from workforce_source.destination.duckdb_file import prepare_file
from workforce_source.exceptions import ConfigError, DestinationError
from workforce_source.job.working_folder import own_pipelines_dir
from workforce_source.marts.paths import require_working_folder

SANDBOX_SUFFIX = "_sandbox"
"""Ends the names of pipelines that load invented people, whose state is kept apart."""
SANDBOX_FILE = "sandbox.duckdb"
"""Where they are loaded, unless somebody names another place."""

_EXTRAS = ("bigquery", "databricks", "duckdb", "postgres", "redshift", "snowflake")
"""Destinations that have an extra of this package; dlt has extras for more."""


class JobPipeline:
    """dlt's pipeline of one run, and the DuckDB file it loads into, if it is one.

    Args:
        name: Name of the pipeline.
        parts: End its name: the organization of several it loads, and which shard of it.
        destination: dlt's name of the destination, or of one your configuration names.
        dataset: Dataset or schema.
        pipelines_dir: Where dlt keeps its working files; None for dlt's own place.
        sandbox: Whether the people are invented.

    Attributes:
        pipeline: dlt's pipeline.
        file: The DuckDB file; None elsewhere.
        dataset: The dataset, as it was given.

    Raises:
        ConfigError: There is no such destination, or it lacks settings or packages.
        DestinationError: A directory cannot be written.
    """

    def __init__(
        self,
        *,
        name: str,
        parts: Iterable[str] = (),
        destination: str,
        dataset: str,
        pipelines_dir: Path | None = None,
        sandbox: bool = False,
    ) -> None:
        self._sandbox = sandbox
        self._destination = destination
        self._directory = pipelines_dir and str(pipelines_dir.absolute())
        self.dataset = dataset
        context = dlt.current.run_context()
        here = Path(context.local_dir).absolute()
        # state and working files are those of one of several that may be loaded at once
        whole = "_".join([name, *parts])
        whole += SANDBOX_SUFFIX if sandbox else ""
        require_working_folder(Path(self._directory or context.get_data_entity("pipelines")), whole)
        self.pipeline, self.file = self._find(whole, destination, here)
        if whole != name and self.file == here / f"{whole}.duckdb":
            # nobody named a file, so it is the one that all organizations share
            file = here / (SANDBOX_FILE if sandbox else f"{name}.duckdb")
            self.pipeline, self.file = self._find(whole, dlt.destinations.duckdb(str(file)), here)
        if self._directory is None:
            shared = Path(self.pipeline.pipelines_dir)
            into = f"{self.kind} {self.file or self._place} {dataset}"
            own = own_pipelines_dir(shared, whole, into)
            if own != shared:
                self._directory = str(own)
                require_working_folder(own, whole)
                self.pipeline, self.file = self._find(whole, self.pipeline.destination, here)
        if self.file is not None and self.file.stem == dataset:
            raise ConfigError(
                f"DuckDB cannot tell the dataset {dataset} from the file {self.file.name}: they"
                " need different names. Choose another --dataset."
            )

    def __str__(self) -> str:
        """Say where it loads to, as people would."""
        place: Path | str = self.file or self._destination
        with suppress(ValueError):  # it lies elsewhere, or is no file
            place = Path(place).relative_to(Path.cwd())
        return f"{place}, dataset {self.dataset}"

    @property
    def kind(self) -> str:
        """What kind of destination it is, as dlt names it."""
        return kind_of(self.pipeline.destination)

    def prepare(self) -> bool:
        """Make sure a DuckDB file can be written; get whether it had to be made.

        Raises:
            DestinationError: It cannot.
        """
        return prepare_file(self.file) if self.file is not None else False

    def require_file(self) -> None:
        """Make sure there is something to read, where that is a DuckDB file.

        Raises:
            ConfigError: There is no such file.
        """
        if self.file is not None and not self.file.exists():
            invented = not self._sandbox and self.file.with_name(SANDBOX_FILE).exists()
            raise ConfigError(
                f"There is no file {self.file.name} to read. Run in the directory it is in, or load"
                " first."
                + (f" For the invented people in {SANDBOX_FILE} add --sandbox." if invented else "")
            )

    def refuse_mixture(self) -> None:
        """Keep invented people and real ones out of one dataset.

        Raises:
            ConfigError: The dataset has the other kind.
        """
        invented = {name.endswith(SANDBOX_SUFFIX) for name in self.names_in_dataset()}
        if self._sandbox and False in invented:
            raise ConfigError(
                f"{self} holds an organization that is not the sandbox's. Run --sandbox in another"
                " directory, or with another --dataset."
            )
        if not self._sandbox and True in invented:
            away = f"Remove {self.file}" if self.file else "Drop the dataset"
            raise ConfigError(
                f"{self} holds the invented people of --sandbox. {away}, or choose another with"
                " --dataset; then run again."
            )

    def names_in_dataset(self) -> list[str]:
        """Get the names of the pipelines that loaded into the dataset."""
        names: list[str] = []
        # a dataset that is not there, or cannot be read, is for the run itself to explain; drivers
        # raise errors of their own
        with suppress(Exception), connect(self.pipeline) as connection:
            table = connection.table("_dlt_pipeline_state")
            rows = connection.rows(f"SELECT DISTINCT pipeline_name FROM {table}")
            names += [name for (name,) in rows]
        return names

    def _find(self, name: str, destination: Any, here: Path) -> tuple[dlt.Pipeline, Path | None]:
        """Get a pipeline whose destination is configured, and its DuckDB file."""
        try:
            pipeline = dlt.pipeline(
                name,
                pipelines_dir=cast("str", self._directory),  # None is dlt's own place
                destination=_made(destination),
                dataset_name=self.dataset,
            )
            require_usable(pipeline.destination)  # before packages and settings are asked for
            # dlt goes back to the directory of the pipeline's first run; a file named without
            # its directory is meant to be in this one
            if "local_dir" in pipeline.destination.config_params:
                pipeline.destination.config_params["local_dir"] = str(here)
            config: Any = client_of(pipeline).config
        except UnknownDestinationModule:
            raise ConfigError(
                f"There is no destination {self._destination}. Some that there are: duckdb,"
                " postgres, snowflake, bigquery, databricks, redshift, motherduck."
            ) from None
        except MissingDependencyException as error:
            raise ConfigError(_missing_packages(self._destination, error.dependencies)) from None
        except ConfigFieldMissingException as error:
            raise ConfigError(_missing_settings(self._destination, error.traces)) from None
        except ConfigurationException as error:
            raise ConfigError(
                f"The configuration of the destination {self._destination} cannot be used"
                f" ({type(error).__name__}). Check [destination.{self._destination}] in"
                f" .dlt/secrets.toml and DESTINATION__{self._destination.upper()}__* in the"
                " environment."
            ) from None
        except OSError as error:
            folder = self._directory or dlt.current.run_context().get_data_entity("pipelines")
            raise DestinationError(
                f"dlt's working directory {folder} cannot be written"
                f" ({error.strerror}). Choose another with --pipelines-dir or DLT_DATA_DIR; then"
                " run again. Nothing was read."
            ) from None
        self._place = str(config)
        return pipeline, Path(config.credentials.database) if is_a(config, "duckdb") else None


def _made(destination: Any) -> Any:
    """Get a destination of dlt's by its name; whatever is no name of one as it is.

    Asked by name, dlt first imports whatever is called like the current directory, to look for a
    destination there.
    """
    if not isinstance(destination, str) or "." in destination:
        return destination
    kind = dlt.config.get(f"destination.{destination}.destination_type", str)
    name = (kind or destination).removeprefix("dlt.destinations.")
    factory = getattr(dlt.destinations, name, None)
    if not isinstance(factory, type):
        return destination
    return factory(destination_name=destination) if kind else factory()


def _missing_packages(destination: str, dependencies: Sequence[str]) -> str:
    ours = f"workforce-source[{destination}]" if destination in _EXTRAS else None
    wanted = ours or (dependencies[0] if dependencies else f"dlt[{destination}]")
    return (
        f"The destination {destination} needs packages that are not installed. Install them where"
        f" this runs, then run again:\n  pip install '{wanted}'"
    )


def _missing_settings(destination: str, traces: Mapping[str, Sequence[Any]]) -> str:
    names_by_section: dict[tuple[str, ...], list[str]] = {}
    for *section, name in _leaves(traces, ("destination", destination)):
        names_by_section.setdefault(tuple(section), []).append(name)
    return "\n".join(
        [
            f"The destination {destination} is not configured. Not set, under",
            *(
                f"  [{'.'.join(section)}] in .dlt/secrets.toml: {', '.join(names)}"
                for section, names in names_by_section.items()
            ),
            "or in the environment:",
            *(
                f"  {'__'.join((*section, name)).upper()}"
                for section, names in names_by_section.items()
                for name in names
            ),
        ]
    )


def _leaves(
    traces: Mapping[str, Sequence[Any]], above: tuple[str, ...]
) -> Iterator[tuple[str, ...]]:
    for name, tried in traces.items():
        inner = next((trace for trace in tried if isinstance(trace, LookupTraces)), None)
        if inner is None:
            yield (*above, name)
        else:  # of several kinds of credentials, the first
            yield from _leaves(inner.traces, (*above, name))
