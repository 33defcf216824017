"""dlt's own `rest_api` source, written well: as its documentation advises, and tuned.

Resources run in parallel with as many workers as connections, rows travel as parquet, columns are
declared, and the fan-out goes over a listing filtered to those who accepted. Declared in the
configuration where `rest_api` has a word for it; the one function is the key's percent-encoding,
which `rest_api` leaves out.
"""

import os
from typing import Any
from urllib.parse import quote

import dlt
from dlt.common.jsonpath import compile_path
from dlt.sources.helpers.requests import Client
from dlt.sources.rest_api import rest_api_resources
from dlt.sources.rest_api.typing import PageNumberPaginatorConfig, RESTAPIConfig

from benchmarks.loaders.job import Job, answer, given_job
from benchmarks.loaders.rows import EMPLOYEE


def main() -> None:
    """Load once, everything replaced, and tell the rows written."""
    job = given_job()
    os.environ["EXTRACT__WORKERS"] = str(job.connections)
    os.environ["EXTRACT__MAX_PARALLEL_ITEMS"] = str(4 * job.connections)
    pipeline = dlt.pipeline(
        "declarative",
        pipelines_dir=job.folder,
        destination=dlt.destinations.duckdb(job.database),
        dataset_name="workforce",
    )
    pipeline.run(
        dlt.source(rest_api_resources, name="declarative")(declared(job)),
        loader_file_format="parquet",
    )
    normalized = pipeline.last_trace and pipeline.last_trace.last_normalize_info
    counts = normalized.row_counts if normalized else {}
    answer({"rows": {name: n for name, n in counts.items() if not name.startswith("_dlt")}})


def declared(job: Job) -> RESTAPIConfig:
    """Get the source as `rest_api` wants it."""
    pages: PageNumberPaginatorConfig = {
        "type": "page_number",
        "base_page": 1,
        "total_path": "metadata.total_pages",
    }
    return {
        "client": {
            "base_url": job.organization,
            "auth": {"type": "http_basic", "username": job.api_token, "password": ""},
            "paginator": pages,
            # nothing is asked of .netrc and proxy variables for every request: a third faster
            "session": Client(raise_for_status=False, session_attrs={"trust_env": False}).session,
        },
        "resource_defaults": {
            "write_disposition": "replace",
            "parallelized": True,
            # compiled: a text would be parsed anew for every answer, a quarter of the time
            "endpoint": {"data_selector": compile_path("data")},
        },
        "resources": [
            {
                "name": "employees",
                "primary_key": "id",
                "columns": _columns(*EMPLOYEE),
                "endpoint": {"path": "employees"},
            },
            {
                "name": "accepted",
                "selected": False,
                "endpoint": {
                    "path": "employees",
                    "params": {"filter": "employee_state::accepted"},
                },
                "processing_steps": [{"map": _with_key}],
            },
            {
                "name": "employee_data",
                "primary_key": "id",
                "columns": _columns(*EMPLOYEE, "bio", "vanity_url"),
                "nested_hints": {"badges": {"columns": _columns(*_BADGE)}},
                "endpoint": {
                    "path": "employees/{resources.accepted.key}/data",
                    "paginator": "single_page",
                },
            },
            {
                "name": "external_badges",
                "columns": _columns(*_EXTERNAL),
                "endpoint": {"path": "employee_external_badges"},
            },
        ],
    }


def _with_key(employee: dict[str, Any]) -> dict[str, Any]:
    # the only thing the fan-out needs; rest_api puts it into the path as it is
    return {"key": quote(employee["email"], safe="")}


_TIMES = {"created_at", "employee_state_updated_at", "last_invitation_sent_at"}
_ISSUED = ("issued_at", "issued_at_date", "expires_at", "expires_at_date")
_BADGE = (
    *("id", "issued_to", "issued_to_first_name", "issued_to_middle_name", "issued_to_last_name"),
    *(*_ISSUED, "state", "public", "badge_template__id", "badge_template__name"),
    *("badge_template__description", "badge_template__image", "badge_template__image_url"),
    *("issuer__name", "issuer__image_url"),
)
_EXTERNAL = (
    *("employee__id", "employee__external_id"),
    *(
        f"external_badge__{name}"
        for name in (
            *("type", "badge_name", "badge_description", "credential_number"),
            *("badge_criteria__id", "badge_criteria__narrative", "issuer_name", *_ISSUED),
            *("badge_url", "badge_id", "credly_record_id", "refreshed_at"),
            *("verification_status__verified", "image_url"),
        )
    ),
)


def _columns(*names: str) -> dict[str, Any]:
    def kind(name: str) -> str:
        if name in ("public", "external_badge__verification_status__verified"):
            return "bool"
        if name.endswith("_at_date"):
            return "date"
        return "timestamp" if name.endswith("_at") else "text"

    return {name: {"name": name, "data_type": kind(name)} for name in names}


if __name__ == "__main__":
    main()
