"""The Databricks dialect, executed by Apache Spark with ANSI rules: the same rows as DuckDB's.

Databricks itself is not here, and neither is Delta: what it adds to Spark's SQL is not shown.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dlt
import duckdb
import pytest

from tests.marts import acme, raw
from workforce_source.marts import CHECKS, MARTS, build_marts
from workforce_source.marts.calendar import calendar_months
from workforce_source.marts.definitions import COLUMNS, SEEDS
from workforce_source.marts.dialect import Dialect, values
from workforce_source.marts.dialect import Path as TablePath
from workforce_source.sandbox import Options, Sandbox
from workforce_source.tables import TABLES
from workforce_source.tables.text import SPACES, UNSEEN, trimmed

sql = pytest.importorskip("pyspark.sql", reason="pyspark is in requirements-spark.lock")
pytestmark = [
    pytest.mark.spark,
    pytest.mark.skipif(not shutil.which("java"), reason="Spark needs Java 17"),
    pytest.mark.filterwarnings("default::DeprecationWarning"),
    pytest.mark.filterwarnings("default::ResourceWarning"),
]

AS_OF = acme.AS_OF
ZONES = ("UTC", "America/Los_Angeles")


def path_of(schema: str, table: str) -> TablePath:
    """Where a table is in both engines."""
    return [f"spark_{schema}" if schema == "marts" else "spark", table]


DATABRICKS = Dialect("databricks", path_of)
DUCKDB = Dialect("duckdb", path_of)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A DuckDB file with raw tables and marts of an invented organization and of two by hand."""
    folder = tmp_path_factory.mktemp("spark_loaded")
    pipeline = dlt.pipeline(
        "spark",
        destination=dlt.destinations.duckdb(str(folder / "loaded.duckdb")),
        dataset_name="spark",
        pipelines_dir=str(folder / "state"),
    )
    sandbox = Sandbox(120, 1, options=Options(as_of=datetime(2026, 11, 24, 8, tzinfo=UTC)))
    truth = sandbox.truth()
    raw.write(pipeline, {name: [*rows, *truth.get(name, [])] for name, rows in acme.ROWS.items()})
    build_marts(pipeline, as_of=AS_OF, today=AS_OF, seeds=acme.SEEDS)
    return folder / "loaded.duckdb"


@pytest.fixture(scope="module", params=ZONES)
def spark(
    request: pytest.FixtureRequest, loaded: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    """A session in a time zone, which was handed the raw tables and has built the marts."""
    folder = tmp_path_factory.mktemp("spark")
    session = (
        sql.SparkSession.builder.master("local[1]")
        .config("spark.sql.ansi.enabled", "true")
        .config("spark.sql.session.timeZone", request.param)
        # of so few rows, planning, compiling and starting tasks is all that takes time
        .config("spark.driver.extraJavaOptions", "-XX:TieredStopAtLevel=1")
        .config("spark.sql.codegen.wholeStage", "false")
        .config("spark.sql.codegen.factoryMode", "NO_CODEGEN")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.default.parallelism", "1")
        .config("spark.sql.adaptive.enabled", "false")
        .config("spark.sql.warehouse.dir", str(folder / "warehouse"))
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .getOrCreate()
    )
    try:
        session.sql("CREATE DATABASE spark")
        session.sql("CREATE DATABASE spark_marts")
        with duckdb.connect(str(loaded), read_only=True) as connection:
            for table in TABLES:
                file = folder / f"{table.name}.parquet"
                connection.execute(f"COPY spark.{table.name} TO '{file}' (FORMAT parquet)")
                session.sql(f"CREATE TABLE spark.{table.name} USING parquet LOCATION '{file}'")
        build(session)
        yield session
    finally:
        session.stop()


def build(session: Any) -> None:
    """Run the statements of a build of the marts, as `build_marts` does."""

    def run(statement: Any) -> None:
        session.sql(DATABRICKS.text(statement))

    rows: dict[str, list[tuple[Any, ...]]] = {
        seed.name: [
            tuple(row[name] for name in seed.column_names)
            for row in acme.SEEDS.tables().get(seed.name, ())
        ]
        for seed in SEEDS
    }
    rows["calendar_month"] = list(calendar_months(AS_OF))
    for seed in SEEDS:
        path = path_of("marts", seed.name)
        run(DATABRICKS.create_empty(path, [(c.name, c.type) for c in seed.columns]))
        run(DATABRICKS.insert(path, seed.column_names, values(rows[seed.name])))
    for mart in MARTS:
        path = path_of("marts", mart.name)
        query = DATABRICKS.select(mart.select, AS_OF)
        if mart.snapshot:
            run(DATABRICKS.create_empty(path, [(c.name, c.type) for c in mart.columns]))
            run(DATABRICKS.insert(path, mart.column_names, query))
        else:
            run(DATABRICKS.create("TABLE", path, query))


def test_every_mart_has_the_rows_of_duckdb(spark: Any, loaded: Path) -> None:
    """Row by row and column by column, in a session that is in UTC and in one that is not."""
    unlike = {}
    with duckdb.connect(str(loaded), read_only=True) as connection:
        for mart in MARTS:
            columns = ", ".join(mart.column_names)
            theirs = connection.execute(f"SELECT {columns} FROM spark_marts.{mart.name}").fetchall()
            ours = spark.sql(f"SELECT {columns} FROM spark_marts.{mart.name}").collect()
            assert theirs, f"{mart.name} is empty: nothing is compared"
            if in_order(ours) != in_order(theirs):
                unlike[mart.name] = (len(ours), len(theirs))
    assert unlike == {}


def test_every_check_counts_what_duckdb_counts(spark: Any, loaded: Path) -> None:
    """Each check on raw tables and marts, offenders and none."""
    with duckdb.connect(str(loaded), read_only=True) as connection:
        theirs = {
            check.name: connection.execute(DUCKDB.text(DUCKDB.select(check.sql, AS_OF))).fetchall()[
                0
            ][0]
            for check in CHECKS
        }
    ours = {
        check.name: spark.sql(DATABRICKS.text(DATABRICKS.select(check.sql, AS_OF))).collect()[0][0]
        for check in CHECKS
    }
    assert ours == theirs
    assert any(ours.values())


def test_tables_and_columns_say_what_they_are(spark: Any) -> None:
    """Spark keeps the descriptions, though it knows no COMMENT ON COLUMN."""
    for mart in (mart for mart in MARTS if mart.name in ("dim_skill", "bridge_badge_skill")):
        path = path_of("marts", mart.name)
        spark.sql(DATABRICKS.text(DATABRICKS.comment("TABLE", path, mart.description)))
        for name in mart.column_names:
            text = COLUMNS[name].description
            spark.sql(DATABRICKS.text(DATABRICKS.comment("TABLE", path, text, name)))
        described = spark.sql(f"DESCRIBE TABLE spark_marts.{mart.name}").collect()
        assert {row.col_name: row.comment for row in described} == {
            name: COLUMNS[name].description for name in mart.column_names
        }
        about = spark.sql(f"DESCRIBE TABLE EXTENDED spark_marts.{mart.name}").collect()
        assert mart.description in [row.data_type for row in about if row.col_name == "Comment"]


def test_a_text_is_trimmed_as_in_python(spark: Any) -> None:
    """Every space and every unseen character, and no letter that only an escape is spelled with."""
    texts = ["plain", "developed by v f t n", *SPACES, *UNSEEN]
    texts += [f"{c}a{c}{c} v{c}" for c in SPACES + UNSEEN + "vftnrx0"]
    spark.createDataFrame([(text,) for text in texts], "x string").createOrReplaceTempView("texts")
    found = spark.sql(f"SELECT x, {DATABRICKS.expression('trim(x)')} FROM texts").collect()
    assert {row[0]: row[1] for row in found} == {text: trimmed(text) for text in texts}


def test_what_people_write_is_the_value_in_spark(spark: Any) -> None:
    """Quotes, backslashes, line breaks and what looks like an escape come back as they were."""
    texts = [
        "it's",
        "a \\ b",
        "\\v\\f\\n",
        "'; drop table x; --",
        "line\nbreak",
        "tab\t",
        "ü",
        "%_$",
    ]
    texts += sorted({column.description for column in COLUMNS.values()})
    written = DATABRICKS.text(values([(text,) for text in texts]))
    found = spark.sql(f"SELECT * FROM {written}").collect()
    assert sorted(row[0] for row in found) == sorted(texts)


def in_order(rows: Any) -> list[tuple[Any, ...]]:
    """Rows in one order, their values as both engines give them."""
    return sorted((tuple(map(_plain, row)) for row in rows), key=repr)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):  # Spark's are in the time zone of this process, unsaid
        return value.astimezone(UTC)
    return round(value, 9) if isinstance(value, float) else value
