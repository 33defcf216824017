"""What the tables of versions say, by brute force: all of them are read, and looked at row by row.

Beside them stand snapshots of the mirror, taken as a run left it, and of the sandbox's truth.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import dlt

from tests.tools.compare import tables_of

KEYS = {
    "employees": ("id",),
    "badge_reads": ("employee_id",),
    "employee_badges": ("employee_id", "id"),
    "badge_templates": ("id",),
    "badge_template_skills": ("badge_template_id", "skill_name"),
    "external_badges": ("employee_id", "credly_record_id"),
    "external_badge_skills": ("employee_id", "credly_record_id", "skill_name"),
}
"""Tables of which versions are kept, with what names a row in each."""
TIMES = ("valid_from", "valid_to")
Values = tuple[tuple[str, Any], ...]
Snapshot = dict[str, dict[tuple[Any, ...], Values]]
"""What each row of each table says, by its key."""


@dataclass
class Version:
    """One version of one row."""

    says: Values
    start: datetime
    end: datetime | None

    def holds(self, at: datetime) -> bool:
        """Whether the row was so."""
        return self.start <= at and (self.end is None or self.end > at)


Versions = dict[str, dict[tuple[Any, ...], list[Version]]]


def versions_in(pipeline: dlt.Pipeline) -> Versions:
    """Every version there is, by table and row, the oldest first."""
    found: Versions = {}
    with pipeline.sql_client() as client:
        for name, key in KEYS.items():
            table = client.make_qualified_table_name(f"{name}_history")
            with client.execute_query(f"SELECT * FROM {table}") as cursor:
                columns = [column[0] for column in cursor.native_cursor.description]
                rows = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
            of_rows = defaultdict(list)
            for row in rows:
                version = Version(_says(name, row, row), row["valid_from"], row["valid_to"])
                of_rows[row["organization_id"], *(row[part] for part in key)].append(version)
            for some in of_rows.values():
                some.sort(key=lambda version: version.start)
            found[name] = dict(of_rows)
    return found


def broken(versions: Versions) -> list[str]:
    """Versions that overlap, are empty, or say what the one just before them says."""
    wrong = []
    for name, of_rows in versions.items():
        for key, some in of_rows.items():
            of_row = f"{name}: {key}"
            wrong += [
                f"{of_row} has a version without a length"
                for one in some
                if one.end is not None and one.end <= one.start
            ]
            for one, other in pairwise(some):
                if one.end is None or one.end > other.start:
                    wrong.append(f"{of_row} has versions that overlap")
                if one.end == other.start and one.says == other.says:
                    wrong.append(f"{of_row} has one version as two")
    return wrong


def as_of(versions: Versions, at: datetime) -> Snapshot:
    """What there was at a time."""
    return {
        name: {key: v.says for key, some in of_rows.items() for v in some if v.holds(at)}
        for name, of_rows in versions.items()
    }


def mirror_of(pipeline: dlt.Pipeline, versions: Versions) -> Snapshot:
    """What the mirror holds now, as far as versions would say it."""
    known = {
        name: {column for some in of_rows.values() for v in some for column, _ in v.says}
        for name, of_rows in versions.items()
    }
    return {
        name: {key: _says(name, row, known[name]) for key, row in rows.items()}
        for name, rows in tables_of(pipeline, KEYS).items()
    }


def _says(name: str, row: Mapping[str, Any], columns: Any) -> Values:
    kept = {column: row[column] for column in columns if column not in TIMES}
    if "badges_read_at" in kept:  # each read moves it: that there was one is what counts
        kept["badges_read_at"] = kept["badges_read_at"] is not None
    return tuple(sorted(kept.items()))


def differing(one: Snapshot, other: Snapshot) -> list[str]:
    """Where two snapshots differ, a line each."""
    return [
        f"{name}: {key} is {one[name].get(key)}, not {other[name].get(key)}"
        for name in one
        for key in one[name].keys() | other[name].keys()
        if one[name].get(key) != other[name].get(key)
    ]


@dataclass
class Seen:
    """Snapshots of the mirror as runs left it, against which versions are held."""

    of_runs: dict[datetime, Snapshot] = field(default_factory=dict)

    def take(self, pipeline: dlt.Pipeline, now: datetime) -> None:
        """Take a snapshot of what a run at a time has left."""
        self.of_runs[now] = mirror_of(pipeline, versions_in(pipeline))

    def check(self, pipeline: dlt.Pipeline) -> None:
        """Versions say what the mirror held after each run, and so at the end of each day."""
        versions = versions_in(pipeline)
        problems = broken(versions)
        for moment, held in self.of_runs.items():
            # a run at once after another is a microsecond later, the next one a minute
            found = as_of(versions, moment + timedelta(seconds=1))
            problems += [f"{moment}: {problem}" for problem in differing(found, held)]
        told = observed(pipeline)
        for day, last in {moment.date(): moment for moment in sorted(self.of_runs)}.items():
            if day not in told:
                problems.append(f"{day} is not observed")
                continue
            found = as_of(versions, told[day])
            problems += [f"{day}: {p}" for p in differing(found, self.of_runs[last])]
        assert not problems, "\n".join(problems[:20])


def observed(pipeline: dlt.Pipeline) -> dict[date, datetime]:
    """When the last run began that kept versions, by day."""
    with pipeline.sql_client() as client:
        table = client.make_qualified_table_name("history_observations")
        rows = client.execute_sql(f"SELECT observed_at FROM {table} WHERE complete") or ()
        times = [moment.astimezone(UTC) for (moment,) in rows]
        assert len({moment.date() for moment in times}) == len(times)
    return {moment.date(): moment for moment in times}
