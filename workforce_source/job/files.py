"""The files a run is to write, looked at before the first request.

Nothing is written here, and no file of one flag may be that of another.
"""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import dlt

from workforce_source.job.pipeline import JobPipeline
from workforce_source.marts.paths import files_of, refuse_input, require_place
from workforce_source.marts.publish import require_name
from workforce_source.marts.seeds import FILES
from workforce_source.skills import files_of_library

_OUTPUTS: Final = {
    "--skill-review": "csv",
    "--publish": "duckdb",
    "--publish-safe": "duckdb",
    "--report": "html",
}
"""Flags that name a file to write, and its kind."""


def look_at_files(given: argparse.Namespace, job: JobPipeline) -> None:
    """Make sure that every file can be written, and that none of them destroys another.

    Args:
        given: The flags.
        job: Where the run loads to.

    Raises:
        ConfigError: An output names an input, another output, a folder or somebody else's file.
        DestinationError: A folder is not there or cannot be written.
    """
    kept = dict(_inputs(given, job))
    for flag, kind in _OUTPUTS.items():
        path: Path | None = getattr(given, flag[2:].replace("-", "_"))
        if path is None:
            continue
        refuse_input(path, flag, kept)
        require_place(path, flag, kind)
        kept[flag] = list(files_of(path)) if kind == "duckdb" else [path]
        if kind == "duckdb":
            require_name(path, job.pipeline.dataset_name)


def _inputs(given: argparse.Namespace, job: JobPipeline) -> Iterable[tuple[str, Iterable[Path]]]:
    if job.file is not None:
        yield "the destination", list(files_of(job.file))
    context = dlt.current.run_context()
    folders = Path(context.settings_dir), Path(context.global_dir)
    yield (
        "dlt's settings",
        [folder / f"{name}.toml" for folder in folders for name in ("config", "secrets")],
    )
    directory = Path(job.pipeline.pipelines_dir)
    yield (
        "dlt's working files",
        [Path(job.pipeline.working_dir), *directory.glob("*.workforce.lock")],
    )
    script = Path(sys.argv[0])
    yield "the main job", [script] if script.is_file() else []
    if given.refresh is not None:
        yield "--refresh", [given.refresh]
    if given.seeds is not None:
        yield "--seeds", [file for name in FILES if (file := given.seeds / name).exists()]
    if given.skill_library is not None:
        yield "--skill-library", files_of_library(given.skill_library)
