"""What one load package holds, and how a long one is cut; pure, without a destination."""

from collections import Counter
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from workforce_source.mirror import Difference, Memory, Package, Writer
from workforce_source.tables import EMPLOYEES, EXTERNAL_BADGES, Row, Table

TABLES = (EMPLOYEES, EXTERNAL_BADGES)


def rows_from(number: int, count: int) -> list[Row]:
    """Rows of either table, with keys of their own."""
    return [
        {
            "organization_id": "o",
            **dict.fromkeys((*EMPLOYEES.key, *EXTERNAL_BADGES.key), f"{number}-{place}"),
        }
        for place in range(count)
    ]


def keys_of(*packages: Package) -> Counter[tuple[str, ...]]:
    """Table and key of every row, as often as it is there."""
    return Counter(
        (table.name, *key)
        for package in packages
        for table in TABLES
        for chunk in package.chunks.get(table.name, [])
        for key in zip(*(chunk[name].to_pylist() for name in table.key), strict=True)
    )


@given(
    st.lists(st.tuples(st.sampled_from(TABLES), st.integers(1, 9)), max_size=12),
    st.integers(1, 25),
)
def test_a_package_cut_in_pieces_has_every_row_once(
    added: list[tuple[Table, int]], most: int
) -> None:
    """No piece has more rows than asked for, unless a single Arrow table has."""
    package = Package(to_create=["changes"])
    for number, (table, count) in enumerate(added):
        package.chunks.setdefault(table.name, []).append(table.to_arrow(rows_from(number, count)))
    before = keys_of(package)
    pieces = list(package.cut(most))
    assert keys_of(*pieces) == before
    assert package.rows == 0
    for piece in pieces:
        sizes = [chunk.num_rows for chunks in piece.chunks.values() for chunk in chunks]
        assert sum(sizes) <= most or len(sizes) == 1
    assert not any(piece.to_create for piece in pieces)
    assert package.to_create == ["changes"]


def test_of_more_changes_than_fit_one_entry_is_left() -> None:
    """Ten thousand rows of a table have an entry each; with one more, one stands for all."""
    writer = Writer(Memory(None, "o"), "o", soft=False, excluded=frozenset())
    for count, entries in ((10_000, 10_000), (10_001, 1)):
        package = Package()
        rows = rows_from(0, count)
        writer.write(package, EMPLOYEES, Difference(added=rows), datetime(2026, 1, 1, tzinfo=UTC))
        assert len(package.entries) == entries
        assert package.tally["employees"] == {"added": count}
    assert package.entries[0]["row_key"] == "*"
