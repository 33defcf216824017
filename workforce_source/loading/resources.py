"""The resources of a source: tables as dlt knows them, with their hints, cursors and items.

Which rows there are is found in `sync`; when they are loaded is decided elsewhere.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any, Final

import dlt
import pyarrow as pa
from dlt.common.schema.typing import TTableSchemaColumns
from dlt.common.storages.exceptions import CurrentLoadPackageStateNotAvailable
from dlt.common.storages.load_package import TLoadPackage, load_package_state
from dlt.extract import DltResource, DltSource

from workforce_source import tables as t
from workforce_source.endpoints import LISTS
from workforce_source.exceptions import ConfigError
from workforce_source.mirror import Package
from workforce_source.settings import SECTION, Settings
from workforce_source.sync.context import hidden_by
from workforce_source.tables import Table

CURSORS: Final = {endpoint.name: endpoint.cursor for endpoint in LISTS if endpoint.cursor}
"""Column of each cursor, by resource."""
REACHED: Final = "organizations"
"""Key of a resource's state: how far the API's stamps have come, by organization."""
_LOAD_ID: Final = "_dlt_load_id"
"""dlt's name for the column that says which load package a row came with."""
_MERGE: Final = {"disposition": "merge", "strategy": "delete-insert"}

Parts = Callable[[str], Iterator[Package]]
"""Gets what there is to write of a resource."""


@dlt.source(name=SECTION, section=SECTION, max_table_nesting=0)
def package_source(
    settings: Settings, package: Package, names: Iterable[str] = t.RESOURCES
) -> Iterable[DltResource]:
    """Get the resources that write one package: the same names, hints and cursors."""
    return build_resources(settings, lambda name: iter([package.of_resource(name)]), names)


def build_resources(
    settings: Settings, parts: Parts, names: Iterable[str] = t.RESOURCES
) -> list[DltResource]:
    """Get a resource for each name."""
    return [_resource(settings, name, parts) for name in names]


def _resource(settings: Settings, name: str, parts: Parts) -> DltResource:
    resource: DltResource
    if name in CURSORS:
        # The difference decides what is written; the cursor only records how far the API's own
        # stamps have come. Boundary deduplication would drop rows that changed at equal stamps.
        cursor = dlt.sources.incremental(
            CURSORS[name],
            initial_value=settings.first_cursor,
            end_value=settings.window[1] if settings.window else None,
            primary_key=(),
            on_cursor_value_missing="include",
        )

        def advancing(cursor: dlt.sources.incremental[Any] = cursor) -> Iterator[Any]:
            for package in parts(name):
                known = cursor.last_value, package.newest.get(name)
                cursor.advance(max(filter(None, known), default=None))
                if settings.window is None and load_package() is not None:
                    _reach(settings.organization_id, package.newest.get(name))
                yield from _items(name, package)

        resource = dlt.resource(advancing, name=name)
    else:

        def plain() -> Iterator[Any]:
            for package in parts(name):
                yield from _items(name, package)

        resource = dlt.resource(plain, name=name)
    # Variants first: they start from the hints the resource has, and must not inherit a table's.
    for table in t.TABLES:
        if table.name != name and (table.resource == name or table is t.CHANGES):
            resource.apply_hints(**_hints(settings, table), create_table_variant=True)
    if name in t.TABLE_BY_NAME:
        resource.apply_hints(**_hints(settings, t.TABLE_BY_NAME[name]))
    return resource


def _reach(organization_id: str, newest: datetime | None) -> None:
    # dlt has one cursor for all organizations that are loaded by a pipeline of one name
    reached: dict[str, datetime] = dlt.current.resource_state().setdefault(REACHED, {})
    if newest is not None:
        reached[organization_id] = max(newest, reached.get(organization_id, newest))


def _hints(settings: Settings, table: Table) -> dict[str, Any]:
    hidden = hidden_by(settings)
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
        if f"{table.name}.{column.name}" in hidden.left_out:
            hint["description"] += " Left out by the settings."
        elif f"{table.name}.{column.name}" in hidden.replaced:
            hint["description"] += " A pseudonym."
        columns[column.name] = hint
    columns[_LOAD_ID] = {"name": _LOAD_ID, "data_type": "text", "nullable": False}
    return {
        "table_name": table.name,
        "columns": columns,
        "primary_key": list(table.primary_key),
        "write_disposition": _MERGE,
        "references": [
            {
                "columns": list(reference.columns),
                "referenced_table": reference.table,
                "referenced_columns": list(reference.referenced),
            }
            for reference in table.references
        ],
        "additional_table_hints": {"description": f"Grain: {table.grain}."},
    }


def _items(resource: str, package: Package) -> Iterator[Any]:
    load_id = (load_package() or {}).get("load_id")

    def item(name: str, chunk: pa.Table) -> Any:
        rows = _with_load_id(name, chunk, load_id)
        # a mark would pass on to what a transformer makes of the rows
        return rows if name == resource else dlt.mark.with_table_name(rows, name)

    for name, chunks in package.chunks.items():
        while chunks:
            # handed over for good: rows that are in dlt's files need not be in memory as well
            yield item(name, chunks.pop(0))
    if package.entries:
        yield item(t.CHANGES.name, t.CHANGES.to_arrow(package.entries))
    for name in package.to_create:
        # no rows, all columns: dlt creates the table (its own way to do so adds a `_dlt_id` that
        # Arrow rows would lack)
        yield item(name, t.TABLE_BY_NAME[name].to_arrow([]))


def _with_load_id(name: str, chunk: pa.Table, load_id: str | None) -> pa.Table:
    if load_id is None:
        return chunk
    column = pa.repeat(load_id, chunk.num_rows)
    if name == t.BADGE_READS.name:
        position = chunk.schema.get_field_index("load_id")
        chunk = chunk.set_column(position, chunk.schema.field(position), column)
    # dlt adds it by a setting, which would be that of every other pipeline of the process, too
    return chunk.append_column(pa.field(_LOAD_ID, pa.string(), nullable=False), column)


def taking_part(source: DltSource, asked: str) -> tuple[tuple[str, ...], frozenset[str]]:
    """Get which resources are read, and which of them are written; the others feed transformers.

    Args:
        source: What is loaded: this source, or one that dlt made around some of its resources.
        asked: The resource that is asked for.

    Raises:
        ConfigError: A resource has another name or other hints than its rows are compared by, or
            is written and feeds a transformer at once.
    """
    pipes = source.resources.extracted_pipes
    read = tuple(name for name in t.RESOURCES if name in {pipe.name for pipe in pipes})
    if asked not in read:
        raise ConfigError(
            f"The resource {asked} has another name here, by which its tables are not found. Leave"
            " the name; a view names a table as you like. Nothing was written."
        )
    written = {
        name: source.selected_resources[name] for name in read if name in source.selected_resources
    }
    for pipe in pipes:
        if pipe.has_parent and pipe.parent.name in written:
            fed = pipe.parent.name
            raise ConfigError(
                f"{pipe.name} is fed by {fed}, which is written by the same source: dlt would take"
                f" what it makes for rows of {fed}. Give it a place of its own:"
                f" pipeline.run([source, source.{fed} | {pipe.name}]). Nothing was written."
            )
    for resource in written.values():
        _refuse_other_hints(resource)
    return read, frozenset(written)


def _refuse_other_hints(resource: DltResource) -> None:
    """Make sure that rows find those that are there, and are merged: a run yields a difference."""
    table = t.TABLE_BY_NAME[resource.name]
    given: Any = resource.write_disposition
    disposition = given.get("disposition") if isinstance(given, dict) else given
    if disposition != "merge":
        raise ConfigError(
            f"write_disposition of {resource.name} is {disposition}, but a run yields only what"
            " changed: with anything but merge the rest would be lost or stand twice. Leave it"
            " out; to begin anew use refresh=, or drop the dataset. Nothing was written."
        )
    schema = resource.compute_table_schema()
    columns = schema.get("columns", {})
    key = [name for name, column in columns.items() if column.get("primary_key")]
    for hint, found, right in (
        ("table_name", str(schema["name"]), table.name),
        ("primary_key", ", ".join(sorted(key)), ", ".join(sorted(table.primary_key))),
    ):
        if found != right:
            raise ConfigError(
                f"{hint} of {resource.name} is {found}, but what a run yields was found by"
                f" comparing with {right}. Leave it out; a view names and keys a table as you like."
                " Nothing was written."
            )


def load_package() -> TLoadPackage | None:
    """Get the load package that is being extracted; None outside of a load."""
    try:
        return load_package_state()
    except CurrentLoadPackageStateNotAvailable:
        return None
