"""How much a page tells of an organization of 500, by the figures of the sandbox's rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.make_reports import built
from tests.report.attacker import Page
from workforce_source.report import write_report
from workforce_source.report.facts import Group
from workforce_source.report.reading import read_facts
from workforce_source.report.sources import reading_pipeline


@pytest.mark.search
def test_a_page_of_five_hundred_tells_a_number_in_three_of_five_cells(tmp_path: Path) -> None:
    """Of the cells of departments in which somebody has a skill; `1–2` and words do not count."""
    pipeline = built(tmp_path, 500)
    page = Page(write_report(pipeline, tmp_path / "r.html").read_text(encoding="utf-8"))
    with reading_pipeline(pipeline) as (ask, _):
        facts = read_facts(ask, None, with_names=False)
    table = page.tables["by-department-map"]
    heads = [head.rpartition(" known")[0].rpartition(" ")[0] for head in table.heads[2:]]
    keys = {skill.name: key for key, skill in facts.skills.items()}
    there, told = 0, 0
    for row in table.rows:
        people = facts.people[keys[row[0]]]
        having = [people.get(Group("department", name), 0) for name in heads]
        there += sum(count > 0 for count in having)
        if len(row) == len(table.heads):
            cells = zip(having, row[2:], strict=True)
            told += sum(count > 0 and cell not in ("0", "1–2") for count, cell in cells)
    share = f"{told} of {there} cells of departments tell a number ({100 * told / there:.0f} %)"
    print(share)  # noqa: T201 # the figure is what this test is for
    assert told / there >= 0.6
