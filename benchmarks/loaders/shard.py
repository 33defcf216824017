"""This project's own load into PostgreSQL: the whole of an organization, or a shard of it."""

import dlt

from benchmarks.loaders.job import answer, given_job
from workforce_source import load


def main() -> None:
    """Load once and tell the summary."""
    job = given_job()
    shard = tuple(job.settings["shard"])
    pipeline = dlt.pipeline(
        "workforce",
        pipelines_dir=job.folder,
        destination=dlt.destinations.postgres(job.database),
        dataset_name=job.settings["dataset"],
    )
    summary = load(
        pipeline,
        shard=shard,
        base_url=job.base_url,
        organization_id=job.organization_id,
        api_token=job.api_token,
        max_workers=job.connections,
    )
    answer(summary.as_dict())


if __name__ == "__main__":
    main()
