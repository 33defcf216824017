"""Runs that load at the same instant into one dataset: each organization equals its truth."""

from collections.abc import Iterator

import pytest

from tests.tools.together import Together, together

pytestmark = pytest.mark.postgres


@pytest.fixture
def four(postgres_url: str) -> Iterator[Together]:
    """Four organizations of twenty, and one dataset."""
    with together(postgres_url, organizations=4, employees=20) as organizations:
        yield organizations


def test_organizations_that_load_at_once_do_not_touch_one_another(four: Together) -> None:
    """First loads, which all make the tables, and loads after changes; no staging is left."""
    for turn in range(2):
        four.churn(turn)
        done = four.run([four.child(number) for number in range(4)])
        assert [code for code, _ in done] == [0, 0, 0, 0], done
        assert [four.problems(number) for number in range(4)] == [[], [], [], []]
    assert four.datasets() == {four.dataset}


def test_one_organization_is_loaded_by_one_run_at_a_time(four: Together) -> None:
    """Another pipelines directory is another machine: who waits long enough loads afterwards."""
    (one,) = four.run([four.child(0)])
    assert one[0] == 0, one
    four.churn(1)
    children = [four.child(0), four.child(0, "other", wait_for_lease=60)]
    done = four.run(children)
    assert [code for code, _ in done] == [0, 0], done
    assert four.problems(0) == []
    four.churn(2)
    refused: list[tuple[int | None, str]] = []
    # while the first asks for its first page, so that it surely holds the lease
    four.histories[0].sandbox.on_request(
        lambda _: refused or refused.append(four.child(0, "other", wait_for_lease=0).run())
    )
    (done,) = four.run([four.child(0)])
    assert done[0] == 0, done
    assert refused[0][0] == 1
    assert "is being loaded by process" in refused[0][1]
    assert four.problems(0) == []
    assert four.datasets() == {four.dataset}
