"""How the invented organization lives on: each kind of churn does what its name says, no more."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import pytest

from workforce_source.sandbox import Sandbox, SettableClock
from workforce_source.sandbox.churn import KINDS
from workforce_source.sandbox.truth import Row, Truth

NOW = datetime(2026, 11, 24, 10, 0, 0, 123456, tzinfo=UTC)
STAMP = NOW.replace(microsecond=123000)
COUNT = 3


def organization() -> Sandbox:
    """Get three hundred people at a standing clock; nothing is served."""
    return Sandbox(300, clock=SettableClock(NOW))


def keyed(rows: Iterable[Row], *names: str) -> dict[Any, Row]:
    """Get rows by some of their columns."""
    return {tuple(row[name] for name in names): row for row in rows}


def differing(before: Truth, after: Truth) -> dict[str, set[str]]:
    """Get the columns that changed, by table; `+` and `-` for rows that came and went."""
    keys = {
        "employees": ("id",),
        "employee_profiles": ("employee_id",),
        "employee_badges": ("employee_id", "id"),
        "badge_templates": ("id",),
        "badge_template_skills": ("badge_template_id", "skill_name"),
        "external_badges": ("employee_id", "credly_record_id"),
        "external_badge_skills": ("employee_id", "credly_record_id", "skill_name"),
    }
    found: dict[str, set[str]] = {}
    for table, key in keys.items():
        old, new = keyed(before[table], *key), keyed(after[table], *key)
        columns = {
            name
            for at in old.keys() & new.keys()
            for name in old[at]
            if old[at][name] != new[at][name]
        }
        columns |= {"+"} if new.keys() - old.keys() else set()
        columns |= {"-"} if old.keys() - new.keys() else set()
        if columns:
            found[table] = columns
    return found


BADGE_TABLES = {"employee_badges", "badge_templates", "badge_template_skills"}
EXTERNAL_TABLES = {"external_badges", "external_badge_skills"}
DATA_TABLES = BADGE_TABLES | {"employee_profiles"}
EMPLOYEES = {"employees"}
STATE = {"employee_state", "employee_state_updated_at"}
MAY_TOUCH: dict[str, tuple[set[str], set[str]]] = {
    # kind: the tables, and the columns of employees, that it may touch
    "joiners": (EMPLOYEES | DATA_TABLES | EXTERNAL_TABLES, {"+"}),
    "acceptances": (EMPLOYEES | DATA_TABLES | EXTERNAL_TABLES, STATE),
    "leavers": (EMPLOYEES | DATA_TABLES, STATE),
    "state_changes": (EMPLOYEES, STATE | {"last_invitation_sent_at"}),
    "profile_edits": (
        EMPLOYEES,
        {
            "team",
            "position_title",
            "department",
            "job_family",
            "last_name",
            "full_name",
            "country",
            "state_or_province",
            "location",
        },
    ),
    "bio_edits": ({"employee_profiles"}, set()),
    "email_changes": (EMPLOYEES, {"email"}),
    "external_id_changes": (EMPLOYEES | {"external_badges"}, {"external_id"}),
    "key_swaps": (EMPLOYEES | {"external_badges"}, {"external_id"}),
    "new_badges": (DATA_TABLES, set()),
    "badge_edits": ({"employee_badges"}, set()),
    "revoked_badges": (DATA_TABLES, set()),
    "vanished_badges": (DATA_TABLES, set()),
    "template_edits": ({"badge_templates", "badge_template_skills"}, set()),
    "new_external": (EXTERNAL_TABLES, set()),
    "refreshed_external": ({"external_badges"}, set()),
    "edited_external": (EXTERNAL_TABLES, set()),
    "vanished_external": (EXTERNAL_TABLES, set()),
    "deletions": (EMPLOYEES | DATA_TABLES | EXTERNAL_TABLES, {"-"}),
    "recreations": (EMPLOYEES | DATA_TABLES | EXTERNAL_TABLES, {"+", "-"}),
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_touches_what_it_may_and_something(kind: str) -> None:
    """As many as asked for; no other table, and no other column of employees."""
    sandbox = organization()
    before = sandbox.truth()
    done = sandbox.churn({kind: COUNT})
    after = sandbox.truth()
    changed = differing(before, after)
    tables, columns = MAY_TOUCH[kind]
    assert len(done[kind]) == (2 * COUNT if kind == "key_swaps" else COUNT)
    assert len(set(done[kind])) == len(done[kind])
    assert changed
    assert changed.keys() <= tables
    assert changed.get("employees", set()) <= columns


def touched(kind: str, check: Callable[[Truth, Truth, list[str]], None]) -> None:
    """Let one kind happen and look at both sides of it."""
    sandbox = organization()
    before = sandbox.truth()
    done = sandbox.churn({kind: COUNT})
    check(before, sandbox.truth(), done[kind])


def test_joiners_are_created_now() -> None:
    """In any state, and last in the list."""

    def check(before: Truth, after: Truth, ids: list[str]) -> None:
        assert [row["id"] for row in after["employees"][-COUNT:]] == sorted(ids)
        assert {row["created_at"] for row in after["employees"][-COUNT:]} == {STAMP}

    touched("joiners", check)


def test_acceptances_and_leavers_move_the_states_stamp() -> None:
    """To the present, and the profile comes or goes with the state."""

    def check(before: Truth, after: Truth, ids: list[str]) -> None:
        employees = keyed(after["employees"], "id")
        profiles = {row["employee_id"] for row in after["employee_profiles"]}
        for one in ids:
            assert employees[(one,)]["employee_state_updated_at"] == STAMP
            accepted = employees[(one,)]["employee_state"] == "accepted"
            assert accepted is (one in profiles)

    touched("acceptances", check)
    touched("leavers", check)


def test_deletions_leave_no_trace() -> None:
    """Not in any table."""

    def check(before: Truth, after: Truth, ids: list[str]) -> None:
        assert not set(ids) & {row.get("employee_id", row.get("id")) for row in all_rows(after)}

    touched("deletions", check)


def all_rows(truth: Truth) -> list[Row]:
    """Get the rows of every table."""
    return [row for rows in truth.values() for row in rows]


def test_recreations_have_the_old_email_and_a_new_id() -> None:
    """Created now; the old id is gone."""

    def check(before: Truth, after: Truth, ids: list[str]) -> None:
        old, new = keyed(before["employees"], "email"), keyed(after["employees"], "email")
        assert old.keys() == new.keys()
        again = [row for key, row in new.items() if row["id"] != old[key]["id"]]
        assert {row["id"] for row in again} == set(ids)
        assert {row["created_at"] for row in again} == {STAMP}

    touched("recreations", check)


def test_revoked_badges_stay_revoked_or_leave() -> None:
    """The employer's own are shown as revoked, those of others no more."""

    def check(before: Truth, after: Truth, ids: list[str]) -> None:
        states = {row["id"]: row["state"] for row in after["employee_badges"]}
        assert {states.get(one, "gone") for one in ids} <= {"revoked", "gone"}

    touched("revoked_badges", check)


def test_new_and_vanished_badges_come_and_go() -> None:
    """By their ids."""

    def appear(before: Truth, after: Truth, ids: list[str]) -> None:
        assert set(ids) == badge_ids(after) - badge_ids(before)

    touched("new_badges", appear)

    sandbox = organization()
    vanished = sandbox.churn({"vanished_badges": COUNT})["vanished_badges"]
    held_twice = {b.id for e in sandbox.population.employees for b in e.badges if b.visible}
    assert set(vanished) & badge_ids(sandbox.truth()) <= held_twice


def badge_ids(truth: Truth) -> set[str]:
    """Get the ids of every badge shown."""
    return {row["id"] for row in truth["employee_badges"]}


def test_refreshed_external_badges_were_read_now() -> None:
    """Their stamp is the present."""

    def check(before: Truth, after: Truth, ids: list[str]) -> None:
        stamps = {row["credly_record_id"]: row["refreshed_at"] for row in after["external_badges"]}
        assert {stamps[one] for one in ids} == {STAMP}

    touched("refreshed_external", check)


def test_swapped_keys_belong_to_somebody_else() -> None:
    """The key known from the last list now answers another person."""

    def check(before: Truth, after: Truth, ids: list[str]) -> None:
        old, new = keyed(before["employees"], "id"), keyed(after["employees"], "id")
        keys = [[rows[(one,)]["external_id"] for one in ids] for rows in (old, new)]
        assert sorted(keys[0]) == sorted(keys[1])
        assert keys[0] != keys[1]

    touched("key_swaps", check)


def test_a_share_is_divided_among_the_kinds() -> None:
    """At least one of each, about the share in all."""
    done = Sandbox(5000).churn(share=0.02)
    assert done.keys() == KINDS.keys()
    assert all(done.values())
    assert 70 < sum(map(len, done.values())) < 130
    assert len(Sandbox(5000).churn(["joiners"], share=0.02)["joiners"]) == 100


def test_churn_follows_the_seed_and_its_own_number() -> None:
    """Two sandboxes live the same life; a given seed gives the same turn; turns differ."""
    one, same = organization(), organization()
    assert [one.churn() for _ in range(2)] == [same.churn() for _ in range(2)]
    assert one.truth() == same.truth()
    assert organization().churn(seed=5) == organization().churn(seed=5) != organization().churn()


def test_what_happens_is_the_same_at_every_hour() -> None:
    """An issuer's day depends on the hour; who joins, and with how many badges, does not."""
    happened = set()
    for hour in range(24):
        sandbox = Sandbox(60, clock=SettableClock(NOW.replace(hour=hour)))
        done = sandbox.churn({"joiners": 9, "acceptances": 3, "revoked_badges": 4})
        badges = sorted(row["id"] for row in sandbox.truth()["employee_badges"])
        happened.add((repr(done), *badges))
    assert len(happened) == 1


def test_a_kind_without_candidates_does_nothing() -> None:
    """In an organization of nobody, people can join and templates be edited."""
    happened = {kind for kind in KINDS if Sandbox(0).churn({kind: 1})[kind]}
    assert happened == {"joiners", "template_edits"}


def test_an_unknown_kind_is_refused() -> None:
    """With the kinds there are."""
    with pytest.raises(ValueError, match="promotions: no such churn; there is joiners"):
        organization().churn(["promotions"])
