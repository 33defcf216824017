"""The same organization loaded twice: as it is, and with who everybody is hidden.

What hiding makes of a row is worked out here by hand: columns and digests share nothing with the
code they judge.
"""

import gzip
import hmac
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dlt
import duckdb
import pyarrow.parquet as pq

from tests.tools.compare import Rows
from tests.tools.histories import History
from tests.tools.timekeeping import Waits
from workforce_source import Summary, load
from workforce_source.clock import Clock
from workforce_source.sandbox import Sandbox

KEY = "a-key-of-tests-that-nobody-else-may-have"
PRESET: dict[str, Any] = {"pseudonymize": ["pseudonymous"], "pseudonym_key": KEY}
LEFT_OUT = {
    "employees": "first_name last_name full_name photo_url manager_first_name manager_last_name"
    " zip_code",
    "employee_profiles": "bio vanity_url",
    "employee_badges": "issued_to issued_to_first_name issued_to_middle_name issued_to_last_name",
    "external_badges": "badge_description badge_criteria_narrative badge_url image_url",
}
REPLACED = {
    ("employees", "email"): "email",
    ("employees", "external_id"): "external_id",
    ("employees", "manager_external_id"): "external_id",
    ("external_badges", "employee_external_id"): "external_id",
    ("external_badges", "credential_number"): "external_badges.credential_number",
    ("external_badges", "badge_id"): "external_badges.badge_id",
}


def pseudonym(domain: str, value: str, key: str = KEY) -> str:
    """What stands for a value."""
    said = f"pseudonym {domain}\0{value}".encode()
    return f"pseudonym:{hmac.new(key.encode(), said, 'sha256').hexdigest()[:32]}"


def hidden(name: str, rows: Rows) -> Rows:
    """What rows are once it is hidden who everybody is; without their hashes."""
    out = {*LEFT_OUT.get(name, "").split(), "extra"}
    found = {}
    for key, row in rows.items():
        new = {column: None if column in out else value for column, value in row.items()}
        for (table, column), domain in REPLACED.items():
            if table == name and row[column]:
                new[column] = pseudonym(domain, row[column])
        found[key] = {column: value for column, value in new.items() if column != "row_hash"}
    return found


class Hiding:
    """A second mirror of a history's organization, with settings of its own."""

    def __init__(self, history: History, **settings: Any) -> None:
        self.history, self.settings = history, settings
        self.folder = history.folder / "hidden"
        self.folder.mkdir()
        self.file = self.folder / "h.duckdb"

    def pipeline(self, name: str = "hidden") -> dlt.Pipeline:
        """A pipeline as a new process would make it."""
        return dlt.pipeline(
            name,
            destination=dlt.destinations.duckdb(str(self.file)),
            dataset_name="workforce",
            pipelines_dir=str(self.folder / "pipelines"),
        )

    def load(self, waits: Waits | None = None, **settings: Any) -> Summary:
        """One run at the time the clock of the history shows."""
        clock = waits.clock(self.history.clock) if waits else Clock(self.history.clock)
        given = {**self.history.settings, **self.settings, **settings}
        return load(self.pipeline(), clock=clock, **given)


def secrets_of(sandbox: Sandbox) -> set[str]:
    """Names, keys, free texts and pictures of everybody there is."""
    found = set()
    truth = sandbox.truth()
    for row in truth["employees"]:
        found |= {str(row[c]) for c in ("email", "full_name", "photo_url", "external_id") if row[c]}
    for row in truth["employee_profiles"]:
        found |= {str(row[c]) for c in ("bio", "vanity_url") if row[c]}
    for row in truth["external_badges"]:
        found |= {str(row[c]) for c in ("badge_url", "credential_number") if row[c]}
    return {one for one in found if len(one) > 3}


def texts_in(file: Path) -> Iterator[str]:
    """All texts in the tables of a DuckDB file, whose compression may hide them from a search."""
    with duckdb.connect(str(file), read_only=True) as connection:
        tables = connection.execute(
            "SELECT schema_name, table_name FROM duckdb_tables() WHERE NOT internal"
        ).fetchall()
        for schema, table in tables:
            for row in connection.execute(f'SELECT * FROM "{schema}"."{table}"').fetchall():
                yield from (str(value) for value in row if isinstance(value, str | list | dict))


def found_below(folder: Path, wanted: set[str]) -> dict[str, set[str]]:
    """Which texts stand in which file, or in its name: as bytes, unpacked, and in tables."""
    found: dict[str, set[str]] = {}
    for path in folder.rglob("*"):
        if not path.is_file():
            continue
        data = path.read_bytes()
        texts = [path.name, data.decode("utf-8", "replace")]
        if data[:2] == b"\x1f\x8b":
            texts.append(gzip.decompress(data).decode("utf-8", "replace"))
        if data[:4] == b"PAR1":
            texts.append(str(pq.read_table(io.BytesIO(data)).to_pylist()))
        if path.suffix == ".duckdb":
            texts += texts_in(path)
        whole = "\n".join(texts).casefold()
        if held := {one for one in wanted if one.casefold() in whole}:
            found[str(path.relative_to(folder))] = held
    return found
