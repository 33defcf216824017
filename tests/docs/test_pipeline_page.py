"""docs/pipeline.md: each example is run as a script of its own, against the sandbox."""

import re
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from tests.tools.documents import blocks_of, page
from tests.tools.forked import Forked, run_script
from tests.tools.main_job import account, environment, run_python, write_sections
from workforce_source.sandbox import Sandbox

EXAMPLES = {
    section.partition("\n")[0]: blocks_of(section, "python")
    for section in page("docs/pipeline.md").split("\n## ")[1:]
    if blocks_of(section, "python")
}


def asked(folder: Path, query: str) -> list[tuple[object, ...]]:
    """What the file that an example filled answers."""
    with duckdb.connect(str(folder / "workforce.duckdb"), read_only=True) as connection:
        return connection.execute(query).fetchall()


def tables(folder: Path) -> set[object]:
    """The tables and views of the dataset that are not dlt's own."""
    names = asked(
        folder,
        "select table_name from information_schema.tables"
        " where table_schema = 'credly' and table_name not like '\\_dlt%' escape '\\'",
    )
    return {name for (name,) in names}


def loaded(folder: Path, said: str) -> None:
    """All of it is there, and said in a few lines."""
    assert asked(folder, "select count(*) from credly.employees") == [(60,)]
    assert said.endswith("Exit code 0: loaded.\n")


def selected(folder: Path, _: str) -> None:
    """One list, and the feed of changes."""
    assert tables(folder) == {"employees", "changes"}


def masked(folder: Path, _: str) -> None:
    """Left out is null; a pseudonym is no e-mail."""
    assert asked(folder, "select count(zip_code), count(email) from credly.employees") == [(0, 60)]
    assert asked(folder, "select count(bio) from credly.employee_profiles") == [(0,)]
    assert asked(folder, "select count(*) from credly.employees where email like '%@%'") == [(0,)]


def filtered(folder: Path, _: str) -> None:
    """Those who accepted."""
    found = asked(folder, "select employee_state, count(*) from credly.employees group by all")
    assert found == [("accepted", 44)]


def with_a_column(folder: Path, _: str) -> None:
    """In the view, for everybody with an e-mail."""
    found = asked(folder, "select count(*), count(nullif(email_domain, '')) from credly.people")
    assert found == [(60, 60)]


def transformed(folder: Path, _: str) -> None:
    """Beside the mirror, which is whole."""
    assert asked(folder, "select count(*) from credly.employees") == [(60,)]
    assert asked(
        folder,
        "select count(*) = count(distinct domain), count(*) > 0 from credly.domains",
    ) == [(True, True)]


def several(folder: Path, said: str) -> None:
    """Each by itself in one dataset."""
    assert said == "europe 0\namerica 0\n"
    query = "select count(distinct organization_id), count(*) from credly.employees"
    assert asked(folder, query) == [(2, 60 + 8)]


def failed(folder: Path, _: str) -> None:
    """It ends as it says; here well."""
    assert asked(folder, "select count(*) from credly.employees") == [(60,)]


def read_back(_: Path, said: str) -> None:
    """Every row in chunks, and three of them."""
    count, rows = said.splitlines()
    assert count == "60"
    assert rows.count("(") == 3


def by_day(folder: Path, said: str) -> None:
    """The lists are there, badges are not."""
    assert asked(folder, "select count(*) from credly.employees") == [(60,)]
    assert asked(folder, "select count(*) from credly.employee_badges") == [(0,)]
    assert "0 were read, 44 wait for a later run" in said


CHECKS: dict[str, Callable[[Path, str], None]] = {
    "Two ways to load": loaded,
    "Only some resources": selected,
    "Mask a column": masked,
    "Only some people": filtered,
    "A column of your own": with_a_column,
    "A transformer": transformed,
    "Several organizations": several,
    "When it fails": failed,
    "Read it back": read_back,
    "Another schedule": by_day,
}
TESTED = "A test of your pipeline"


def run(code: str, folder: Path, *words: str, variables: dict[str, str]) -> str:
    """Run an example in a folder, and get what it prints."""
    script = folder / "example_of_the_page.py"
    script.write_text(code, encoding="utf-8")
    process = Forked(
        run_script, str(script), *words, folder=folder, environment=environment(folder, variables)
    )
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, out + err
    return out


def test_every_example_is_checked() -> None:
    """One block a section, each with what it is to do."""
    assert EXAMPLES.keys() == {*CHECKS, TESTED}
    assert {len(blocks) for blocks in EXAMPLES.values()} == {1}


@pytest.mark.parametrize(
    "section",
    [
        pytest.param(name, marks=() if name == "A transformer" else pytest.mark.search, id=name)
        for name in CHECKS
    ],
)
def test_an_example_of_the_page_does_what_it_says(
    section: str, tmp_path: Path, sandbox: Sandbox
) -> None:
    """Without a change, in an empty folder."""
    variables = account(sandbox)
    if section == "Read it back":
        run(EXAMPLES["Two ways to load"][0], tmp_path, variables=variables)
    if section != "Several organizations":
        CHECKS[section](tmp_path, run(EXAMPLES[section][0], tmp_path, variables=variables))
        return
    with Sandbox(employees=8, seed=3) as other:
        sections = {"europe": sandbox.settings, "america": other.settings}
        write_sections(tmp_path, sections)
        CHECKS[section](tmp_path, run(EXAMPLES[section][0], tmp_path, variables={}))


@pytest.mark.search
def test_at_night_badges_are_read(tmp_path: Path, sandbox: Sandbox) -> None:
    """By the same script, which is told so."""
    (code,) = EXAMPLES["Another schedule"]
    for words in ((), ("night",)):
        said = run(code, tmp_path, *words, variables=account(sandbox))
    assert "44 were read" in said
    assert asked(tmp_path, "select count(*) > 0 from credly.employee_badges") == [(True,)]


@pytest.mark.search
def test_an_error_is_said_and_ends_with_its_code(tmp_path: Path) -> None:
    """Without settings: 2, and where they belong."""
    script = tmp_path / "example_of_the_page.py"
    script.write_text(EXAMPLES["When it fails"][0], encoding="utf-8")
    done = run_python(tmp_path, str(script), variables={})
    assert done.returncode == 2
    assert "organization_id" in done.stdout
    assert "Traceback" not in done.stderr


@pytest.mark.search
def test_the_test_of_the_page_passes(tmp_path: Path) -> None:
    """Collected by pytest, as a file of its reader's."""
    (code,) = EXAMPLES[TESTED]
    (tmp_path / "test_pipeline.py").write_text(code, encoding="utf-8")
    done = run_python(
        tmp_path, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_pipeline.py", variables={}
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^1 passed", done.stdout, re.MULTILINE)
