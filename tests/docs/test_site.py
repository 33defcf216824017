"""The site of docs/: every page is in its navigation, every public name in its reference.

That it can be built without a warning, and asks no other host, is seen by `.ci/run`.
"""

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
import yaml

from tests.tools.documents import CHECKOUT, blocks_of, page, pages

# tags are not resolved: one of them names a function of a package that is not here
SITE: dict[str, Any] = yaml.load(page("mkdocs.yml"), yaml.BaseLoader)  # noqa: S506
NAMES = re.findall(r"^::: (\S+)$", page("docs/api.md"), re.MULTILINE)
FACES = ("", ".exceptions", ".forgetting", ".marts", ".report", ".roster", ".sandbox", ".skills")
"""Whose `__all__` is for everybody."""


def places(entry: Any) -> Iterator[str]:
    """Every page below an entry of the navigation."""
    if isinstance(entry, str):
        yield entry
    for below in entry if isinstance(entry, list) else ():
        yield from places(below)
    for below in entry.values() if isinstance(entry, dict) else ():
        yield from places(below)


def test_every_page_is_in_the_navigation_once() -> None:
    """Those of docs/, and those of the top folder, which the site has below top/."""
    ours = [name for name in pages() if "/" not in name or re.fullmatch(r"docs/[^/]+", name)]
    expected = [name.removeprefix("docs/") if "/" in name else f"top/{name}" for name in ours]
    assert sorted(places(SITE["nav"])) == sorted(expected)


def test_a_reader_asks_no_other_host() -> None:
    """No fonts from elsewhere, no counting, no scripts but those of the theme."""
    assert SITE["theme"]["font"] == "false"
    assert SITE["plugins"][0] == "search"
    assert SITE.keys() & {"extra_javascript", "extra", "repo_url", "site_url"} == set()
    assert "//" not in page("docs/site/site.css")


def test_every_public_name_is_in_the_reference_once() -> None:
    """Where it is imported from by whoever uses it."""
    public = set()
    for face in FACES:
        names = import_module(f"workforce_source{face}").__all__
        public |= {f"workforce_source{face}.{name}" for name in names}
    # the same class, by two names
    public -= {"workforce_source.WorkforceError"}
    public -= {f"workforce_source.forgetting.{name}" for name in ("forget", "unforget")}
    assert public - set(NAMES) == set()
    assert len(set(NAMES)) == len(NAMES)


@pytest.mark.parametrize(
    "name", [name for name in NAMES if not re.search(r"dagster|airflow", name)]
)
def test_a_name_of_the_reference_exists_and_says_what_it_is(name: str) -> None:
    """Its docstring is what the reference shows; extras are read when the site is built."""
    module, _, attribute = name.rpartition(".")
    found = getattr(import_module(module), attribute)
    if callable(found):
        assert found.__doc__


def test_what_the_pages_import_is_in_the_reference() -> None:
    """A name that an example uses is a public one."""
    imported = set()
    for text in pages().values():
        for block in blocks_of(text, "python"):
            for node in ast.walk(ast.parse(block)):
                if isinstance(node, ast.ImportFrom) and str(node.module).startswith("workforce_"):
                    imported |= {f"{node.module}.{alias.name}" for alias in node.names}
    assert imported - set(NAMES) - {"workforce_source.WorkforceError"} == set()


def test_what_the_site_adds_is_not_shown_as_a_page() -> None:
    """Its hooks and its style are in a folder of their own."""
    kept = {path.name for path in (CHECKOUT / "docs" / "site").iterdir() if path.is_file()}
    assert kept == {"hooks.py", "site.css"}
    assert SITE["exclude_docs"] == "site/*.py"
