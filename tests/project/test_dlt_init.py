"""`dlt init workforce` from a clone of this repository: a project that loads."""

import os
import re
import shutil
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from tests.tools.main_job import environment
from workforce_source.sandbox import Sandbox

CHECKOUT = Path(__file__).resolve().parents[2]


def test_the_folder_for_dlt_has_no_code_of_its_own() -> None:
    """It names what the installed package has, and nothing else."""
    text = (CHECKOUT / "sources" / "workforce" / "__init__.py").read_text(encoding="utf-8")
    _docstring, code = text.split('"""\n', 1)
    assert re.fullmatch(
        r"\nfrom workforce_source import (\w+), (\w+)\n\n__all__ = \[\"\1\", \"\2\"\]\n", code
    )


@pytest.mark.search  # two processes that start dlt
def test_dlt_init_makes_a_project_that_loads(tmp_path: Path, sandbox: Sandbox) -> None:
    """In an empty folder, from a repository that holds what is here now."""
    clone, project = tmp_path / "clone", tmp_path / "project"
    shutil.copytree(CHECKOUT / "sources", clone / "sources")
    name = ("-c", "user.name=n", "-c", "user.email=n@example.com")
    for words in (["init", "-q"], ["add", "."], [*name, "commit", "-qm", "as it is"]):
        subprocess.run(["git", *words], cwd=clone, check=True)  # noqa: S607 # whichever it is
    project.mkdir()
    variables = environment(project, {"RUNTIME__DLTHUB_TELEMETRY": "false"})
    (entry,) = entry_points(group="console_scripts", name="dlt")
    words = ["--non-interactive", "init", "workforce", "duckdb", "--location", str(clone)]
    started = f"import sys; from {entry.module} import {entry.attr} as dlt; sys.exit(dlt())"
    subprocess.run(
        [sys.executable, "-c", started, *words],
        cwd=project,
        env=variables,
        check=True,
        capture_output=True,
        timeout=120,
    )
    settings = dict(sandbox.settings)
    for file, filled in (("config", "organization_id"), ("secrets", "api_token")):
        path = project / ".dlt" / f"{file}.toml"
        text = path.read_text(encoding="utf-8")
        # what the folder's docstring says to remove
        text = re.sub(r"^(client_secret|pseudonym_key) = .*\n", "", text, flags=re.MULTILINE)
        line = re.compile(rf'^{filled} = ".*$', re.MULTILINE)
        path.write_text(line.sub(f'{filled} = "{settings[filled]}"', text), encoding="utf-8")
    address = {"SOURCES__WORKFORCE__BASE_URL": settings["base_url"]}
    done = subprocess.run(
        [sys.executable, "workforce_pipeline.py"],
        cwd=project,
        env={**os.environ, **variables, **address},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert (project / "workforce_pipeline.duckdb").exists()
