"""No flag destroys what is there: outputs are looked at before anything is read or written."""

import os
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.tools.main_job import account, run_job
from workforce_source.exceptions import ConfigError
from workforce_source.marts.paths import files_of, refuse_input, require_place
from workforce_source.sandbox import Sandbox

LOADED = "employees, once loaded"
NAMES: dict[str, Callable[[Path], Path]] = {
    "itself": lambda file: file,
    "another case": lambda file: file.with_name(file.name.upper()),
    "write-ahead log": lambda file: file.with_name(file.name + ".wal"),
    "recovery": lambda file: file.with_name(file.name + ".wal.recovery"),
    "in its scratch folder": lambda file: file.with_name(file.name + ".tmp") / "report.html",
}
WAYS: dict[str, Callable[[Path], Path]] = {
    "relative": lambda file: Path(os.path.relpath(file)),
    "another spelling": lambda file: Path(tempfile.mkdtemp(dir=file.parent), "..", file.name),
    "symbolic link": lambda file: linked(file, os.symlink),
    "hard link": lambda file: linked(file, os.link) if file.is_file() else file,
    "linked folder": lambda file: linked(file.parent, os.symlink) / file.name,
}


def linked(target: Path, link: Callable[[Path, Path], None]) -> Path:
    """Another name for a file or a folder, in a folder of its own."""
    name = Path(tempfile.mkdtemp(dir=target.absolute().parent), "other")
    link(target.absolute(), name)
    return name


@given(
    name=st.sampled_from(sorted(NAMES)),
    ways=st.lists(st.sampled_from(sorted(WAYS)), max_size=3),
    there=st.booleans(),
)
@example(name="itself", ways=["hard link"], there=True)
@example(name="another case", ways=["linked folder"], there=False)
def test_an_output_that_is_an_input_by_any_name_is_refused(
    name: str, ways: list[str], there: bool
) -> None:
    """Links, spellings and what DuckDB keeps beside a file, also of one that is not there yet."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "data", "workforce.duckdb")
        file.parent.mkdir()
        if there:
            file.write_text(LOADED, encoding="utf-8")
        path = NAMES[name](file)
        if path.parent != file.parent:
            path.parent.mkdir()
        for way in ways:
            path = WAYS[way](path)
        with pytest.raises(ConfigError, match="belongs to the destination"):
            refuse_input(path, "--report", {"the destination": files_of(file)})


@given(st.sampled_from(["report.html", "other.duckdb", "workforce.html", "sub/workforce.duckdb"]))
def test_an_output_of_its_own_is_not_refused(name: str) -> None:
    """A file beside the destination, and one of its name elsewhere, are nobody's."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "workforce.duckdb")
        file.write_text(LOADED, encoding="utf-8")
        Path(folder, "sub").mkdir()
        refuse_input(Path(folder, name), "--report", {"the destination": files_of(file)})


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("html", b"DUCK and more"),
        ("html", b"[sources.workforce]\napi_token = 'x'"),
        ("html", b"\x00" * 100),
        ("duckdb", b"<!doctype html><html>"),
        ("duckdb", b"00000000DUCK, though no database"),
        ("csv", b"alias,skill\n"),
        ("csv", b"skill,proposed,decision,salary\n"),
        ("csv", b"skill,proposed,decision\n"),
        ("csv", b""),
    ],
)
def test_only_a_file_of_its_own_kind_is_replaced(kind: str, content: bytes, tmp_path: Path) -> None:
    """Whatever else stands at the place of an output is somebody's."""
    file = tmp_path / "somebodys"
    file.write_bytes(content)
    if content in (b"", b"skill,proposed,decision\n"):
        require_place(file, "--skill-review", kind)
        return
    with pytest.raises(ConfigError, match="left as it is"):
        require_place(file, "--output", kind)
    assert file.read_bytes() == content


def test_a_database_of_somebody_else_is_not_replaced(tmp_path: Path) -> None:
    """A DuckDB file without our marts, or with a loaded dataset, is no published file."""
    for tables in (["sales"], ["mart_skill_coverage", "_dlt_loads"]):
        file = tmp_path / f"{tables[0]}.duckdb"
        with duckdb.connect(str(file)) as connection:
            for table in tables:
                connection.execute(f"create table {table} as select 1 as one")
        before = file.read_bytes()
        with pytest.raises(ConfigError, match="not a published DuckDB file"):
            require_place(file, "--publish", "duckdb")
        assert file.read_bytes() == before


def test_no_flag_destroys_the_destination_or_another_output(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    """Exit 2 before any request, and every file is as it was."""
    ids = tmp_path / "ids.html"
    ids.write_text("<!doctype html>\n", encoding="utf-8")
    with duckdb.connect(str(tmp_path / "workforce.duckdb")) as connection:
        connection.execute("create table mine as select 1 as one")
    os.link(tmp_path / "workforce.duckdb", tmp_path / "linked.duckdb")
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    for flags in (
        ("--publish", "workforce.duckdb"),
        ("--publish", "linked.duckdb"),
        ("--report", "./workforce.duckdb"),
        ("--report", "workforce.duckdb.wal"),
        ("--skill-review", "workforce.duckdb.wal"),
        ("--skill-review", "r.csv", "--skill-library", "./r.csv"),
        ("--skill-review", "skillGroups_en.csv", "--skill-library", "skills_en.csv"),
        ("--skill-review", "r.csv", "--skill-library", "ids.html", "--report", "ids.html"),
        ("--publish", "r.html", "--report", "r.html"),
        ("--publish", "r.duckdb", "--report", "r.duckdb.wal"),
        ("--report", "r.csv", "--skill-review", "R.csv"),
        ("--refresh", "ids.html", "--report", "ids.html"),
        ("--report", ".dlt/secrets.toml"),
        ("--report", "dlt/pipelines/workforce/report.html"),
        ("--no-load", "--publish", "workforce.duckdb"),
        ("--check", "--report", "workforce.duckdb"),
    ):
        done = run_job(tmp_path, *flags, variables=account(sandbox))
        assert (done.returncode, done.stdout) == (2, ""), flags
        assert "belongs to" in done.stderr, flags
    after = {path: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    assert after == before
    assert sandbox.counts() == {}


def test_a_folder_of_somebody_else_is_not_emptied_for_a_pipeline(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    """It would be emptied by dlt: exit 2; what dlt itself left there is no hindrance."""
    thesis = tmp_path / "home" / "workforce" / "thesis.tex"
    thesis.parent.mkdir(parents=True)
    thesis.write_text("ten years", encoding="utf-8")
    done = run_job(tmp_path, "--pipelines-dir", "home", variables=account(sandbox))
    assert done.returncode == 2
    assert "is not dlt's" in done.stderr
    assert thesis.read_text(encoding="utf-8") == "ten years"
    thesis.unlink()
    (thesis.parent / "schemas").mkdir()  # what a kill may leave of dlt's first steps
    flags = ("--pipelines-dir", "home", "--no-marts")
    assert run_job(tmp_path, *flags, variables=account(sandbox)).returncode == 0


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--report", "."), "names the folder ."),
        (("--publish", ".."), "names the folder .."),
        (("--report", "nowhere/r.html"), "--report cannot be written to nowhere/r.html"),
        (("--publish", "x" * 250), "cannot be written"),
        (
            ("--skill-review", "nowhere/a.csv"),
            "--skill-review cannot be written to nowhere/a.csv",
        ),
        (("--publish", "credly.duckdb"), "cannot hold the schema credly"),
        (("--publish", "credly_marts.duckdb"), "cannot hold the schema credly_marts"),
    ],
)
def test_an_output_that_cannot_be_written_is_said_before_the_first_request(
    flags: tuple[str, ...], said: str, tmp_path: Path, sandbox: Sandbox
) -> None:
    """Nobody waits for a load to hear of a name that could never be."""
    done = run_job(tmp_path, *flags, variables=account(sandbox))
    assert done.returncode in (1, 2)
    assert said in done.stderr
    assert sandbox.counts() == {}
    assert not (tmp_path / "workforce.duckdb").exists()


@pytest.mark.search  # in the normal run, what is said before the load
def test_a_file_that_can_no_longer_be_written_does_not_undo_the_load(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    """The summary of the load stands first, then what failed and what to do: exit 4."""
    (tmp_path / "out").mkdir()

    def remove_when_asked() -> None:
        while not sandbox.counts():
            pass
        (tmp_path / "out").rmdir()

    removing = threading.Thread(target=remove_when_asked, daemon=True)
    removing.start()
    done = run_job(tmp_path, "--publish", "out/bi.duckdb", variables=account(sandbox))
    removing.join()
    assert done.returncode == 4, done.stderr
    loaded, _, failed = done.stdout.partition("The data is loaded, but")
    assert "Loaded into" in loaded
    assert "The published file cannot be written to out/bi.duckdb" in failed
    with duckdb.connect(str(tmp_path / "workforce.duckdb"), read_only=True) as connection:
        count = connection.execute("select count(*) from credly.employees").fetchall()
    assert count == [(len(sandbox.truth()["employees"]),)]
