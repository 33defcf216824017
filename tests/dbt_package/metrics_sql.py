"""The SQL MetricFlow makes of queries, in dbt's environment: queries in, statements out, as JSON.

    python metrics_sql.py target/semantic_manifest.json < queries.json

It is the engine beneath the command `mf`, which asks an index for a newer release of itself.
"""

import json
import sys
from pathlib import Path

from metricflow.engine.metricflow_engine import MetricFlowEngine, MetricFlowQueryRequest
from metricflow.protocols.sql_client import SqlEngine
from metricflow.sql.render.duckdb_renderer import DuckDbSqlPlanRenderer
from metricflow_semantics.model.dbt_manifest_parser import (
    parse_manifest_from_dbt_generated_manifest,
)
from metricflow_semantics.model.semantic_manifest_lookup import SemanticManifestLookup


class DuckDb:
    """How DuckDB writes SQL; nothing is executed here."""

    sql_engine_type = SqlEngine.DUCKDB
    sql_plan_renderer = DuckDbSqlPlanRenderer()


def main(manifest: str) -> None:
    """Write the statement of each query of metrics, groupings and conditions."""
    text = Path(manifest).read_text(encoding="utf-8")
    lookup = SemanticManifestLookup(parse_manifest_from_dbt_generated_manifest(text))
    engine = MetricFlowEngine(lookup, DuckDb())
    statements = []
    for query in json.load(sys.stdin):
        request = MetricFlowQueryRequest.create(
            metric_names=query["metrics"],
            group_by_names=query["group_by"],
            where_constraints=query["where"],
        )
        statements.append(engine.explain(request).sql_statement.without_descriptions.sql)
    json.dump(statements, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
