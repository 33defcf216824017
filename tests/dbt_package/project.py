"""A dbt project as an analytics engineer has it, in a folder of its own, with the package in it.

Its files are the ones docs/dbt.md shows. dbt runs in an environment of its own, made by `run.py`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import dlt

from workforce_source.dbt_package.seeds import COMPANY, seed_files, write_seeds
from workforce_source.marts import Seeds

CHECKOUT = Path(__file__).resolve().parents[2]
PACKAGE = CHECKOUT / "dbt_package"
PAGE = (CHECKOUT / "docs" / "dbt.md").read_text(encoding="utf-8")
SHOWN = dict(re.findall(r"`([\w/]+\.yml)`(?:,[^\n]*)?:\n\n```yaml\n(.*?)^```$", PAGE, re.M | re.S))
"""The files the page shows, by their names."""

_DBT = "from dbt.cli.main import cli; cli()"
SCHEMA = "analytics"
MARTS_SCHEMA = f"{SCHEMA}_workforce_marts"


class Project:
    """A dbt project that depends on the package by `local:`.

    Args:
        folder: A new folder.
        pipeline: The pipeline whose raw tables it reads; dbt writes into the same database.
        seeds: What the company filled in: a folder of CSV files, or the seeds read from it.
        own: Further files of the company's project by their paths.
    """

    def __init__(
        self,
        folder: Path,
        pipeline: dlt.Pipeline,
        seeds: Path | Seeds,
        own: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.folder = folder
        files = {
            **SHOWN,
            **own,
            "packages.yml": f"packages:\n  - local: {PACKAGE}\n",
            "profiles.yml": json.dumps({"company": {"target": "dev", "outputs": {"dev": {}}}}),
        }
        files["dbt_project.yml"] = files["dbt_project.yml"].replace(
            "workforce_schema: credly", f"workforce_schema: {pipeline.dataset_name}"
        )
        profile = {"company": {"target": "dev", "outputs": {"dev": _target(pipeline)}}}
        files["profiles.yml"] = json.dumps(profile)
        for name, text in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        if isinstance(seeds, Path):
            write_seeds(seeds, folder / "seeds")
        else:
            empty = folder / "empty"
            empty.mkdir()
            write_seeds(empty, folder / "seeds")
            for name, text in seed_files(seeds).items():
                (folder / "seeds" / f"{COMPANY}{name}.csv").write_text(text, encoding="utf-8")
        self.dbt("deps")

    @classmethod
    def at(cls, folder: Path) -> Project:
        """A project that stands in a folder already."""
        project = cls.__new__(cls)
        project.folder = folder
        return project

    def dbt(self, *arguments: str, exit_code: int = 0) -> str:
        """Run dbt and get what it printed."""
        return self.python("-c", _DBT, *arguments, exit_code=exit_code, errors=subprocess.STDOUT)

    def python(
        self,
        *arguments: str,
        exit_code: int = 0,
        errors: int = subprocess.PIPE,
        given: str = "",
    ) -> str:
        """Run Python in dbt's environment and get what it printed.

        Args:
            *arguments: As on the command line.
            exit_code: How it should end.
            errors: Where its standard error goes.
            given: Its standard input.
        """
        command = [sys.executable, str(CHECKOUT / "run.py"), "--lock"]
        done = subprocess.run(
            [*command, str(CHECKOUT / "requirements-dbt.lock"), *arguments],
            cwd=self.folder,
            env={**os.environ, "DBT_USE_COLORS": "false", "PGTZ": "America/Los_Angeles"},
            input=given,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            check=False,
            timeout=900,
        )
        assert done.returncode == exit_code, (done.stdout, done.stderr)
        return done.stdout

    def results(self) -> list[dict[str, Any]]:
        """What became of every model and test of the last command."""
        results: list[dict[str, Any]] = self.artifact("run_results")["results"]
        return results

    def artifact(self, name: str) -> dict[str, Any]:
        """One of the files dbt leaves for other programs."""
        path = self.folder / "target" / f"{name}.json"
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return document

    def close(self) -> None:
        """Leave nothing behind."""
        shutil.rmtree(self.folder, ignore_errors=True)


def table(pipeline: dlt.Pipeline, schema: str, name: str) -> tuple[list[Any], list[Any]]:
    """Columns with types, in order, and every row of a table, sorted."""
    with pipeline.sql_client() as client:
        columns = client.execute_sql(
            "SELECT column_name, data_type FROM information_schema.columns"
            f" WHERE table_schema = '{schema}' AND table_name = '{name}' ORDER BY ordinal_position"
        )
        rows = client.execute_sql(f"SELECT * FROM {schema}.{name}")
    return list(columns or ()), sorted(map(repr, rows or ()))


def _target(pipeline: dlt.Pipeline) -> dict[str, Any]:
    """The warehouse of a pipeline as a profile of dbt has it; its sessions are not in UTC."""
    with pipeline.sql_client() as client:
        credentials = client.credentials
    if pipeline.destination.destination_name == "duckdb":
        shown = {"type": "duckdb", "settings": {"TimeZone": "America/Los_Angeles"}}
        return {**shown, "path": str(credentials.database), "schema": SCHEMA, "threads": 2}
    address = urlsplit(credentials.to_native_representation())
    return {
        "type": "postgres",
        "host": unquote(parse_qs(address.query)["host"][0]),
        "port": 5432,
        "user": "postgres",
        "password": "x",
        "dbname": "postgres",
        "schema": SCHEMA,
        "threads": 2,
    }
