"""The main job as people run it: a process of its own, in a directory of its own.

`run_job` forks it from a warm Python, which saves a second a run; `started_job` and `run_python`
start a Python, for what a person sees of starting and ending.

And the search for personal data in whatever such a run leaves behind or says.
"""

import gzip
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from tests.tools.forked import Forked, run_script
from workforce_source.sandbox import Sandbox

CHECKOUT = Path(__file__).resolve().parents[2]
SCRIPT = CHECKOUT / "pipelines" / "workforce_pipeline.py"
PASSWORD = "open-sesame-42"
"""For destinations that do not exist."""
Done = subprocess.CompletedProcess[str]


def account(sandbox: Sandbox) -> dict[str, str]:
    """The settings of an account, here the sandbox's, as the environment names them."""
    return {f"SOURCES__WORKFORCE__{name.upper()}": v for name, v in sandbox.settings.items()}


def write_sections(folder: Path, organizations: Mapping[str, Mapping[str, Any]]) -> None:
    """Write the settings of several organizations as a person does, each in its section."""
    sections = [
        f"[sources.workforce.organizations.{name}]\n"
        + "".join(f"{setting} = {json.dumps(value)}\n" for setting, value in settings.items())
        for name, settings in organizations.items()
    ]
    file = folder / ".dlt" / "secrets.toml"
    file.parent.mkdir(exist_ok=True)
    file.write_text("\n".join(sections), encoding="utf-8")


def environment(folder: Path, variables: dict[str, str]) -> dict[str, str]:
    """The environment of a person who has set nothing but these variables."""
    inherited = {name: v for name, v in os.environ.items() if "__" not in name}
    paths = [str(CHECKOUT), *filter(None, [os.environ.get("PYTHONPATH")])]
    own = {"DLT_DATA_DIR": str(folder / "dlt"), "PYTHONPATH": os.pathsep.join(paths)}
    return inherited | own | variables


def run_job(folder: Path, *flags: str, variables: dict[str, str]) -> Done:
    """Run the main job in a folder to its end."""
    process = Forked(
        run_script, str(SCRIPT), *flags, folder=folder, environment=environment(folder, variables)
    )
    out, err = process.communicate(timeout=120)
    assert process.returncode is not None
    return Done([str(SCRIPT), *flags], process.returncode, out, err)


def run_python(folder: Path, *words: str, variables: dict[str, str]) -> Done:
    """Run `python WORDS` in a folder to its end."""
    return subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env=environment(folder, variables),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@contextmanager
def started_job(
    folder: Path, *flags: str, variables: dict[str, str], script: Path | str = SCRIPT
) -> Iterator["subprocess.Popen[str]"]:
    """Start the main job in a folder; it is ended with the block."""
    with subprocess.Popen(
        [sys.executable, str(script), *flags],
        cwd=folder,
        env=environment(folder, variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _processes() -> dict[int, int]:
    """The processes there are, each with its parent; without those that have ended already."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it ended meanwhile
            name, _, rest = stat.read_text(encoding="utf-8").rpartition(")")
            state, parent, *_ = rest.split()
            if state != "Z":
                found[int(name.split()[0])] = int(parent)
    return found


def children_of(process: int) -> set[int]:
    """The processes a process has started and that are still there."""
    return {one for one, parent in _processes().items() if parent == process}


def alive(processes: set[int]) -> set[int]:
    """Those of some processes that are still there."""
    return processes & _processes().keys()


def loader_of(folder: Path, organization: str) -> int:
    """The process that loads an organization of several, as its lock says; 0 for none."""
    lock = folder / "dlt" / "pipelines" / f"workforce_{organization}.workforce.lock"
    try:
        return int(json.loads(lock.read_text(encoding="utf-8"))["process"])
    except (OSError, ValueError):  # not there, or nobody's
        return 0


def personal(sandbox: Sandbox) -> set[str]:
    """Every e-mail and full name of the sandbox, and every secret of a run."""
    people = sandbox.truth()["employees"]
    found = {str(row[name]) for row in people for name in ("email", "full_name") if row[name]}
    return found | {sandbox.api_token, sandbox.client_secret, PASSWORD}


def personal_data_in(text: str, sandbox: Sandbox) -> set[str]:
    """What of the personal data stands in a text, in any case."""
    text = text.casefold()
    return {one for one in personal(sandbox) if one.casefold() in text}


def personal_data_below(folder: Path, sandbox: Sandbox) -> dict[str, set[str]]:
    """What of the personal data stands in which file, compressed ones unpacked; DuckDB's left out.

    Only the destination itself is a place for personal data.
    """
    found = {}
    for path in folder.rglob("*"):
        if path.is_file() and not path.name.startswith("workforce.duckdb"):
            held = personal_data_in(f"{path.name}\n{unpacked(path)}", sandbox)
            if held:
                found[str(path.relative_to(folder))] = held
    return found


def unpacked(path: Path) -> str:
    """The content of a file as text."""
    data = path.read_bytes()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    if data[:4] == b"PAR1":
        return str(pq.read_table(io.BytesIO(data)).to_pylist())
    return data.decode("utf-8", "replace")
