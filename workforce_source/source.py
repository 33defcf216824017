"""The dlt source: settings to three resources, with their hints and cursors.

How changes are found is not known here (`sync`), nor how `load()` checkpoints (`load`).
"""

import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import chain
from typing import Any, Final, cast

import dlt
import pyarrow as pa
from dlt.common.configuration.container import Container
from dlt.common.pipeline import PipelineContext
from dlt.common.schema.typing import TTableSchemaColumns
from dlt.common.storages.exceptions import CurrentLoadPackageStateNotAvailable
from dlt.common.storages.load_package import TLoadPackage, load_package_state
from dlt.common.typing import TSecretStrValue
from dlt.extract import DltResource

from workforce_source import tables as t
from workforce_source.client import Client
from workforce_source.endpoints import EMPLOYEES, EXTERNAL_BADGES
from workforce_source.loading.transactions import merge_in_transactions
from workforce_source.mirror import Memory, Package
from workforce_source.settings import SECTION, Settings, keep_data_private
from workforce_source.sync.run import Run, utc_now
from workforce_source.tables import Row, Table
from workforce_source.throttle import Wait

CURSORS: Final = {EMPLOYEES.name: EMPLOYEES.cursor, EXTERNAL_BADGES.name: EXTERNAL_BADGES.cursor}
RESOURCES: Final = ("employees", "employee_badges", "external_badges")
_MERGE: Final = {"disposition": "merge", "strategy": "delete-insert"}

Items = Iterator[Any]


@dlt.source(name=SECTION, section=SECTION, max_table_nesting=0, spec=Settings)
def workforce(
    organization_id: str | None = None,
    api_token: TSecretStrValue | None = None,
    *,
    client_id: str | None = None,
    client_secret: TSecretStrValue | None = None,
    token_url: str | None = None,
    base_url: str | None = None,
    badge_max_age: str | None = None,
    max_badge_reads: int | None = None,
    refresh: list[str] | None = None,
    checkpoint_every: int | None = None,
    max_workers: int | None = None,
    requests_per_second: float | None = None,
    connect_timeout: float | None = None,
    read_timeout: float | None = None,
    give_up_after: float | None = None,
    max_pause: float | None = None,
    start_date: str | None = None,
    end_date: str | None = None,
    employee_filter: dict[str, str] | None = None,
    exclude_columns: list[str] | None = None,
    deletions: str | None = None,
    max_removed_share: float | None = None,
    max_unreadable_share: float | None = None,
    settings: Settings = None,  # type: ignore[assignment]  # filled in by dlt
) -> Iterable[DltResource]:
    """Get the resources `employees`, `employee_badges` and `external_badges`.

    Each run reads the two lists and the badges that are due, compares them with what the
    destination holds and yields only what differs. `pipeline.run(workforce())` writes it as one
    load package, without the checkpoints, the lock and the care for pending packages of `load()`.

    Every argument is a setting; `workforce_source.settings.Settings` says what each means. What
    is not given comes from the environment, `secrets.toml` or `config.toml`.

    Raises:
        ConfigError: A setting is missing or out of its range.

    Rests on the sections "Get Employees", "Employee Data API" and "Employee External Badges API".
    """
    keep_data_private()
    reading = _Reading(settings)
    return build_resources(
        settings,
        {
            "employees": lambda: reading.lists("employees"),
            "employee_badges": reading.badges,
            "external_badges": lambda: reading.lists("external_badges"),
        },
    )


class _Reading:
    """One run shared by the resources of one source, opened when the first of them is read."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._run: Run | None = None
        self._package: Package | None = None

    def lists(self, resource: str) -> Iterator[Package]:
        yield self._walked(resource)

    def badges(self) -> Iterator[Package]:
        """Get one package for each batch, what batches may share held until the end.

        The resource writes one load package, in which no key may stand twice; templates, their
        skills, `badge_reads` and `changes` are the tables that more than one batch can touch.
        """
        lists = self._walked("employee_badges")
        run = self._run_now()
        shared: dict[str, dict[t.Key, Row]] = {}
        for package in chain((lists,), run.badges()):
            for table in (t.BADGE_TEMPLATES, t.BADGE_TEMPLATE_SKILLS, t.BADGE_READS):
                for chunk in package.chunks.pop(table.name, []):
                    rows = shared.setdefault(table.name, {})
                    rows.update((table.key_of(row), row) for row in chunk.to_pylist())
            entries = shared.setdefault(t.CHANGES.name, {})
            entries.update((t.CHANGES.key_of(row), row) for row in package.entries)
            package.entries = []
            yield package
        last = Package()
        for name, by_key in shared.items():
            last.add(t.TABLE_BY_NAME[name], list(by_key.values()))
        yield last.close()
        run.client.close()

    def _walked(self, resource: str) -> Package:
        run = self._run_now()
        selected = set(dlt.current.source().selected_resources) if _in_load() else set(RESOURCES)
        if self._package is None:
            self._package = run.lists(
                employees="employees" in selected,
                badges="employee_badges" in selected,
                external="external_badges" in selected,
            )
            if "employee_badges" not in selected:
                run.client.close()
        return self._package.of_resource(resource)

    def _run_now(self) -> Run:
        if self._run is None:
            package = _load_package()
            pipeline = Container()[PipelineContext].pipeline() if package else None
            emptied = _emptied(package) if package else ()
            if pipeline is not None:
                merge_in_transactions(cast("Any", pipeline))
            memory = Memory(cast("Any", pipeline), self._settings.organization_id, emptied)
            self._run = Run(self._settings, open_client(self._settings), memory)
        return self._run


def open_client(
    settings: Settings,
    now: Callable[[], datetime] = utc_now,
    *,
    clock: Callable[[], float] = time.monotonic,
    wait: Wait | None = None,
) -> Client:
    """Get a client for the API with the settings of a run.

    Args:
        settings: The settings of the run.
        now: The clock, for the times of answers.
        clock: Seconds that never go backwards.
        wait: Waits on a condition; for tests that do not wait.
    """
    return Client(
        base_url=settings.base_url,
        organization_id=settings.organization_id,
        api_token=settings.api_token,
        client_id=settings.client_id,
        client_secret=settings.client_secret,
        token_url=settings.token_url,
        max_workers=settings.max_workers,
        requests_per_second=settings.requests_per_second,
        connect_timeout=settings.connect_timeout,
        read_timeout=settings.read_timeout,
        give_up_after=settings.give_up_after,
        max_pause=settings.max_pause,
        now=now,
        clock=clock,
        wait=wait,
    )


@dlt.source(name=SECTION, section=SECTION, max_table_nesting=0)
def package_source(settings: Settings, package: Package) -> Iterable[DltResource]:
    """Get the resources that write one package: the same names, hints and cursors."""
    return build_resources(settings, {name: _once(package.of_resource(name)) for name in RESOURCES})


@dlt.source(name=SECTION, section=SECTION, max_table_nesting=0)
def changes_source(settings: Settings, entries: list[Row]) -> Iterable[DltResource]:
    """Get the resource that writes `changes`, in a load package of its own."""
    package = Package(entries=entries)
    return [_resource(settings, "changes", _once(package))]


def build_resources(
    settings: Settings, packages: dict[str, Callable[[], Iterator[Package]]]
) -> list[DltResource]:
    """Get a resource for each name, writing what its packages hold."""
    return [_resource(settings, name, make) for name, make in packages.items()]


def _once(package: Package) -> Callable[[], Iterator[Package]]:
    return lambda: iter((package,))


def _resource(
    settings: Settings, name: str, packages: Callable[[], Iterator[Package]]
) -> DltResource:
    column = CURSORS.get(name)
    if column is None:

        def plain() -> Items:
            for package in packages():
                yield from _items(package)

        resource = dlt.resource(plain, name=name)
    else:
        # The difference decides what is written; the cursor only records how far the API's own
        # stamps have come. Boundary deduplication would drop rows that changed at equal stamps.
        cursor = dlt.sources.incremental(
            column,
            initial_value=settings.first_cursor,
            end_value=settings.window[1] if settings.window else None,
            primary_key=(),
            on_cursor_value_missing="include",
        )

        def advancing(cursor: dlt.sources.incremental[Any] = cursor) -> Items:
            for package in packages():
                newest = package.newest.get(name)
                known = cursor.last_value
                cursor.advance(max(filter(None, (newest, known)), default=None))
                yield from _items(package)

        resource = dlt.resource(advancing, name=name)
    # Variants first: they start from the hints the resource has, and must not inherit a table's.
    own = [table for table in t.TABLES if table.resource == name and table.name != name]
    others = [*own, t.CHANGES] if name != "changes" else own
    for table in others:
        resource.apply_hints(**_hints(settings, table), create_table_variant=True)
    if name in t.TABLE_BY_NAME:
        resource.apply_hints(**_hints(settings, t.TABLE_BY_NAME[name]))
    return resource


def _hints(settings: Settings, table: Table) -> dict[str, Any]:
    excluded = {f"{n}" for n in settings.exclude_columns or ()}
    hard = settings.deletions == "hard" or table is t.BADGE_READS
    columns: TTableSchemaColumns = {}
    for column in table.all_columns:
        hint: Any = {
            "name": column.name,
            "data_type": column.type,
            "nullable": column.name not in table.primary_key,
            "description": column.description,
        }
        if column.name == "removed_at":
            # said even when false: the stored schema would keep an earlier true
            hint["hard_delete"] = hard
        if f"{table.name}.{column.name}" in excluded:
            hint["description"] += " Left out by `exclude_columns`."
        columns[column.name] = hint
    references: list[dict[str, Any]] = [
        {
            "columns": list(reference.columns),
            "referenced_table": reference.table,
            "referenced_columns": list(reference.referenced),
        }
        for reference in table.references
    ]
    return {
        "table_name": table.name,
        "columns": columns,
        "primary_key": list(table.primary_key),
        "write_disposition": _MERGE,
        "references": references,
        "additional_table_hints": {"description": f"Grain: {table.grain}."},
    }


def _items(package: Package) -> Items:
    load_id = (_load_package() or {}).get("load_id")
    for name, chunks in package.chunks.items():
        while chunks:
            # handed over for good: rows that are in dlt's files need not be in memory as well
            yield dlt.mark.with_table_name(_with_load_id(name, chunks.pop(0), load_id), name)
    if package.entries:
        table = t.CHANGES.to_arrow(package.entries)
        yield dlt.mark.with_table_name(table, t.CHANGES.name)
    for name in package.to_create:
        # no rows, all columns: dlt creates the table (its own way to do so adds a `_dlt_id` that
        # Arrow rows would lack)
        yield dlt.mark.with_table_name(t.TABLE_BY_NAME[name].to_arrow([]), name)


def _with_load_id(name: str, chunk: pa.Table, load_id: str | None) -> pa.Table:
    if name != t.BADGE_READS.name:
        return chunk
    position = chunk.schema.get_field_index("load_id")
    column = pa.array([load_id] * chunk.num_rows, pa.string())
    return chunk.set_column(position, chunk.schema.field(position), column)


def _load_package() -> TLoadPackage | None:
    try:
        return load_package_state()
    except CurrentLoadPackageStateNotAvailable:
        return None


def _in_load() -> bool:
    return _load_package() is not None


def _emptied(package: TLoadPackage) -> set[str]:
    state = package["state"]
    tables = [*(state.get("dropped_tables") or ()), *(state.get("truncated_tables") or ())]
    return {table["name"] for table in tables}
