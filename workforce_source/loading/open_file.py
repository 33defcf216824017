"""Keeps a DuckDB file open while dlt loads a package into it.

While dlt loads a package it closes its last connection again and again: when the tables are made,
when all jobs are done, at the end. DuckDB then writes into the file whatever it has, the staged
rows, too, which dlt empties only afterwards. That cost a first load of 5,000 employees 5 % of its
time, and made its file nearly twice as large.

What may not be in here: queries, and anything about loads.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import dlt


@contextmanager
def hold_file_open(pipeline: dlt.Pipeline) -> Iterator[None]:
    """Hold one connection throughout where the destination is a DuckDB file; nothing elsewhere.

    Other programs cannot open the file meanwhile, so it should not be long.

    Args:
        pipeline: The pipeline that writes meanwhile.

    Raises:
        DltException: The file cannot be opened.
    """
    if pipeline.destination.destination_type.rpartition(".")[2] != "duckdb":
        yield
        return
    with pipeline.sql_client():
        yield
