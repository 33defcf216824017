"""What a kill left half done among dlt's files: ended or removed, before dlt meets it.

dlt makes, renames and removes files between all of its steps. Some of what a kill leaves in between
it fails on for ever, and some, rows among it, it would keep for ever.

What may not be in here: packages that are whole.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from shutil import rmtree
from typing import Final

import dlt
from dlt.common.storages import PackageStorage

_FOR_NOW: Final = re.compile(r"[0-9a-f]{16}")
"""What dlt calls a file until it has the name it is written for, and a folder it extracts into."""
_FOLDERS: Final = (
    *("", "schemas", "normalize", "normalize/extracted"),
    *("load", "load/new", "load/normalized"),
)
"""Where dlt makes them. In that of schemas it takes every file for one."""


def end_half_done(pipeline: dlt.Pipeline) -> None:
    """End or remove what a kill left half done.

    Args:
        pipeline: The pipeline, which no other run uses.
    """
    for path in list(_names_for_now(Path(pipeline.working_dir))):
        if path.is_dir():
            rmtree(path)
        else:
            path.unlink()
    if pipeline.default_schema_name not in {None, *pipeline.schemas.list_schemas()}:
        # while it goes back to schemas of before, dlt has none, and later fails to find them for
        # ever; the destination has them, and the state, too
        refresh = pipeline.refresh
        pipeline.drop()
        pipeline.refresh = refresh
    load, extracted = pipeline._get_load_storage(), pipeline._get_normalize_storage()
    if load.is_storage_ready():  # dlt calls it that before it has made the folders in it
        load.initialize_storage()
    normalized = pipeline.list_normalized_load_packages()
    for load_id in pipeline.list_extracted_load_packages():
        # dlt commits a normalized package, then deletes the extracted one it was made from; killed
        # in between, every later run fails to commit it again ("Directory not empty")
        if load_id in normalized or not _is_whole(extracted.extracted_packages, load_id):
            extracted.extracted_packages.delete_package(load_id)
    if not load.is_storage_ready():
        return
    for load_id in load.new_packages.list_packages():  # are made anew of the extracted ones
        load.new_packages.delete_package(load_id)
    # dlt marks a package as completed, loaded or aborted, then moves it away; killed in between,
    # every later run fails to mark it again (`LoadPackageAlreadyCompleted`)
    for load_id in normalized:
        if load.normalized_packages.is_package_completed(load_id):
            load.storage.rename_tree(
                load.get_normalized_package_path(load_id), load.get_loaded_package_path(load_id)
            )


def _names_for_now(folder: Path) -> Iterator[Path]:
    for name in _FOLDERS:
        found = Path(folder, name).glob("*")
        yield from (path for path in found if _FOR_NOW.fullmatch(path.name))


def _is_whole(storage: PackageStorage, load_id: str) -> bool:
    """Tell whether nothing is missing without which dlt can neither normalize nor abort."""
    try:
        storage.schema_name(load_id)
    except FileNotFoundError:
        return False
    if not storage.can_restore_pipeline_state(load_id):
        return True
    state, _ = storage.load_pipeline_state(load_id)
    return state is not None
