"""One step with the marts of a DuckDB file, as a process: `python -m benchmarks.building`.

Does one thing and says what it took; what it should take is not known here.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import dlt

from benchmarks.population import DATASET, targets
from workforce_source.marts import MartsResult, Seeds, build_marts, publish, run_checks


def main(database: str, step: str, day: str) -> None:
    """Do a step and print its figures as JSON.

    Args:
        database: The DuckDB file.
        step: One of `STEPS`.
        day: The UTC date it is done on.
    """
    path = Path(database)
    pipeline = dlt.pipeline(
        "bench",
        destination=dlt.destinations.duckdb(database),
        dataset_name=DATASET,
        pipelines_dir=str(path.with_suffix(".state")),
    )
    started, used = time.monotonic(), _used()
    told = STEPS[step](pipeline, date.fromisoformat(day), path)
    taken = {"wall": time.monotonic() - started, "cpu": _used() - used, **told}
    taken["size"] = path.stat().st_size
    print(json.dumps(taken))


def _used() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def _build(
    pipeline: dlt.Pipeline, day: date, _path: Path, *, as_views: bool = False
) -> dict[str, Any]:
    seeds = Seeds(targets=targets())
    result: MartsResult = build_marts(
        pipeline, as_of=day, today=day, seeds=seeds, as_views=as_views
    )
    return {"rows": result.rows}


def _views(pipeline: dlt.Pipeline, day: date, path: Path) -> dict[str, Any]:
    return _build(pipeline, day, path, as_views=True)


def _check(pipeline: dlt.Pipeline, day: date, _path: Path) -> dict[str, Any]:
    return {"checks": len(run_checks(pipeline, as_of=day))}


def _publish(pipeline: dlt.Pipeline, _day: date, path: Path) -> dict[str, Any]:
    return {"published": publish(pipeline, path.with_suffix(".bi")).stat().st_size}


STEPS: dict[str, Callable[[dlt.Pipeline, date, Path], dict[str, Any]]] = {
    "tables": _build,
    "views": _views,
    "checks": _check,
    "publish": _publish,
}
"""What can be done, by name."""

if __name__ == "__main__":
    os.environ.setdefault("RUNTIME__DLTHUB_TELEMETRY", "false")
    main(*sys.argv[1:])
