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
    """A first load and one after changes; no staging dataset is left."""
    assert four.run([four.child(0)])[0][0] == 0
    for turn in range(2):
        four.churn(turn)
        done = four.run([four.child(number) for number in range(4)])
        assert [code for code, _ in done] == [0, 0, 0, 0], done
        assert [four.problems(number) for number in range(4)] == [[], [], [], []]
    assert four.datasets() == {four.dataset}
