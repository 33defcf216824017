"""The source in a plain `pipeline.run`, and `load()` on a first load: nothing lost or altered."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import dlt
import pyarrow as pa
import pytest
import requests
from dlt.common.pipeline import LoadInfo
from dlt.extract import DltSource
from dlt.pipeline.exceptions import PipelineStepFailed

from tests.tools.compare import counts, differences, rows_of
from tests.tools.histories import History
from workforce_source import Summary, load, workforce
from workforce_source.sandbox import Entry, Options, Sandbox
from workforce_source.settings import setting_names
from workforce_source.tables import DATA_TABLES, RESOURCES, TABLES

PAST = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.fixture
def pipeline(tmp_path: Path) -> dlt.Pipeline:
    """A pipeline into a DuckDB file of its own."""
    return dlt.pipeline(
        "workforce",
        destination=dlt.destinations.duckdb(str(tmp_path / "w.duckdb")),
        dataset_name="workforce",
        pipelines_dir=str(tmp_path / "pipelines"),
    )


@pytest.fixture(scope="module")
def quiet() -> Iterator[Sandbox]:
    """Forty employees nobody changes."""
    with Sandbox(employees=40, seed=3) as serving:
        yield serving


@pytest.mark.search  # loads a thousand people
@pytest.mark.parametrize(
    "per_counts", ["employees", pytest.param("badges", marks=pytest.mark.search)]
)
def test_every_value_of_a_thousand_employees_arrives(
    pipeline: dlt.Pipeline, per_counts: Literal["employees", "badges"]
) -> None:
    """Every column of every record equals the truth, whatever `per` counts."""
    with Sandbox(employees=1_000, seed=11, options=Options(per_counts=per_counts)) as sandbox:
        summary = load_from(sandbox, pipeline)
        truth = sandbox.truth()
        assert summary.exit_code == 0
        assert differences(pipeline, truth, volatile=True) == []
        assert sum(counts(pipeline).values()) == sum(map(len, truth.values()))
        awkward = [row for row in truth["employees"] if re.search(r"[+']", row["email"])]
        assert awkward, "the truth holds the awkward cases"


@pytest.mark.search  # loads a thousand people
def test_a_long_batch_leaves_little_to_load_when_all_is_read() -> None:
    """It ends while the last requests, which take a second each, are under way."""
    history = History(24, 3, checkpoint_every=100)
    try:

        def slowly(entry: Entry) -> None:
            if entry.endpoint == "employee_data":
                history.clock.advance(1)

        history.sandbox.on_request(slowly)
        assert history.load().packages == 2
        assert differences(history.pipeline(), history.sandbox.truth()) == []
    finally:
        history.close()


def test_a_plain_run_loads_the_same_tables(pipeline: dlt.Pipeline, quiet: Sandbox) -> None:
    """`pipeline.run(workforce())` writes everything in one package, and nothing when repeated."""
    info = pipeline.run(source_of(quiet))
    assert len(info.loads_ids) == 1
    assert differences(pipeline, quiet.truth(), volatile=True) == []
    reads = rows_of(pipeline, "badge_reads")
    assert {row["read_status"] for row in reads.values()} == {"read"}
    again = pipeline.run(source_of(quiet))
    assert written(pipeline, again) == {}


def test_plain_runs_follow_a_changing_organization(pipeline: dlt.Pipeline) -> None:
    """Profile edits, deletions, lost badges and a template edit arrive without `load()`."""
    with Sandbox(employees=40, seed=5) as sandbox:
        for _ in range(2):
            pipeline.run(source_of(sandbox, badge_max_age="0"))
            truth = sandbox.truth()
            assert differences(pipeline, truth) == []
            sandbox.churn(share=0.1)


@pytest.mark.search  # in the normal run, each by itself
def test_plain_runs_and_loads_can_take_turns(pipeline: dlt.Pipeline) -> None:
    """Both write the same mirror: what one wrote the other finds unchanged."""
    with Sandbox(employees=40, seed=6) as sandbox:
        load_from(sandbox, pipeline)
        assert written(pipeline, pipeline.run(source_of(sandbox))) == {}
        sandbox.churn(share=0.1)
        pipeline.run(source_of(sandbox, badge_max_age="0"))
        assert differences(pipeline, sandbox.truth()) == []
        assert load_from(sandbox, pipeline).statistics.rows_written == 0


@pytest.mark.search  # in the normal run, plain runs that follow
def test_a_source_that_is_run_again_reads_anew(pipeline: dlt.Pipeline) -> None:
    """One `workforce()` follows the organization, whatever part of it is run."""
    with Sandbox(employees=40, seed=5) as sandbox:
        source = source_of(sandbox, badge_max_age="0", max_removed_share=1)
        for names in (None, ["external_badges"], ["employees"], None):
            sandbox.churn(share=0.1)
            sandbox.requests.clear()
            pipeline.run(source.with_resources(*names) if names else source)
            mine = {table.name for table in DATA_TABLES if table.resource in (names or RESOURCES)}
            assert differences(pipeline, sandbox.truth(), tables=mine) == []
            assert set(sandbox.counts()) >= set(names or ("employee_data", "external_badges"))


@pytest.mark.search  # in the normal run, one that went well
def test_a_source_that_failed_reads_anew(pipeline: dlt.Pipeline) -> None:
    """The next run of the same `workforce()` begins from the beginning."""
    with Sandbox(employees=40, seed=5) as sandbox:
        source = source_of(sandbox)
        sandbox.fail_next(401, endpoint="employees")
        with pytest.raises(PipelineStepFailed):
            pipeline.run(source)
        pipeline.run(source)
        assert differences(pipeline, sandbox.truth()) == []


def test_a_source_can_be_read_outside_of_a_load(quiet: Sandbox) -> None:
    """Item by item, as often as one likes; without a pipeline nothing is held, so all is new."""
    source = source_of(quiet)
    assert sum(map(len, source)) == sum(map(len, source)) > 100


@pytest.mark.parametrize("resource", RESOURCES)
def test_each_resource_works_on_its_own(
    pipeline: dlt.Pipeline, quiet: Sandbox, resource: str
) -> None:
    """`with_resources` of one resource fills the tables that belong to it, and no other."""
    pipeline.run(source_of(quiet).with_resources(resource))
    mine = {table.name for table in DATA_TABLES if table.resource == resource}
    assert differences(pipeline, quiet.truth(), tables=mine, volatile=True) == []
    others = {table.name for table in DATA_TABLES} - mine
    assert not others & set(pipeline.default_schema.tables)


def test_all_columns_exist_even_when_always_null(pipeline: dlt.Pipeline) -> None:
    """An organization without anybody still has every table with every column."""
    with Sandbox(employees=0) as sandbox:
        load_from(sandbox, pipeline)
    with pipeline.sql_client() as client:
        for table in TABLES:
            name = client.make_qualified_table_name(table.name)
            columns = ", ".join(column.name for column in table.all_columns)
            assert client.execute_sql(f"SELECT {columns} FROM {name}") == []


def test_the_schema_says_what_the_tables_mean(pipeline: dlt.Pipeline, quiet: Sandbox) -> None:
    """Keys, types, descriptions and references are declared; only keys are NOT NULL."""
    load_from(quiet, pipeline)
    for table in TABLES:
        stored = pipeline.default_schema.tables[table.name]
        keys = {name for name, c in stored["columns"].items() if c.get("primary_key")}
        assert keys == set(table.primary_key)
        assert table.grain in (stored["description"] or "")
        references = stored.get("references") or []
        assert [r["referenced_table"] for r in references] == [r.table for r in table.references]
        for column in table.all_columns:
            hints = stored["columns"][column.name]
            assert hints["data_type"] == column.type
            assert (hints["description"] or "").startswith(column.description)
            assert hints.get("nullable", True) is (column.name not in table.primary_key)


def test_cursors_are_in_the_state_and_never_decide(pipeline: dlt.Pipeline) -> None:
    """The state holds both cursors; a profile edit that moves no stamp arrives all the same."""
    with Sandbox(employees=40, seed=8) as sandbox:
        load_from(sandbox, pipeline)
        truth = sandbox.truth()
        cursors = cursors_of(pipeline)
        assert cursors["employees"] == newest(truth["employees"], "employee_state_updated_at")
        assert cursors["external_badges"] == newest(truth["external_badges"], "refreshed_at")
        sandbox.churn({"profile_edits": 5})
        summary = load_from(sandbox, pipeline)
        assert summary.statistics.tally["employees"] == {"changed": 5}
        assert differences(pipeline, sandbox.truth()) == []
        assert cursors_of(pipeline) == cursors


def test_load_ids_stand_in_every_row_and_no_rows_on_disk(
    pipeline: dlt.Pipeline, quiet: Sandbox, tmp_path: Path
) -> None:
    """Every row names its load package; the pipelines directory keeps nobody's e-mail."""
    load_from(quiet, pipeline)
    with pipeline.sql_client() as client:
        for table in TABLES:
            name = client.make_qualified_table_name(table.name)
            missing = client.execute_sql(
                f"SELECT COUNT(*) FROM {name} WHERE _dlt_load_id NOT IN"
                f" (SELECT load_id FROM {client.make_qualified_table_name('_dlt_loads')})"
            )
            assert missing == [(0,)]
    kept = b"".join(p.read_bytes() for p in (tmp_path / "pipelines").rglob("*") if p.is_file())
    emails = [row["email"].encode() for row in quiet.truth()["employees"]]
    assert not [email for email in emails if email in kept]
    assert quiet.api_token.encode() not in kept


def test_unknown_attributes_are_kept_and_columns_left_out(pipeline: dlt.Pipeline) -> None:
    """What the page does not name stands in extra; excluded columns are null everywhere."""
    with Sandbox(employees=20, seed=4) as sandbox:
        sandbox.faults.unknown_attributes = True
        left_out = ["employees.email", "employees.full_name", "employee_badges.issued_to"]
        load_from(sandbox, pipeline, exclude_columns=left_out)
        for row in rows_of(pipeline, "employees").values():
            assert row["extra"]
            assert row["email"] is None
            assert row["full_name"] is None
        assert all(
            row["issued_to"] is None for row in rows_of(pipeline, "employee_badges").values()
        )
        expected = len(sandbox.truth()["employee_badges"])
        assert len(rows_of(pipeline, "employee_badges")) == expected


@pytest.mark.search  # in the normal run, organizations by their names
def test_two_organizations_share_a_dataset(tmp_path: Path) -> None:
    """Each run touches the rows of its own organization only."""
    destination = dlt.destinations.duckdb(str(tmp_path / "w.duckdb"))
    with Sandbox(employees=20, seed=1) as one, Sandbox(employees=30, seed=2) as other:
        for name, sandbox in (("one", one), ("other", other), ("one", one)):
            pipeline = dlt.pipeline(
                name,
                destination=destination,
                dataset_name="workforce",
                pipelines_dir=str(tmp_path / "pipelines"),
            )
            load_from(sandbox, pipeline)
        employees = rows_of(pipeline, "employees")
        expected = [*one.truth()["employees"], *other.truth()["employees"]]
        assert employees.keys() == {(r["organization_id"], r["id"]) for r in expected}


def test_arguments_of_the_source_are_the_settings() -> None:
    """Every setting is an argument of `workforce()`, and every other argument is the session."""
    arguments = set(workforce.__signature__.parameters)  # type: ignore[attr-defined]
    assert arguments - {"settings", "session"} == set(setting_names())


class Counting(requests.adapters.HTTPAdapter):
    """An adapter of a caller's own: counts what it sends, and how often it was closed."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[None] = []
        self.closed = 0

    def send(self, *arguments: Any, **named: Any) -> requests.Response:
        """Send one request."""
        self.sent.append(None)  # which threads may do at once
        return super().send(*arguments, **named)

    def close(self) -> None:
        """End its connections."""
        self.closed += 1
        super().close()


@pytest.mark.parametrize("by", ["load", pytest.param("plain run", marks=pytest.mark.search)])
def test_a_session_of_the_callers_own_sends_every_request(
    by: str, pipeline: dlt.Pipeline, quiet: Sandbox
) -> None:
    """Its adapter sees all; a run closes it at its end, and the next run may use it again."""
    session, adapter = requests.Session(), Counting()
    session.mount("http://", adapter)
    quiet.requests.clear()
    for _ in range(2):
        closed = adapter.closed
        if by == "load":
            load_from(quiet, pipeline, session=session)
        else:
            pipeline.run(source_of(quiet, session=session))
        assert adapter.closed > closed
    assert len(adapter.sent) == sum(quiet.counts().values()) > 25
    assert differences(pipeline, quiet.truth(), volatile=True) == []


def load_from(sandbox: Sandbox, pipeline: dlt.Pipeline, **settings: Any) -> Summary:
    """`load()` with the sandbox's address and token."""
    arguments: dict[str, Any] = {**sandbox.settings, **settings}
    return load(pipeline, **arguments)


def source_of(sandbox: Sandbox, **settings: Any) -> DltSource:
    """`workforce()` with the sandbox's address and token."""
    arguments: dict[str, Any] = {**sandbox.settings, **settings}
    return workforce(**arguments)


def cursors_of(pipeline: dlt.Pipeline) -> dict[str, Any]:
    """The last value of each cursor in dlt's state."""
    sources: dict[str, Any] = dict(pipeline.state.get("sources", {}))
    resources = sources["workforce"]["resources"]
    return {
        name: next(iter(resources[name]["incremental"].values()))["last_value"]
        for name in ("employees", "external_badges")
    }


def newest(rows: list[dict[str, Any]], column: str) -> datetime:
    """The newest value of a column."""
    return max(row[column] or PAST for row in rows)


def written(pipeline: dlt.Pipeline, info: LoadInfo) -> dict[str, int]:
    """Rows written by table, dlt's own tables left out."""
    if not info.loads_ids:
        return {}
    trace = pipeline.last_trace
    assert trace is not None
    assert trace.last_normalize_info is not None
    rows: dict[str, int] = trace.last_normalize_info.row_counts
    return {name: n for name, n in rows.items() if n and not name.startswith("_dlt")}


def without_team(table: pa.Table) -> pa.Table:
    """The function of docs/sync.md: a resource has chunks of several tables."""
    if "team" not in table.column_names:
        return table
    nothing = pa.nulls(table.num_rows, pa.string())
    return table.set_column(table.column_names.index("team"), "team", nothing)


def test_items_are_arrow_tables_for_whoever_maps_and_filters_them(
    pipeline: dlt.Pipeline, quiet: Sandbox
) -> None:
    """A function of a table's columns is applied as in any source of dlt."""
    source = source_of(quiet)
    source.employees.add_map(without_team).add_filter(lambda table: "team" in table.column_names)
    pipeline.run(source)
    rows = rows_of(pipeline, "employees")
    assert len(rows) == 40
    assert {row["team"] for row in rows.values()} == {None}


@pytest.mark.filterwarnings("ignore:Arrow output on a DB-API")  # DuckDB's, of dlt's way
def test_a_dataset_is_read_back_as_the_page_says(pipeline: dlt.Pipeline, quiet: Sandbox) -> None:
    """As rows, and in chunks of Arrow, with the packages of the lock."""
    pipeline.run(source_of(quiet))
    employees = pipeline.dataset().employees
    assert len(employees.fetchall()) == 40
    assert sum(chunk.num_rows for chunk in employees.iter_arrow(chunk_size=15)) == 40
