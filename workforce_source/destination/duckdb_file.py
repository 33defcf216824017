"""The DuckDB file: made so that other programs can open it, tried, and held open during a load.

Nothing here knows what is in the file.
"""

import contextlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import dlt
import duckdb

from workforce_source.destination.connection import Connection, connection_to, is_a
from workforce_source.destination.faults import retry
from workforce_source.exceptions import DestinationError

_COPY: Final = ".rewrite-"
"""In the name of the folder in which a file is written anew."""
_FRESH: Final = "workforce_rewritten"
_IN_USE: Final = (
    "The DuckDB file {} is written to by something else in this process, so it cannot be written"
    " anew. Let that end, then run again; nothing is lost."
)
STORAGE_VERSION: Final = "v1.2.0"
"""A format every DuckDB since 1.2 reads. Without asking, DuckDB 2 writes one that 1.x cannot."""


def prepare_file(path: Path) -> bool:
    """Make the file where there is none, and open it for writing once.

    Args:
        path: The DuckDB file.

    Returns:
        Whether it was made.

    Raises:
        DestinationError: It cannot be made, opened or written; the message says why.
    """
    new = not path.exists()
    try:
        if new:
            _create(path)
        else:
            duckdb.connect(str(path)).close()
    except duckdb.Error as error:
        raise DestinationError(_explain(path, str(error))) from None
    return new


def make_file(config: Any) -> None:
    """Make the file where there is none; nothing for other destinations.

    Args:
        config: The configuration of a destination.

    Raises:
        DestinationError: It cannot be made; the message says why.
    """
    if not is_a(config, "duckdb"):
        return
    file = Path(config.credentials.database)
    if file.name.startswith(":") or file.exists():  # a database in memory has no file
        return
    try:
        prepare_file(file)
    except DestinationError:
        if not file.exists():  # else another run makes it at this moment
            raise


@contextmanager
def hold_file_open(pipeline: dlt.Pipeline) -> Iterator[None]:
    """Hold one connection throughout where the destination is a DuckDB file; nothing elsewhere.

    While dlt loads a package it closes its last connection again and again: when the tables are
    made, when all jobs are done, at the end. DuckDB then writes into the file whatever it has, the
    staged rows, too, which dlt empties only afterwards. That cost a first load of 5,000 employees
    5 % of its time, and made its file nearly twice as large.

    Other programs cannot open the file meanwhile, so it should not be long.

    Args:
        pipeline: The pipeline that writes meanwhile.

    Raises:
        DltException: The file cannot be opened.
    """
    if not is_a(pipeline.destination, "duckdb"):
        yield
        return
    client: Any = connection_to(pipeline).client
    with ExitStack() as stack:
        retry(lambda: stack.enter_context(client))
        yield


def rewrite_file(connection: Connection) -> bool:
    """Write a DuckDB file anew, without what was deleted from it; nothing elsewhere.

    DuckDB keeps deleted rows in free blocks, where a search of the file's bytes finds them. Nobody
    else can write meanwhile; who reads the old file goes on reading that.

    Args:
        connection: To the file, open, and by this alone.

    Returns:
        Whether it is a file, and was written anew.

    Raises:
        DestinationError: It cannot be written, or something else in this process has it open.
    """
    if not is_a(connection.config, "duckdb"):
        return False
    path = Path(connection.config.credentials.database)
    if path.name.startswith(":"):
        return False
    forget_copies(path)
    wal = path.with_name(f"{path.name}.wal")
    try:
        connection.execute("CHECKPOINT")
        # a folder that nobody else may look into, whatever the umask
        folder = Path(tempfile.mkdtemp(prefix=f".{path.name}{_COPY}", dir=path.parent))
        part = folder / path.name
        try:
            _copy(connection, part)
            with part.open("rb+") as copied:
                os.fsync(copied.fileno())
            part.chmod(path.stat().st_mode & 0o777)
            if wal.exists() and wal.stat().st_size:
                raise DestinationError(_IN_USE.format(path.name))  # which the new file would take
            part.replace(path)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    except OSError as error:
        raise DestinationError(
            f"The DuckDB file {path.name} cannot be written anew ({error.strerror}). There is to be"
            " room for a second one beside it. Make room, then run again; nothing is lost."
        ) from None
    return True


def forget_copies(path: Path) -> None:
    """Remove what a rewrite that was killed left beside a DuckDB file."""
    for folder in path.parent.glob(f".{path.name}{_COPY}*"):
        shutil.rmtree(folder, ignore_errors=True)


def _copy(connection: Connection, part: Path) -> None:
    quoted = str(part).replace("'", "''")
    ((old,),) = connection.rows("SELECT current_database()")
    source = '"' + str(old).replace('"', '""') + '"'
    connection.execute(f"ATTACH '{quoted}' AS {_FRESH} (STORAGE_VERSION '{STORAGE_VERSION}')")
    try:
        connection.execute(f"COPY FROM DATABASE {source} TO {_FRESH}")
        counts = [
            {(schema, table): count for schema, table, count in _counts(connection, name)}
            for name in (str(old), _FRESH)
        ]
        if counts[0] != counts[1]:
            raise DestinationError(_IN_USE.format(part.name))
    finally:
        connection.execute(f"DETACH {_FRESH}")


def _counts(connection: Connection, database: str) -> Iterator[tuple[str, str, int]]:
    quoted = database.replace('"', '""')
    tables = connection.rows(
        "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = %s", database
    )
    for schema, table in list(tables):
        name = ".".join('"' + part.replace('"', '""') + '"' for part in (schema, table))
        yield schema, table, connection.number(f'SELECT COUNT(*) FROM "{quoted}".{name}')  # noqa: S608 # quoted


def _create(path: Path) -> None:
    quoted = str(path).replace("'", "''")
    # an older DuckDB does not know the option, and needs it not
    with contextlib.suppress(duckdb.BinderException), duckdb.connect() as connection:
        connection.execute(f"ATTACH '{quoted}' AS made (STORAGE_VERSION '{STORAGE_VERSION}')")
        connection.execute("DETACH made")
    # people's names are in it, whatever the umask of who happens to make it first
    path.chmod(0o600)


def _explain(path: Path, said: str) -> str:
    if "lock" in said:
        holder = re.search(r"held in (.*?) ?\(PID (\d+)\)", said)
        who = f"process {holder[2]}, {Path(holder[1]).name}" if holder else "another process"
        return (
            f"The DuckDB file {path} is open in another program ({who}), which locks it. Close it"
            " there, or let that program read a copy; then run again. Nothing was read or written."
        )
    if "not a valid DuckDB database" in said or "version number" in said:
        return (
            f"{path} is no DuckDB file this DuckDB ({duckdb.__version__}) can open. Move it away,"
            " or name another with DESTINATION__DUCKDB__CREDENTIALS; then run again."
        )
    why = said.strip().partition("\n")[0].rpartition(": ")[2]
    return (
        f"The DuckDB file {path} cannot be written ({why}). Make its directory writable, or name"
        " another file with DESTINATION__DUCKDB__CREDENTIALS; then run again. Nothing was read."
    )
