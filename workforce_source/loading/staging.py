"""The staging dataset of one run: named, merged through, and dropped.

dlt copies the rows of a load package into `<dataset>_staging` and merges them from there. Runs
that share it truncate and merge each other's rows, and nothing fails: rows are missing, doubled,
or those of before.

What may not be in here: which rows there are, and which run may load.
"""

import copy
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import dlt
from dlt.common.destination.client import DestinationClientDwhConfiguration

from workforce_source.settings import SECTION

_RECORDED: Final = "workforce_staging"
"""Key of the local state that has the name a pipeline's pending packages merge through."""
_LONGEST: Final = 63
"""Characters of a name where a destination does not say how many it takes."""


@contextmanager
def own_staging(pipeline: dlt.Pipeline) -> Iterator[None]:
    """Have the load packages within merge through a staging dataset no other run has.

    A `staging_dataset_name_layout` of your own stands: you may have no right to create others.

    Args:
        pipeline: The pipeline that loads meanwhile.
    """
    with merged_through(pipeline, _new_name(pipeline)):
        yield


@contextmanager
def merged_through(pipeline: dlt.Pipeline, name: str | None) -> Iterator[None]:
    """Have dlt merge through a staging dataset of this name, by a destination of the run's own.

    The destination you gave the pipeline is not touched: others may load with it meanwhile.

    Args:
        pipeline: The pipeline that loads meanwhile.
        name: The dataset; None for the one dlt would take.
    """
    given = pipeline.destination
    own = copy.copy(given)
    own.config_params, own.caps_params = dict(given.config_params), dict(given.caps_params)
    if name is not None:
        # before dlt makes it: only what is recorded is ever dropped
        pipeline.set_local_state_val(_RECORDED, name)
        own.config_params["staging_dataset_name_layout"] = name
    pipeline.destination = own
    try:
        yield
    finally:
        pipeline.destination = given


def recorded_staging(pipeline: dlt.Pipeline) -> str | None:
    """Get the staging dataset that a run of this pipeline has recorded and not yet dropped.

    Rows of its pending load packages may be there and nowhere else.
    """
    try:
        name: str | None = pipeline.get_local_state_val(_RECORDED)
    except KeyError:
        return None
    return name


def drop_staging(pipeline: dlt.Pipeline) -> None:
    """Drop the staging dataset that is recorded, if it is there: it holds nothing but copies."""
    name = recorded_staging(pipeline)
    if name is None:
        return
    with (
        pipeline.sql_client(_schema(pipeline)) as client,
        client.with_alternative_dataset_name(name),
    ):
        if client.has_dataset():
            client.drop_dataset()


def forget_staging(pipeline: dlt.Pipeline) -> None:
    """Drop the staging dataset that is recorded for good: nothing is merged through it any more."""
    if recorded_staging(pipeline) is not None:
        drop_staging(pipeline)
        pipeline.set_local_state_val(_RECORDED, None)


def _new_name(pipeline: dlt.Pipeline) -> str | None:
    client: Any = pipeline.destination_client(_schema(pipeline))
    config = client.config
    if not isinstance(config, DestinationClientDwhConfiguration):
        return None
    if config.staging_dataset_name_layout != type(config).staging_dataset_name_layout:
        return None
    ending = f"_stg_{secrets.token_hex(6)}"
    room = (client.capabilities.max_identifier_length or _LONGEST) - len(ending)
    return config.normalize_dataset_name(client.schema)[:room].rstrip("_") + ending


def _schema(pipeline: dlt.Pipeline) -> str:
    return SECTION if SECTION in pipeline.schema_names else ""
