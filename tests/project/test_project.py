"""What holds for the project as a whole: versions, the lock, and what tracked files may name.

Nothing here imports a room; the rules between rooms are in test_imports.py.
"""

import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import run
import workforce_source

CHECKOUT = Path(__file__).resolve().parents[2]
PROJECT: dict[str, Any] = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
LOCK = (CHECKOUT / "requirements.lock").read_text(encoding="utf-8")
TEST_LOCK = (CHECKOUT / "requirements-test.lock").read_text(encoding="utf-8")
OWN_LOCKS = {
    group: (CHECKOUT / f"requirements-{group}.lock").read_text(encoding="utf-8")
    for group in ("apps", "dbt", "destinations", "docs")
}
"""Locks of groups that stay out of everybody's environment."""
WHOLE_LOCKS = {
    name: (CHECKOUT / f"requirements-{name}.lock").read_text(encoding="utf-8")
    for name in ("airflow", "dagster", "prefect", "spark")
}
"""Locks of the package beside an orchestrator, or Spark."""

# Put together, so that this file does not name what it looks for.
REGISTRY = re.compile("|".join([r"pypi\.(org|python)", r"pythonhosted\.", r"registry\.npm"]))
MACHINE_PATH = re.compile(r"(?<![\w.~$}<-])/(home|Users|root|work|opt|mnt)/")
INDEX_OPTION = re.compile(r"^\s*--?(index|extra-index|find-links|trusted|i |f )", re.MULTILINE)
LOCKED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]+\])?==(\S+)", re.MULTILINE)


def tracked() -> Iterator[tuple[str, str]]:
    """Each tracked text file: its path in the checkout and its text."""
    # safe.directory: a checkout mounted into a container belongs to somebody else.
    git = ["git", "-c", "safe.directory=*", "ls-files", "-z"]
    listed = subprocess.run(git, cwd=CHECKOUT, check=True, capture_output=True, text=True)
    for name in filter(None, listed.stdout.split("\0")):
        path = CHECKOUT / name
        if path.is_file():  # a file removed but not committed yet is still listed
            yield name, path.read_bytes().decode("utf-8", "replace")


def locked_versions(lock: str) -> dict[str, str]:
    """Every package of a lock with its version."""
    return {canonicalize_name(name): version for name, version in LOCKED.findall(lock)}


def run_time() -> list[Requirement]:
    """Every package that running needs: the package's own, and the extras of the commands."""
    extras = PROJECT["project"]["optional-dependencies"]
    lines = list(PROJECT["project"]["dependencies"])
    lines += [line for name in ("notify", "postgres", "sandbox") for line in extras[name]]
    return [Requirement(line) for line in lines]


def of_tests_and_tools() -> list[Requirement]:
    """Every package of a group that has no lock of its own."""
    groups = PROJECT["dependency-groups"].items()
    return [
        Requirement(line)
        for name, group in groups
        if name not in OWN_LOCKS and name not in WHOLE_LOCKS
        for line in group
        if isinstance(line, str)
    ]


@pytest.mark.parametrize("pattern", [REGISTRY, MACHINE_PATH], ids=["registry", "machine path"])
def test_no_tracked_file_names_a_registry_or_a_path_of_a_machine(pattern: re.Pattern[str]) -> None:
    """The project installs from whatever registry a person has, wherever it is checked out."""
    named = [
        f"{name}:{number}: {line.strip()[:80]}"
        for name, text in tracked()
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]
    assert named == []


@pytest.mark.parametrize(
    "lock",
    [LOCK, TEST_LOCK, *OWN_LOCKS.values(), *WHOLE_LOCKS.values()],
    ids=["run", "test", *OWN_LOCKS, *WHOLE_LOCKS],
)
def test_a_lock_has_no_index_options_and_a_hash_for_every_package(lock: str) -> None:
    """Plain `pip install --require-hashes -r requirements.lock` takes the lock as it is."""
    assert not INDEX_OPTION.search(lock)
    blocks = re.split(r"^(?=[A-Za-z0-9])", lock, flags=re.MULTILINE)[1:]
    assert blocks
    assert [block.splitlines()[0] for block in blocks if "--hash=sha256:" not in block] == []


@pytest.mark.parametrize("requirement", run_time(), ids=str)
def test_the_lock_holds_every_dependency_at_a_version_that_fits(requirement: Requirement) -> None:
    """A dependency named in pyproject.toml is in the lock, within its floor and ceiling."""
    assert_locked(requirement, LOCK)


@pytest.mark.parametrize("requirement", of_tests_and_tools(), ids=str)
def test_what_tests_and_tools_need_is_in_their_lock_alone(requirement: Requirement) -> None:
    """Who only runs the job does not install them."""
    assert_locked(requirement, TEST_LOCK)
    assert canonicalize_name(requirement.name) not in locked_versions(LOCK)


def test_the_lock_of_the_tests_has_what_runs_at_the_same_versions() -> None:
    """What is tested is what is run."""
    assert locked_versions(LOCK).items() <= locked_versions(TEST_LOCK).items()


@pytest.mark.parametrize(
    ("group", "requirement"),
    [
        (name, Requirement(line))
        for name in OWN_LOCKS
        for line in PROJECT["dependency-groups"][name]
    ],
    ids=str,
)
def test_a_group_with_its_own_lock_stays_out_of_the_other(
    group: str, requirement: Requirement
) -> None:
    """It holds dbt, the apps, or what makes the site; of the loader's it shares duckdb alone."""
    assert_locked(requirement, OWN_LOCKS[group])
    name = canonicalize_name(requirement.name)
    assert name == "duckdb" or name not in locked_versions(LOCK)


@pytest.mark.parametrize("name", WHOLE_LOCKS)
def test_orchestrators_and_spark_are_locked_beside_all_that_the_package_needs(name: str) -> None:
    """The package and its tests run with it in one environment."""
    project, groups = PROJECT["project"], PROJECT["dependency-groups"]
    extras = project["optional-dependencies"]
    lines = [*project["dependencies"], *extras["postgres"], *extras["sandbox"], *groups["test"]]
    lines += [*extras.get(name, ()), *(line for line in groups[name] if isinstance(line, str))]
    for line in lines:
        assert_locked(Requirement(line), WHOLE_LOCKS[name])


def assert_locked(requirement: Requirement, lock: str) -> None:
    """Assert that a lock holds a version that fits."""
    version = locked_versions(lock).get(canonicalize_name(requirement.name))
    assert version, f"{requirement.name} is not locked: refresh the lock (CONTRIBUTING.md)"
    assert requirement.specifier.contains(version, prereleases=True)


def test_the_version_stands_in_one_place() -> None:
    """pyproject.toml reads the version from the package, and the changelog's newest entry is it."""
    assert "version" in PROJECT["project"]["dynamic"]
    assert PROJECT["tool"]["hatch"]["version"]["path"] == "workforce_source/__init__.py"
    changelog = (CHECKOUT / "CHANGELOG.md").read_text(encoding="utf-8")
    released = re.findall(r"^## \[(\d[^\]]*)\]", changelog, re.MULTILINE)
    assert released[0] == workforce_source.__version__


def test_the_oldest_python_is_the_same_everywhere() -> None:
    """The package, ruff and run.py agree on the oldest Python."""
    oldest = ".".join(map(str, run.OLDEST))
    assert PROJECT["project"]["requires-python"] == f">={oldest}"
    assert PROJECT["tool"]["ruff"]["target-version"] == f"py{oldest.replace('.', '')}"


def test_every_public_name_is_there_and_documented() -> None:
    """`__all__` promises classes and functions, and each says what it is, also when asked again."""
    names = workforce_source.__all__
    assert len(set(names)) == len(names)
    for name in names * 2:  # a module of the same name takes the place of a name after its import
        value = getattr(workforce_source, name)
        assert callable(value), f"{name} is a {type(value).__name__}"
        assert value.__doc__
