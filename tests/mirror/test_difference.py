"""Differences and the removal guard, both pure: applied, they make the mirror equal the answer."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tools.examples import examples
from workforce_source.mirror import Index, RemovalGuard, compare
from workforce_source.tables import EMPLOYEE_BADGES, Key, Row

ids = st.sampled_from("abcdef")
hashes = st.sampled_from(["1:x", "1:y", "1:z"])
held_rows = st.dictionaries(st.tuples(ids, ids), hashes)
answers = st.lists(st.tuples(ids, ids, hashes))


def row(employee_id: str, badge_id: str, row_hash: str) -> Row:
    """A row as far as a difference looks at it."""
    return {"employee_id": employee_id, "id": badge_id, "row_hash": row_hash}


@pytest.mark.property
@settings(max_examples=examples(250, 3_000), deadline=None)
@given(held=held_rows, gone=st.sets(st.tuples(ids, ids)), answer=answers)
def test_a_difference_applied_gives_the_answer(
    held: dict[Key, str], gone: set[Key], answer: list[tuple[str, str, str]]
) -> None:
    """What is written and what is absent turn the held keys into those of the answer."""
    rows = [row(*parts) for parts in answer]
    found = compare(rows, Index(EMPLOYEE_BADGES, dict(held), gone - held.keys()))
    after = dict(held)
    for written in (*found.added, *found.changed):
        after[EMPLOYEE_BADGES.key_of(written)] = written["row_hash"]
    for key in found.absent:
        del after[key]
    assert after == {EMPLOYEE_BADGES.key_of(r): r["row_hash"] for r in rows}


@pytest.mark.property
@settings(max_examples=examples(166, 2_000), deadline=None)
@given(held=held_rows, answer=answers)
def test_only_what_differs_is_written(
    held: dict[Key, str], answer: list[tuple[str, str, str]]
) -> None:
    """Each key is written at most once, never with the hash it has, and twice is never needed."""
    rows = [row(*parts) for parts in answer]
    found = compare(rows, Index(EMPLOYEE_BADGES, dict(held)))
    written = [EMPLOYEE_BADGES.key_of(r) for r in (*found.added, *found.changed)]
    assert len(set(written)) == len(written)
    assert all(held.get(EMPLOYEE_BADGES.key_of(r)) != r["row_hash"] for r in found.changed)
    assert not set(written) & set(found.absent)
    after = Index(EMPLOYEE_BADGES, dict(held))
    after.learn(found)
    again = compare(rows, after)
    assert [again.added, again.changed, again.absent] == [[], [], []]


@pytest.mark.property
@settings(max_examples=examples(166, 2_000), deadline=None)
@given(held=held_rows, gone=st.sets(st.tuples(ids, ids)), answer=answers, scopes=st.sets(ids))
def test_an_answer_says_nothing_of_other_scopes(
    held: dict[Key, str],
    gone: set[Key],
    answer: list[tuple[str, str, str]],
    scopes: set[str],
) -> None:
    """Of what is held, only the scopes that were read are compared, and only they are learned."""
    known = Index(EMPLOYEE_BADGES, dict(held), gone - held.keys())
    within = known.within((scope,) for scope in scopes)
    assert within.live == {key: h for key, h in held.items() if key[0] in scopes}
    assert within.gone == {key for key in gone - held.keys() if key[0] in scopes}
    rows = [row(*parts) for parts in answer if parts[0] in scopes]
    known.learn(compare(rows, within))
    others = {key: h for key, h in held.items() if key[0] not in scopes}
    assert known.live == others | {EMPLOYEE_BADGES.key_of(r): r["row_hash"] for r in rows}
    found = {key for keys in known.scopes.values() for key in keys}
    assert found == known.live.keys()


def test_a_part_of_a_scope_calls_nothing_absent() -> None:
    """Rows that are not all of their scope say nothing about the rest."""
    held = Index(EMPLOYEE_BADGES, {("a", "1"): "1:x", ("a", "2"): "1:x"})
    found = compare([row("a", "1", "1:y")], held, whole=False)
    assert found.absent == []
    assert len(found.changed) == 1


def test_nineteen_removals_always_pass() -> None:
    """However small the table is, fewer than twenty removals are an ordinary day."""
    guard = RemovalGuard(max_share=0.0)
    assert guard.allows({"t": 19}, {"t": 19})
    assert guard.held_back == Counter()


def test_the_guard_counts_over_the_whole_run_and_stays_closed() -> None:
    """Removals add up over batches; once too many, nothing more is removed in the run."""
    guard = RemovalGuard(max_share=0.2)
    assert guard.allows({"t": 100}, {"t": 15})
    assert not guard.allows({"t": 10}, {"t": 8})
    assert not guard.allows({"t": 10_000}, {"t": 1})
    assert guard.held_back == {"t": 9}
    assert guard.allows({"t": 5}, {"t": 0}), "a batch without removals may load"


def test_an_override_lets_everything_pass() -> None:
    """With the one-time override all confirmed removals are made."""
    guard = RemovalGuard(max_share=0.2, off=True)
    assert guard.allows({"t": 100}, {"t": 100})
    assert guard.held_back == Counter()


batches = st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300)), max_size=8)


@pytest.mark.property
@settings(max_examples=examples(166, 2_000), deadline=None)
@given(share=st.floats(0, 1), batches=batches)
def test_no_run_removes_more_than_its_share(share: float, batches: list[tuple[int, int]]) -> None:
    """At every moment the removals made are within the share of the scopes read, or under 20."""
    guard, live, removed = RemovalGuard(max_share=share), 0, 0
    for of_batch, wanted in batches:
        live += of_batch
        if guard.allows({"t": of_batch}, {"t": wanted}):
            removed += wanted
        assert removed < 20 or removed <= share * live
