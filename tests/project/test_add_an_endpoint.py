"""What CONTRIBUTING says of a new endpoint, done to a copy of the package.

The invented list "Get Teams" (paged; `id`, `name`, `updated_at`) is a patch beside this file.
When the patch does not fit any more, make it anew: its lines are few.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent / "new_endpoint"
PATCH = HERE / "teams.patch"
SHARED = "tests/test_endpoints.py"
"""The tests that name what a new endpoint lacks."""
MOST_FILES, MOST_LINES = 3, 60

PIECES = {
    "endpoints.py": "workforce_source/endpoints.py: ENDPOINTS has no list `teams`",
    "tables/definitions.py": (
        "workforce_source/tables/definitions.py: DATA_TABLES has no table `teams`"
    ),
    "sandbox/plain.py": "workforce_source/sandbox/plain.py: there is no route",
}
"""Files of the patch, and what the shared tests say when one is left out."""


def git_apply(*options: str, where: Path) -> str:
    """Apply the patch, or look at it."""
    command = ["git", "apply", *options, str(PATCH)]
    return subprocess.run(command, cwd=where, check=True, capture_output=True, text=True).stdout


def copied(folder: Path, *left_out: str) -> Path:
    """The package with the new endpoint, some files of the patch left out."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(CHECKOUT / "workforce_source", folder / "workforce_source", ignore=ignored)
    git_apply(*(f"--exclude=workforce_source/{name}" for name in left_out), where=folder)
    return folder


def outcome(copy: Path, *tests: str) -> subprocess.CompletedProcess[str]:
    """Run tests with the copy in place of the package."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    command += ["-o", f"pythonpath={copy} {CHECKOUT}", "-n", "0", *tests]
    environment = {**os.environ, "PYTEST_ADDOPTS": ""}
    return subprocess.run(
        command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False
    )


def test_a_new_list_is_three_files_and_a_route() -> None:
    """And less than sixty lines, the invented API's own among them."""
    sys.stdout.write(git_apply("--stat", where=CHECKOUT))  # shown with -s
    counted = [line.split("\t") for line in git_apply("--numstat", where=CHECKOUT).splitlines()]
    product = [name for _, _, name in counted if not name.startswith("workforce_source/sandbox/")]
    assert len(product) <= MOST_FILES
    assert sum(int(added) for added, _, _ in counted) < MOST_LINES


@pytest.mark.search  # checks and loads a copy of the project
def test_all_else_follows_by_itself(tmp_path: Path) -> None:
    """It is loaded and followed, and has its hints, like the lists that were there."""
    done = outcome(
        copied(tmp_path),
        SHARED,
        f"{HERE / 'check.py'}::test_it_is_loaded_and_loaded_again_exactly",
        "tests/test_source.py::test_each_resource_works_on_its_own[teams]",
        "tests/test_source.py::test_the_schema_says_what_the_tables_mean",
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.search  # what a new list has by itself is shown by the first check of them
def test_it_is_guarded_like_the_others(tmp_path: Path) -> None:
    """The guard, soft deletions, windows and columns left out hold for it, too."""
    done = outcome(copied(tmp_path), str(HERE / "check.py"))
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    "piece",
    [
        pytest.param(piece, marks=[] if piece == "endpoints.py" else pytest.mark.search)
        for piece in PIECES
    ],
)
def test_a_piece_that_is_left_out_is_named(tmp_path: Path, piece: str) -> None:
    """With the file it belongs in."""
    done = outcome(copied(tmp_path, piece), SHARED)
    assert done.returncode == 1, done.stdout
    said = re.sub(r"\s+", " ", done.stdout)
    assert PIECES[piece] in said
