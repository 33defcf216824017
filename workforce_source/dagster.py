"""Definitions for Dagster: an asset each table and mart, organizations as partitions, checks.

Every load is `load()`, with its lease, its checkpoints and its exit codes, which dagster-dlt's own
translator goes round (`docs/orchestrators.md`). What may not be in here: how a load is done.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, Unpack

try:
    import dagster as dg
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError(
        f"workforce_source.dagster needs {missing.name}: pip install 'workforce-source[dagster]'",
        name=missing.name,
    ) from None

from workforce_source import tables as t
from workforce_source.arguments import GivenSettings
from workforce_source.exceptions import WorkforceError
from workforce_source.exit_codes import ExitCode
from workforce_source.marts import EVERY_CHECK, MARTS, Check, CheckResult, Mart, Seeds
from workforce_source.marts.definitions import tables_in
from workforce_source.sync.badges import RESOURCE as BADGES
from workforce_source.tasks import Dataset, Loaded, organization_keys

_NO_SEEDS: Final = Seeds()
_RETRIES: Final = dg.RetryPolicy(max_retries=3, delay=60, backoff=dg.Backoff.EXPONENTIAL)
_COMPLETE: Final = "read_completely"
_NOTHING_HELD: Final = "nothing_held_back"


def workforce_definitions(
    destination: Any,
    *,
    dataset_name: str = "credly",
    organizations: Sequence[str] | None = None,
    cron: str = "17 * * * *",
    retries: dg.RetryPolicy = _RETRIES,
    seeds: Seeds = _NO_SEEDS,
    **settings: Unpack[GivenSettings],
) -> dg.Definitions:
    """Get what a code location needs to load organizations into one dataset, and to make marts.

    A partition is an organization; a run of the job `workforce_load` loads one. The marts are of
    all of them, and made after: by the sensor once no load is under way, or by the job
    `workforce_marts`. All steps are in the pool `workforce_<dataset_name>`, which needs the limit 1
    where the destination is a DuckDB file.

    Args:
        destination: dlt's destination, or its name; a file of DuckDB with its path.
        dataset_name: Dataset or schema, and the first part of the keys of its assets.
        organizations: Their names in the configuration; all of them unless given.
        cron: When every organization is loaded, in UTC.
        retries: How a load that failed is tried again, where that may help.
        seeds: What the company filled in for the marts.
        **settings: Settings that win over configuration, for every organization.

    Raises:
        ConfigError: The sections of the organizations cannot be used.
    """
    dataset = Dataset(destination, dataset_name, settings, seeds)
    names = list(organizations or organization_keys())
    partitions = dg.StaticPartitionsDefinition(names)
    pool = f"workforce_{dataset_name}"
    raw, marts = _raw(dataset, partitions, pool, retries), _marts(dataset, pool)
    load = dg.define_asset_job("workforce_load", dg.AssetSelection.assets(raw))

    def each_organization(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest]:
        for name in names:
            # two evaluations of one tick start one run
            key = f"{name} {context.scheduled_execution_time.isoformat()}"
            yield dg.RunRequest(run_key=key, partition_key=name)

    return dg.Definitions(
        assets=[raw, marts],
        jobs=[load, dg.define_asset_job("workforce_marts", dg.AssetSelection.assets(marts))],
        schedules=[
            dg.ScheduleDefinition(
                name="workforce_load_schedule",
                job=load,
                cron_schedule=cron,
                execution_timezone="UTC",
                execution_fn=each_organization,
            )
        ],
        sensors=[
            dg.AutomationConditionSensorDefinition(
                "workforce_marts_sensor", target=dg.AssetSelection.assets(marts)
            )
        ],
    )


def _raw(
    dataset: Dataset, partitions: dg.PartitionsDefinition[str], pool: str, retries: dg.RetryPolicy
) -> dg.AssetsDefinition:
    keys = {table.name: [dataset.dataset_name, table.name] for table in t.TABLES}
    employees = keys[t.EMPLOYEES.name]

    def load_organization(context: dg.AssetExecutionContext) -> Iterator[Any]:
        with _failures():
            loaded = dataset.load(context.partition_key)
        for table in t.TABLES:
            yield dg.MaterializeResult(asset_key=keys[table.name], metadata=_figures(table, loaded))
        summary = loaded.summary
        yield _told(employees, _COMPLETE, not summary.partial, loaded, dg.AssetCheckSeverity.WARN)
        held_back = summary.exit_code == ExitCode.HELD_BACK
        yield _told(employees, _NOTHING_HELD, not held_back, loaded, dg.AssetCheckSeverity.ERROR)

    return dg.multi_asset(
        name="load_organization",  # a name of the jobs' would be refused in a code location
        specs=[
            dg.AssetSpec(
                keys[table.name],
                description=f"One row is {table.grain}.",
                group_name="workforce",
                kinds={"dlt"},
                metadata={"dagster/column_schema": _columns(table)},
            )
            for table in t.TABLES
        ],
        check_specs=[
            # of each partition its own, or the next organization's would take its place
            dg.AssetCheckSpec(
                name, asset=employees, description=_of(code), partitions_def=partitions
            )
            for name, code in ((_COMPLETE, ExitCode.PARTIAL), (_NOTHING_HELD, ExitCode.HELD_BACK))
        ],
        partitions_def=partitions,
        pool=pool,
        retry_policy=retries,
    )(load_organization)


def _marts(dataset: Dataset, pool: str) -> dg.AssetsDefinition:
    keys = {mart.name: [f"{dataset.dataset_name}_marts", mart.name] for mart in MARTS}
    checked = {check.name: keys[_home(check)] for check in EVERY_CHECK}

    def made_of(mart: Mart) -> list[list[str]]:
        raw = [[dataset.dataset_name, name] for name in sorted(tables_in(mart.select, "raw"))]
        marts = [keys[name] for name in sorted(tables_in(mart.select, "marts") & keys.keys())]
        # of seeds alone: made when the others are
        return raw + marts or [[dataset.dataset_name, t.EMPLOYEES.name]]

    def make_marts() -> Iterator[Any]:
        with _failures():
            made = dataset.make_marts()
        for name, key in keys.items():
            rows = made.marts.rows.get(name)
            yield dg.MaterializeResult(
                asset_key=key,
                metadata={
                    **({} if rows is None else {"dagster/row_count": rows}),
                    "as_of": made.marts.as_of.isoformat(),
                    "seconds_of_all_marts": made.marts.seconds,
                },
            )
        for check in made.checks:
            yield _checked(check, checked[check.name])

    return dg.multi_asset(
        name="make_marts",
        specs=[
            dg.AssetSpec(
                keys[mart.name],
                deps=made_of(mart),
                description=mart.description,
                group_name="workforce_marts",
                kinds={"sql"},
                # one organization that was never loaded keeps no other from being shown
                automation_condition=dg.AutomationCondition.eager().without(
                    ~dg.AutomationCondition.any_deps_missing()
                ),
            )
            for mart in MARTS
        ],
        check_specs=[
            dg.AssetCheckSpec(check.name, asset=checked[check.name], description=check.message)
            for check in EVERY_CHECK
        ],
        pool=pool,
    )(make_marts)


@contextmanager
def _failures() -> Iterator[None]:
    """Let a step fail with our words, and be tried again only where that may help."""
    try:
        yield
    except WorkforceError as error:
        raise dg.Failure(
            error.message,
            metadata={"exit_code": int(error.exit_code), "error": type(error).__name__},
            allow_retries=error.exit_code != ExitCode.UNUSABLE,
        ) from None


def _figures(table: t.Table, loaded: Loaded) -> dict[str, Any]:
    statistics = loaded.summary.statistics
    # lists are read in full by each load, badges where they are due
    fresh = statistics.oldest_read_at if table.resource == BADGES else loaded.started
    figures: dict[str, Any] = dict(statistics.tally.get(table.name, {}))
    if table.name in loaded.rows:
        figures["dagster/partition_row_count"] = loaded.rows[table.name]
    if fresh is not None:
        figures["fresh_as_of"] = dg.MetadataValue.timestamp(fresh)
    figures["requests_of_the_load"] = sum(loaded.summary.requests.values())
    if table == t.EMPLOYEES:
        figures["load"] = dg.MetadataValue.json(loaded.as_dict())
    return figures


def _told(
    key: list[str], name: str, passed: bool, loaded: Loaded, severity: dg.AssetCheckSeverity
) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        passed=passed,
        asset_key=key,
        check_name=name,
        severity=severity,
        description=loaded.meaning,
        metadata={
            "organization": loaded.organization,
            "exit_code": int(loaded.summary.exit_code),
            "notes": dg.MetadataValue.json(loaded.summary.statistics.notes),
        },
    )


def _checked(check: CheckResult, key: list[str]) -> dg.AssetCheckResult:
    failing = dg.AssetCheckSeverity.ERROR if check.failed else dg.AssetCheckSeverity.WARN
    return dg.AssetCheckResult(
        # what is only worth knowing has its number, and no warning
        passed=check.offenders == 0 or check.severity == "info",
        asset_key=key,
        check_name=check.name,
        severity=failing,
        description=check.message,
        metadata={"offenders": check.offenders},
    )


def _home(check: Check) -> str:
    """Get the mart a check is shown at: the first it asks, or that is made of what it asks."""
    asked, raw = tables_in(check.sql, "marts"), tables_in(check.sql, "raw")
    for mart in MARTS:
        if mart.name in asked or (not asked and raw & tables_in(mart.select, "raw")):
            return mart.name
    return "dim_skill"  # what it compares, SQL cannot


def _columns(table: t.Table) -> dg.TableSchema:
    return dg.TableSchema(
        [
            dg.TableColumn(column.name, column.type, description=column.description)
            for column in table.all_columns
        ]
    )


def _of(code: ExitCode) -> str:
    return f"Fails where the main job would end with {code.value}: {code.meaning}."
