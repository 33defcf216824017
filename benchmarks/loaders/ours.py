"""This project's own load with its defaults; only the requests in flight are set."""

import dlt

from benchmarks.loaders.job import answer, given_job
from workforce_source import load


def main() -> None:
    """Load once and tell the summary."""
    job = given_job()
    pipeline = dlt.pipeline(
        "workforce",
        pipelines_dir=job.folder,
        destination=dlt.destinations.duckdb(job.database),
        dataset_name="workforce",
    )
    summary = load(
        pipeline,
        base_url=job.base_url,
        organization_id=job.organization_id,
        api_token=job.api_token,
        max_workers=job.connections,
        **job.settings,
    )
    answer(summary.as_dict())


if __name__ == "__main__":
    main()
