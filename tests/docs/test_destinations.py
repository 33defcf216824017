"""What the page of destinations says of dlt with the locked DuckDB, executed."""

from pathlib import Path

import dlt
import pytest


def test_what_the_page_says_of_reading_with_duckdb_2(tmp_path: Path) -> None:
    """Arrow tables as a whole cannot be had; rows and chunks can. When dlt mends it, say so."""
    pipeline = dlt.pipeline(
        "read",
        destination=dlt.destinations.duckdb(str(tmp_path / "read.duckdb")),
        dataset_name="credly",
        pipelines_dir=str(tmp_path / "state"),
    )
    pipeline.run([{"one": 1}], table_name="employees", loader_file_format="parquet")
    employees = pipeline.dataset().employees
    with pytest.raises(AttributeError, match="fetch_arrow_table"):
        employees.arrow()
    assert len(employees.fetchall()) == 1
    with pytest.warns(UserWarning, match="Arrow output"):
        (chunk,) = employees.iter_arrow(chunk_size=10)
    assert chunk.num_rows == 1
