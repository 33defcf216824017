"""Writes the report of marts that are built: `python -m workforce_source.report`.

The command only; what is written is in the modules beside this one.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import dlt

from workforce_source.exceptions import WorkforceError
from workforce_source.marts.paths import require_working_folder
from workforce_source.report.reading import HORIZON
from workforce_source.report.writing import write_report
from workforce_source.small_groups import MODES, SMALL


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the report and get the exit code."""
    parsing = argparse.ArgumentParser(
        prog="python -m workforce_source.report",
        description="Writes one HTML file about an organization's skills from its marts.",
        allow_abbrev=False,
    )
    parsing.add_argument("file", metavar="FILE", help="the report to write: report.html")
    parsing.add_argument(
        "--from", dest="published", metavar="FILE", help="a published DuckDB file to read"
    )
    parsing.add_argument("--pipeline", default="workforce", help="the pipeline's name (workforce)")
    parsing.add_argument("--destination", help="where the pipeline loaded to (duckdb)")
    parsing.add_argument("--dataset", default="credly", help="its dataset (credly)")
    parsing.add_argument("--pipelines-dir", metavar="DIR", help="where dlt keeps its working files")
    parsing.add_argument("--organization", metavar="ID", help="where the marts hold several")
    parsing.add_argument("--company", metavar="NAME", help="what to call it where no seed does")
    parsing.add_argument("--with-names", action="store_true", help="name people")
    parsing.add_argument(
        "--small-groups",
        choices=MODES,
        default="round",
        help="what is told of few people: numbers to the nearest five, less, or all (round)",
    )
    parsing.add_argument(
        "--smallest-group",
        type=int,
        default=SMALL,
        metavar="N",
        help="known people a group needs to have figures, 5 or more (5)",
    )
    parsing.add_argument(
        "--horizon", type=int, default=HORIZON, metavar="DAYS", help="how far to look ahead (90)"
    )
    given = parsing.parse_args(arguments)
    try:
        written = write_report(
            _source(given),
            given.file,
            organization_id=given.organization,
            with_names=given.with_names,
            small_groups=given.small_groups,
            smallest_group=given.smallest_group,
            horizon=given.horizon,
            company=given.company,
        )
    except WorkforceError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    print(f"Wrote {written} ({written.stat().st_size / 1000:.0f} KB).")
    return 0


def _source(given: argparse.Namespace) -> Any:
    if given.published is not None:
        return Path(given.published)
    if given.pipelines_dir is not None:
        require_working_folder(Path(given.pipelines_dir), given.pipeline)
    return dlt.pipeline(
        given.pipeline,
        destination=given.destination or "duckdb",
        dataset_name=given.dataset,
        pipelines_dir=given.pipelines_dir,
    )


if __name__ == "__main__":
    sys.exit(main())
