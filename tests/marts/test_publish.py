"""The published file: what is in it, who can open it, and what readers and accidents do to it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dlt
import duckdb
import pytest

from tests.marts import acme, counting, raw
from tests.marts.conftest import Built, Pipelines
from workforce_source import __version__
from workforce_source.exceptions import ConfigError, DestinationError
from workforce_source.marts import MARTS, build_marts, publish, run_checks
from workforce_source.report import write_report
from workforce_source.tables import TABLES

PERSONAL = ("email", "full_name", "zip_code", "external_id", "manager_external_id")
STORAGE_VERSION_OF_1_2 = 65
CHECKOUT = Path(__file__).resolve().parents[2]


@contextmanager
def opened(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a file as BI tools do."""
    with duckdb.connect(str(path), read_only=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def published(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file without people, written once: it can be read only."""
    return publish(built.pipeline, tmp_path_factory.mktemp("published") / "workforce.duckdb")


def columns_of(path: Path) -> dict[str, list[str]]:
    """Columns by schema and table."""
    with opened(path) as connection:
        rows = connection.execute(
            "SELECT table_schema || '.' || table_name, list(column_name ORDER BY ordinal_position)"
            " FROM information_schema.columns GROUP BY 1"
        ).fetchall()
    return dict(rows)


def test_every_mart_is_in_it_with_rows_and_comments(built: Built, published: Path) -> None:
    """The file answers like the warehouse, whichever that is, and says what its columns mean."""
    schema = f"{built.pipeline.dataset_name}_marts"
    marts = {f"{where}.{mart.name}" for mart in MARTS for where in (schema, "main")}
    assert set(columns_of(published)) == marts | {"main.about", "main.checks", "main.keys"}
    with opened(published) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for mart in MARTS:
            kept = ", ".join(c.name for c in mart.columns if not c.personal)
            found = connection.execute(f"SELECT {kept} FROM {schema}.{mart.name}").fetchall()
            assert sorted(map(repr, utc(found))) == sorted(
                map(repr, utc(built.rows(mart.name, kept)))
            )
        comments = connection.execute(
            "SELECT table_name, comment FROM duckdb_tables() WHERE schema_name <> 'main'"
        ).fetchall()
        assert dict(comments) == {mart.name: mart.description for mart in MARTS}
        ((silent,),) = connection.execute(
            "SELECT count(*) FROM duckdb_columns() WHERE comment IS NULL AND NOT internal"
        ).fetchall()
        assert silent == 0


@pytest.mark.parametrize("people", [False, pytest.param(True, marks=pytest.mark.search)])
def test_the_keys_it_names_are_keys(
    people: bool, built: Built, published: Path, tmp_path: Path
) -> None:
    """No two rows share a primary key, and a foreign one leads to a row, null left out."""
    path = published
    if people:
        path = publish(built.pipeline, tmp_path / "keys.duckdb", include_people=True)
    with opened(path) as connection:
        keys = connection.execute("SELECT * FROM keys ORDER BY ALL").fetchall()
        assert {name for name, kind, *_ in keys if kind == "primary"} == {m.name for m in MARTS}
        assert ("fct_badge", "dim_employee") in {(name, other) for name, _, _, other, _ in keys}
        for name, kind, columns, other, complete in keys:
            listed = ", ".join(columns)
            some = f"FROM {name} WHERE {' AND '.join(f'{c} IS NOT NULL' for c in columns)}"
            if kind == "primary":
                sql = f"SELECT {listed} {some} GROUP BY ALL HAVING count(*) > 1"
            else:
                sql = f"SELECT {listed} {some} EXCEPT SELECT {listed} FROM {other}"
            found = connection.execute(sql).fetchall()
            assert found == [] or not complete, (name, columns, other)


def utc(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Rows whose times are told in one zone."""
    return [tuple(v.timestamp() if hasattr(v, "timestamp") else v for v in row) for row in rows]


@pytest.mark.skipif(os.name == "nt", reason="its permissions are others")
@pytest.mark.parametrize(
    ("umask", "people", "mode"),
    [
        (0o027, False, 0o440),
        *(
            pytest.param(*case, marks=pytest.mark.search)
            for case in ((0o077, True, 0o400), (0o022, True, 0o400), (0o022, False, 0o444))
        ),
    ],
)
def test_it_is_never_open_to_more_than_the_umask_grants(
    umask: int, people: bool, mode: int, built: Built, tmp_path: Path
) -> None:
    """And one with people to its writer only."""
    before = os.umask(umask)
    try:
        path = publish(built.pipeline, tmp_path / "b.duckdb", include_people=people)
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == mode


def test_it_never_takes_the_place_of_what_it_is_made_of(built: Built, published: Path) -> None:
    """Neither the loaded file nor, for a report, the published one."""
    with pytest.raises(ConfigError, match="the file it is made of"):
        write_report(published, published.parent / "sub" / ".." / published.name)
    config: Any = built.pipeline.destination_client().config
    if config.destination_type.endswith("duckdb"):
        loaded = Path(config.credentials.database)
        before = loaded.read_bytes()
        for write in (publish, write_report):
            with pytest.raises(ConfigError, match="would be destroyed"):
                write(built.pipeline, loaded)
        assert loaded.read_bytes() == before


def test_people_are_in_it_only_when_asked_for(built: Built, tmp_path: Path) -> None:
    """No name, e-mail, zip code or external id, in no table and nowhere in the file."""
    path = publish(built.pipeline, tmp_path / "plain.duckdb", include_raw=True)
    names = {name for columns in columns_of(path).values() for name in columns}
    assert not names & {*PERSONAL, "first_name", "last_name", "issued_to", "bio", "row_hash"}
    with opened(path) as connection:
        connection.execute(f"EXPORT DATABASE '{tmp_path / 'everything'}' (FORMAT csv)")
    everything = "".join(p.read_text() for p in (tmp_path / "everything").glob("*.csv"))
    assert "e01" in everything
    for word in ("Family1", "person1@", "acme.example", "90001", "ext-01"):
        assert word not in everything
    path = publish(built.pipeline, tmp_path / "people.duckdb", include_people=True)
    with opened(path) as connection:
        (employee,) = connection.execute(
            f"SELECT {', '.join(PERSONAL)} FROM {built.pipeline.dataset_name}_marts.dim_employee"
            " WHERE employee_id = 'e01' AND organization_id = 'acme'"
        ).fetchall()
    assert employee == ("person1@acme.example", "Given Family1", "90001", "ext-01", "ext-01")


@pytest.mark.search  # in the normal run, that neither people nor what says who they are is in it
def test_raw_tables_are_in_it_only_when_asked_for(built: Built, tmp_path: Path) -> None:
    """With people and raw tables the file has every column there is, under the same names."""
    path = publish(
        built.pipeline, tmp_path / "everything.duckdb", include_people=True, include_raw=True
    )
    found = columns_of(path)
    for table in TABLES:
        name = f"{built.pipeline.dataset_name}.{table.name}"
        assert found[name] == [column.name for column in table.all_columns]
    with opened(path) as connection:
        ((employees,),) = connection.execute(
            f"SELECT count(*) FROM {built.pipeline.dataset_name}.employees"
        ).fetchall()
    assert employees == len(acme.ROWS["employees"])


def test_the_file_is_in_the_form_of_duckdb_1_2(published: Path) -> None:
    """Its header names the storage version that DuckDB 1.2 writes, and nobody may write to it."""
    header = published.read_bytes()[:20]
    assert header[8:12] == b"DUCK"
    assert int.from_bytes(header[12:20], "little") <= STORAGE_VERSION_OF_1_2
    assert published.stat().st_mode & 0o222 == 0
    assert [p.name for p in published.parent.iterdir()] == ["workforce.duckdb"]


READER = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1], read_only=True)
for _ in sys.stdin:
    print(connection.execute(f"SELECT count(*) FROM {sys.argv[2]}").fetchone()[0], flush=True)
"""


@pytest.mark.search  # in the normal run, that the file is exchanged whole
def test_a_reader_is_not_disturbed(pipelines: Pipelines, tmp_path: Path) -> None:
    """Who has the file open goes on reading what was there; who opens it then reads the new."""
    pipeline = pipelines("read")
    raw.write(pipeline, {"employees": acme.ROWS["employees"]})
    build_marts(pipeline)
    path = publish(pipeline, tmp_path / "shared.duckdb")
    with subprocess.Popen(
        [sys.executable, "-c", READER, path, "read_marts.dim_employee"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as reader:
        assert ask(reader) == 39
        raw.write_table(pipeline, "employees", acme.ROWS["employees"][:5])
        build_marts(pipeline)
        publish(pipeline, path)
        assert ask(reader) == 39
        reader.communicate(timeout=60)
    with opened(path) as connection:
        assert connection.execute("SELECT count(*) FROM read_marts.dim_employee").fetchone() == (5,)


def ask(reader: subprocess.Popen[str]) -> int:
    """Let the reader count."""
    assert reader.stdin
    assert reader.stdout
    reader.stdin.write("\n")
    reader.stdin.flush()
    return int(reader.stdout.readline())


PUBLISHER = """
import sys, dlt
from workforce_source.marts import publish
source, state, path = sys.argv[1:]
pipeline = dlt.pipeline("killed", destination=dlt.destinations.duckdb(source),
    dataset_name="killed", pipelines_dir=state)
print("ready", flush=True)
publish(pipeline, path)
"""


@pytest.mark.search  # four processes that are killed
@pytest.mark.parametrize(
    "until",
    [
        pytest.param(".f.duckdb.*.publishing", marks=pytest.mark.search),
        ".f.duckdb.*.publishing/f.duckdb",
    ],
)
def test_a_killed_publish_leaves_the_old_file(until: str, tmp_path: Path) -> None:
    """Killed while it writes, it leaves the file of before; the next one replaces it and tidies."""
    pipeline = dlt.pipeline(
        "killed",
        destination=dlt.destinations.duckdb(str(tmp_path / "source.duckdb")),
        dataset_name="killed",
        pipelines_dir=str(tmp_path / "state"),
    )
    raw.write(pipeline, counting.population(5, 10))
    build_marts(pipeline)
    path = publish(pipeline, tmp_path / "f.duckdb")
    before = path.read_bytes()
    raw.write(pipeline, counting.population(6, 150))
    build_marts(pipeline)

    arguments = (tmp_path / "source.duckdb", tmp_path / "state", path)
    with subprocess.Popen(
        [sys.executable, "-c", PUBLISHER, *arguments],
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        stdout=subprocess.PIPE,
    ) as publisher:
        assert publisher.stdout
        assert publisher.stdout.readline() == b"ready\n"
        while not list(tmp_path.glob(until)):
            assert publisher.poll() is None
        publisher.kill()
    (left,) = tmp_path.glob(".f.duckdb.*.publishing")
    assert path.read_bytes() == before

    os.utime(left, (0, 0))  # long ago
    publish(pipeline, path)
    assert path.read_bytes() != before
    assert not left.exists()
    with opened(path) as connection:
        assert connection.execute(
            "SELECT count(DISTINCT employee_id) > 100 FROM killed_marts.dim_employee"
        ).fetchone() == (True,)


def test_what_cannot_be_published_says_why(pipelines: Pipelines, tmp_path: Path) -> None:
    """No marts, a folder that is not there, a name DuckDB cannot tell from a schema."""
    pipeline = pipelines("unpublished")
    raw.write(pipeline, acme.ROWS)
    with pytest.raises(ConfigError, match="There are no marts to publish"):
        publish(pipeline, tmp_path / "f.duckdb")
    build_marts(pipeline)
    with pytest.raises(DestinationError, match=r"cannot be written to .*nowhere.f\.duckdb"):
        publish(pipeline, tmp_path / "nowhere" / "f.duckdb")
    with pytest.raises(ConfigError, match="Choose another name for the file"):
        publish(pipeline, tmp_path / "unpublished_marts.duckdb")
    assert list(tmp_path.iterdir()) == []


OLD_READER = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1], read_only=True)
print(duckdb.__version__, *connection.execute(
    "SELECT count(*), sum(people) FROM killed_marts.mart_skill_coverage").fetchone())
"""


@pytest.mark.long
@pytest.mark.parametrize("version", ["1.2.0", "1.2.2", "1.4.0", "1.4.4"])
def test_older_duckdbs_open_the_file(version: str, tmp_path: Path) -> None:
    """The wheel of an older DuckDB, from the package index, reads the file of today's."""
    pipeline = dlt.pipeline(
        "killed",
        destination=dlt.destinations.duckdb(str(tmp_path / "source.duckdb")),
        dataset_name="killed",
        pipelines_dir=str(tmp_path / "state"),
    )
    raw.write(pipeline, counting.population(5, 30))
    build_marts(pipeline)
    path = publish(pipeline, tmp_path / "f.duckdb", include_raw=True)
    wheels = tmp_path / "wheels"
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--only-binary", ":all:"]
    subprocess.run(
        [*install, "--no-deps", "--target", wheels, f"duckdb=={version}"], check=True, timeout=300
    )
    answers = [
        subprocess.run(
            [sys.executable, "-c", OLD_READER, path],
            env={**os.environ, "PYTHONPATH": where},
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
        ).stdout.split()
        for where in ("", str(wheels))
    ]
    assert answers[1][0] == version
    assert answers[0][1:] == answers[1][1:]


def test_who_opens_it_sees_the_marts_and_what_the_file_is(built: Built, tmp_path: Path) -> None:
    """`SHOW TABLES` has the marts; `about` says when, by what, as of when; `checks` what is off."""
    checks = run_checks(built.pipeline, as_of=acme.AS_OF)
    made_at = datetime(2026, 11, 24, 5, tzinfo=UTC)
    path = publish(built.pipeline, tmp_path / "first.duckdb", checks=checks, now=made_at)
    # a copy of another name: no view may rest on the name of the file
    path = path.rename(tmp_path / "renamed.duckdb")
    with opened(path) as connection:
        shown = {name for (name,) in connection.execute("SHOW TABLES").fetchall()}
        assert shown == {*(mart.name for mart in MARTS), "about", "checks", "keys"}
        assert connection.execute("SELECT count(*) FROM dim_employee").fetchone() == (39,)
        said = connection.execute(
            "SELECT epoch(made_at), made_by, as_of, has_people, checks_failing FROM about"
        ).fetchone()
        failing = sum(check.failed for check in checks)
        version = f"workforce_source {__version__}"
        assert said == (made_at.timestamp(), version, acme.AS_OF, False, failing)
        found = connection.execute("SELECT name, offenders FROM checks").fetchall()
        assert dict(found) == {check.name: check.offenders for check in checks}


@pytest.mark.parametrize("raw_too", [False, True])
def test_a_dataset_named_main_is_published_too(
    pipelines: Pipelines, raw_too: bool, tmp_path: Path
) -> None:
    """It is the schema DuckDB takes unless it is told another, and each file has one already."""
    pipeline = pipelines("dataset_main")
    pipeline.dataset_name = "main"
    raw.write(pipeline, {"employees": [{"organization_id": "o", "id": "e1"}]})
    build_marts(pipeline, as_of=acme.AS_OF, today=acme.AS_OF)
    path = publish(pipeline, tmp_path / "p.duckdb", include_raw=raw_too)
    with opened(path) as connection:
        assert connection.execute("SELECT count(*) FROM dim_employee").fetchone() == (1,)
        assert connection.execute("SELECT marts_schema FROM about").fetchone() == ("main_marts",)
        tables = {name for (name,) in connection.execute("SHOW TABLES").fetchall()}
        assert ("employees" in tables) is raw_too
