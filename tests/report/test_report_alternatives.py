"""What follows from numbers that add up."""

from __future__ import annotations

from collections.abc import Hashable

from workforce_source.report.alternatives import Sum, narrowed
from workforce_source.small_groups import Shown

FEW = Shown(1, 4)


def exactly(count: int) -> Shown:
    """A number told to the person."""
    return Shown(count, count, count)


def test_a_part_follows_from_the_whole_and_the_others() -> None:
    """Seven in all and at least four elsewhere leave at most three."""
    ranges: dict[Hashable, Shown] = {"all": exactly(7), "few": FEW, "others": Shown(4, 20)}
    assert narrowed(ranges, [Sum("all", ("few", "others"))])["few"] == (1, 3)


def test_numbers_that_contradict_each_other_count_as_told() -> None:
    """Marts rebuilt while a report reads them may do that: it ends, and hides what is few."""
    ranges: dict[Hashable, Shown] = {"all": exactly(20), "few": FEW, "others": exactly(3)}
    left = narrowed(ranges, [Sum("all", ("few", "others"))])
    assert all(low == high for low, high in left.values())
