"""Where an output may be written: never over what is read, over another output, or over a stranger.

Looked at before anything is read or written; what is written is not known here.
"""

import tempfile
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import duckdb

from workforce_source.destination import is_a
from workforce_source.exceptions import ConfigError, DestinationError
from workforce_source.skills import is_review

_DUCKDBS: Final = ("", ".wal", ".wal.checkpoint", ".wal.recovery", ".tmp")
"""What DuckDB adds to the name of a file for others that it reads or writes beside it."""
_DLTS: Final = frozenset({"schemas", "normalize", "load", "trace.pickle"})
"""What dlt makes in the folder of a pipeline, beside the file that says it is one."""
_HEAD: Final = 64
"""Bytes at the beginning of a file that tell of what kind it is."""


def files_of(database: Path) -> Iterator[Path]:
    """Get a DuckDB file, and those DuckDB keeps beside it."""
    for ending in _DUCKDBS:
        yield database.with_name(database.name + ending)


def database_of(config: Any) -> Path | None:
    """Get the DuckDB file of a destination's configuration; None where it is none."""
    if not is_a(config, "duckdb") or str(config.credentials.database).startswith(":"):
        return None
    return Path(config.credentials.database)


def refuse_input(path: Path, what: str, inputs: Mapping[str, Iterable[Path]]) -> None:
    """Keep an output from taking the place of what is read, or of another output.

    Args:
        path: Where the output is to be written.
        what: The output, as people call it: `--report`.
        inputs: Files and folders that must stay, by what they are; of a folder, all that is in it.

    Raises:
        ConfigError: It names one of them: by the same path, another spelling of it, a symbolic or
            a hard link.
    """
    for whose, files in inputs.items():
        if any(_names(path, file) for file in files):
            raise ConfigError(
                f"{what} names {path}, which belongs to {whose} and would be destroyed. Give it a"
                " name of its own."
            )


def require_place(path: Path, what: str, kind: str) -> None:
    """Make sure that a file can be put in its place, and that only one of its kind is replaced.

    Args:
        path: Where the output is to be written.
        what: The output, as people call it: `--report`.
        kind: `html`, `duckdb`, or `csv`, a review of skills, of which nothing is replaced.

    Raises:
        ConfigError: It is a folder, another kind of file, or a loaded DuckDB file.
        DestinationError: Its folder is not there, or cannot be written.
    """
    if path.is_dir() or not path.name:
        raise ConfigError(
            f"{what} names the folder {path}. Give the name of a file, such as made.{kind}."
        )
    try:
        if path.exists():
            _require_kind(path, what, kind)
        # as the file itself will be written, so that what stands in its way does so now
        with tempfile.TemporaryDirectory(prefix=f".{path.name}.", dir=path.parent):
            pass
    except OSError as error:
        raise DestinationError(
            f"{what} cannot be written to {path} ({error.strerror}). Is its folder there, writable"
            " and not full?"
        ) from None


def require_working_folder(directory: Path, name: str) -> None:
    """Make sure that the folder in which dlt keeps a pipeline is dlt's, or none.

    dlt empties a folder in which it finds no pipeline, whatever else is in it.

    Args:
        directory: Where pipelines are kept.
        name: The pipeline's name.

    Raises:
        ConfigError: Something else is in it.
    """
    folder = directory / name
    if not folder.is_dir():
        return
    there = {each.name for each in folder.iterdir()}
    if "state.json" not in there and not there <= _DLTS:
        raise ConfigError(
            f"The folder {folder} is not dlt's, who would empty it to keep the pipeline {name}"
            " there. Choose another --pipelines-dir (or DLT_DATA_DIR): an empty folder, or one of"
            " earlier runs."
        )


def _require_kind(path: Path, what: str, kind: str) -> None:
    head = b""
    if path.is_file():
        with path.open("rb") as file:
            head = file.read(_HEAD)
        if not head or _KINDS[kind][1](path, head):
            return
    raise ConfigError(
        f"{what} names {path}, which is there and is not {_KINDS[kind][0]}. It was left as it is:"
        " give another name, or remove that file yourself."
    )


def _published(path: Path) -> bool:
    """Tell whether a DuckDB file is one of ours: it has the marts, and was not loaded into."""
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            names = {
                name
                for (name,) in connection.execute(
                    "SELECT table_name FROM duckdb_tables()"
                ).fetchall()
            }
    except duckdb.ConnectionException:  # this process has it open; so it is no file of others
        return True
    except duckdb.Error:  # somebody writes into it, or it is encrypted
        return False
    ours = names & {"mart_skill_coverage", "skill_coverage_safe"}
    return not names or (bool(ours) and "_dlt_loads" not in names)


def _names(path: Path, other: Path) -> bool:
    """Tell whether a path leads to another file, or to something in a folder."""
    return any(_same(one, other) for one in (path, *_whole(path).parents)) or (
        # a file that is read by way of a link is lost with the link, too
        _same(path.parent, other.parent) and _spelled(path.name) == _spelled(other.name)
    )


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:  # one of them is not there yet: then their names tell
        return _spelled(str(_whole(one))) == _spelled(str(_whole(other)))


def _whole(path: Path) -> Path:
    return path.resolve()


def _spelled(name: str) -> str:
    # what some file systems take for one name, no file system of ours needs to tell apart
    return unicodedata.normalize("NFC", name).casefold()


_KINDS: Final[Mapping[str, tuple[str, Callable[[Path, bytes], bool]]]] = {
    "html": ("an HTML page", lambda _, head: head.lstrip().lower().startswith(b"<!doctype html")),
    "duckdb": (
        "a published DuckDB file",
        lambda path, head: head[8:12] == b"DUCK" and _published(path),
    ),
    "csv": ("a review of skills", lambda path, _: is_review(path)),
}
"""What may be replaced by a file of a kind, in words, and how it is told."""
