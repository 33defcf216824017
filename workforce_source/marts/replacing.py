"""Writes a file so that it is complete when it appears, whatever becomes of the writer.

What is written is not known here.
"""

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_PART: Final = ".publishing"
_ABANDONED: Final = 3600
"""Seconds after which the half-written file of a killed writer is removed."""


@contextmanager
def replace_file(path: Path, *, mode: int) -> Iterator[Path]:
    """Get the path of a part that takes the place of `path` in one step when all went well.

    Args:
        path: The file to write or replace.
        mode: Its permissions from then on, as far as the umask grants them; before, only the
            writer can read it.
    """
    _sweep(path)
    with tempfile.TemporaryDirectory(
        prefix=f".{path.name}.", suffix=_PART, dir=path.parent, ignore_cleanup_errors=True
    ) as folder:
        part = Path(folder) / path.name
        yield part
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        # it was made with what the umask grants, which a library may ask for in no other way
        part.chmod(part.stat().st_mode & mode)
        part.replace(path)


def _sweep(path: Path) -> None:
    """Remove what killed writers of this file left, long after they were killed."""
    for folder in path.parent.glob(f".{path.name}.*{_PART}"):
        if time.time() - folder.stat().st_mtime > _ABANDONED:
            for left in folder.iterdir():
                left.unlink(missing_ok=True)
            folder.rmdir()
