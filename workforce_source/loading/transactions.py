"""Has dlt merge in transactions. What is merged is not known here.

dlt 1.31 deletes and inserts the rows of a merge in one transaction only where a destination says
that it supports transactions; DuckDB, PostgreSQL, Redshift, Snowflake and SQL Server support them
and leave it unsaid. A load killed between the two statements would lose rows, and a query in
between would miss them.
"""

from typing import Any

import dlt


def merge_in_transactions(pipeline: dlt.Pipeline) -> None:
    """Make the merges of a pipeline atomic wherever its destination has transactions."""
    capabilities: Any = pipeline.destination.capabilities()
    if capabilities.supports_ddl_transactions and capabilities.supports_transactions is None:
        pipeline.destination.caps_params["supports_transactions"] = True
