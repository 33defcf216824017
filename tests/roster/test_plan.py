"""What a plan says: who is meant by a row, what differs, and what is left alone and why."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests.tools.rosters import Roster, plain_people, rows_of, state_of
from workforce_source.exceptions import ConfigError
from workforce_source.roster import Rules
from workforce_source.roster.columns import COMPARED
from workforce_source.sandbox import Sandbox

NEW: dict[str, Any] = {
    "email": "ada@example.com",
    "first_name": "Ada",
    "last_name": "Byron",
    "external_id": "E-1",
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """Sixty people nobody changes."""
    with Sandbox(employees=60, seed=7) as serving:
        yield serving


@pytest.fixture
def roster(sandbox: Sandbox, tmp_path: Path) -> Roster:
    """A roster for them."""
    return Roster(sandbox, tmp_path)


def people(roster: Roster, **has: Any) -> list[Any]:
    """Plain people with an external_id, and of those who have some attributes."""
    return [
        one
        for one in plain_people(roster.sandbox)
        if one.external_id and all(getattr(one, name) == v for name, v in has.items())
    ]


def test_people_who_are_as_they_should_be_cost_the_lists_pages_and_nothing_else(
    roster: Roster,
) -> None:
    """Whatever is in their keys and attributes, and however often they are planned."""
    roster.sandbox.requests.clear()
    made = roster.plan(rows_of(plain_people(roster.sandbox)))
    assert (made.operations, made.troubles, made.exit_code) == ([], [], 0)
    assert made.unchanged == len(plain_people(roster.sandbox)) > 40
    assert roster.sandbox.counts() == {"employees": 2}


def test_only_columns_that_are_there_and_differ_are_updated(roster: Roster) -> None:
    """An empty value leaves what Credly has."""
    one, other = people(roster)[:2]
    rows = rows_of([one, other], ["email", "external_id", "first_name", "last_name", "team"])
    rows[0]["team"] = "Lanterns"
    rows[1]["team"] = None
    made = roster.plan(rows)
    (update,) = made.operations
    assert (update.kind, update.employee_id, dict(update.changes)) == (
        "update",
        one.id,
        {"team": "Lanterns"},
    )
    assert update.before == {"team": one.team}
    assert made.updated_columns == {"team": 1}


def test_clear_empty_sends_what_is_empty_but_no_key_and_nothing_required(roster: Roster) -> None:
    """Whoever says so empties what Credly has."""
    one = people(roster, zip_code="10115")[0] if people(roster, zip_code="10115") else None
    one = one or next(person for person in people(roster) if person.zip_code)
    row = {**rows_of([one])[0], "zip_code": "", "external_id": ""}
    (update,) = roster.plan([row], clear_empty=True).operations
    assert dict(update.changes) == {"zip_code": None}


def test_blanks_at_the_ends_are_no_difference(roster: Roster) -> None:
    """The API may strip them, and the same update would be planned for ever."""
    one = people(roster)[0]
    assert roster.plan([{**rows_of([one])[0], "team": f" {one.team} "}]).operations == []


def test_a_row_nobody_has_a_key_of_is_a_create(roster: Roster) -> None:
    """With all that it says."""
    (create,) = roster.plan([{**NEW, "team": "Lanterns", "zip_code": ""}]).operations
    assert create.kind == "create"
    assert dict(create.changes) == {**NEW, "team": "Lanterns"}


def test_an_external_id_that_is_missing_is_set_by_email(roster: Roster) -> None:
    """It stands in the plan by itself; e-mails are found whatever their case."""
    one = next(p for p in plain_people(roster.sandbox) if not p.external_id)
    row = {**rows_of([one])[0], "external_id": "E-99", "email": one.email.upper()}
    made = roster.plan([row])
    (update,) = made.keyed
    assert dict(update.changes) == {"external_id": "E-99"}
    assert update.keys == (one.email,)


def test_a_row_without_an_external_id_is_found_by_email(roster: Roster) -> None:
    """And leaves the external_id that Credly has."""
    one = people(roster)[0]
    assert roster.plan([{**rows_of([one])[0], "external_id": None}]).unchanged == 1


def test_the_case_of_an_external_id_counts(roster: Roster) -> None:
    """Another case is another person, and with an e-mail that is taken a conflict."""
    one = next(p for p in people(roster) if p.external_id.upper() != p.external_id.lower())
    swapped = one.external_id.swapcase()
    (trouble,) = roster.plan([{**rows_of([one])[0], "external_id": swapped}]).troubles
    assert (trouble.kind, trouble.employee_ids) == ("conflict", (one.id,))


def test_an_email_change_is_a_conflict_and_nothing_else(roster: Roster) -> None:
    """Neither an update of the rest, for it may be another person's id, nor a create."""
    one = people(roster)[0]
    made = roster.plan([{**rows_of([one])[0], "email": "new@example.com", "team": "Lanterns"}])
    assert made.operations == []
    assert [(t.kind, t.employee_ids) for t in made.troubles] == [("conflict", (one.id,))]
    assert made.exit_code == 3


def test_two_people_who_swap_emails_are_two_conflicts(roster: Roster) -> None:
    """Each names both."""
    one, other = people(roster)[:2]
    rows = rows_of([one, other])
    rows[0]["email"], rows[1]["email"] = other.email, one.email
    made = roster.plan(rows)
    assert made.operations == []
    assert [set(t.employee_ids) for t in made.troubles] == [{one.id, other.id}] * 2


def test_an_address_that_is_used_again_is_a_conflict(roster: Roster) -> None:
    """An unknown external_id with the e-mail of a person who has another one."""
    one = people(roster)[0]
    made = roster.plan([{**rows_of([one])[0], "external_id": "E-77"}])
    assert [(t.kind, t.employee_ids) for t in made.troubles] == [("conflict", (one.id,))]


def test_rows_that_share_a_key_are_all_rejected(roster: Roster) -> None:
    """Each with the rows it shares it with, for either key."""
    rows = [
        NEW,
        {**NEW, "external_id": "E-2", "email": "ADA@example.com"},
        {**NEW, "email": "eve@example.com"},
        {**NEW, "email": "zoe@example.com", "external_id": "E-4"},
    ]
    made = roster.plan(rows)
    assert [(t.line, t.lines) for t in made.troubles] == [
        (1, (1, 2, 3)),
        (2, (1, 2)),
        (3, (1, 3)),
    ]
    assert [one.line for one in made.operations] == [4]


def test_two_rows_that_mean_one_person_are_both_rejected(roster: Roster) -> None:
    """One by external_id, one by e-mail: with lines and id."""
    one = people(roster)[0]
    rows = [
        {**rows_of([one])[0], "email": None},
        {**rows_of([one])[0], "external_id": None},
    ]
    made = roster.plan(rows, required=[])
    assert [(t.kind, t.lines, t.employee_ids) for t in made.troubles] == [
        ("rejected", (1, 2), (one.id,))
    ] * 2


def test_an_external_id_of_two_people_is_rejected_with_both(roster: Roster) -> None:
    """Nobody can say who is meant."""
    row = {**NEW, "external_id": "SHARED-1"}
    (trouble,) = roster.plan([row]).troubles
    assert (trouble.kind, len(trouble.employee_ids)) == ("rejected", 2)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"email": "ada"}, "email"),
        ({"email": "ada @example.com"}, "email"),
        ({"email": " ada@example.com"}, "email"),
        ({"email": ""}, "email"),
        ({"first_name": None}, "first_name"),
        ({"last_name": "  "}, "last_name"),
        ({"external_id": "E-1 "}, "external_id"),
        ({"external_id": "E\n1"}, "external_id"),
        ({"team": 4.5}, "team"),
        ({"team": True}, "team"),
        ({"team": "\ud800"}, "team"),
    ],
)
def test_a_bad_row_is_rejected_and_the_rest_goes_on(
    roster: Roster, change: dict[str, Any], named: str
) -> None:
    """By its number, with the column, and without a value."""
    made = roster.plan(
        [{**NEW, "team": "x", "external_id": "E-0", "email": "e@example.com"}, {**NEW, **change}]
    )
    (trouble,) = made.troubles
    assert (trouble.kind, trouble.line) == ("rejected", 2)
    assert named in trouble.reason
    assert not [v for v in change.values() if str(v or "").strip() and str(v) in trouble.reason]
    assert [one.line for one in made.operations] == [1]
    assert made.exit_code == 3


def test_whole_numbers_are_the_texts_they_are_written_as(roster: Roster) -> None:
    """In mappings, and in Arrow tables of any width."""
    for external_id in (7, pa.scalar(7)):
        number = 7 if isinstance(external_id, int) else external_id.as_py()
        (create,) = roster.plan([{**NEW, "external_id": number}]).operations
        assert create.changes["external_id"] == "7"
    table = pa.Table.from_pylist([{**NEW, "external_id": 123456789012345678}])
    (create,) = roster.plan(table).operations
    assert create.changes["external_id"] == "123456789012345678"


@pytest.mark.parametrize(
    ("row", "rules", "said"),
    [
        ({**NEW, "shoe_size": "44"}, {}, "shoe_size"),
        ({"email": "a@b.example", "first_name": "A"}, {}, "no column last_name"),
        (NEW, {"tier": "unified"}, "no column country, department"),
        ({**NEW, "Email": "a@b.example"}, {}, "email twice"),
        (NEW, {"columns": {"first_name": "last_name"}}, "last_name twice"),
    ],
)
def test_columns_that_cannot_be_used_stop_the_plan(
    roster: Roster, row: dict[str, Any], rules: dict[str, Any], said: str
) -> None:
    """Nothing is asked of the API."""
    roster.sandbox.requests.clear()
    with pytest.raises(ConfigError, match=said):
        roster.plan([row], **rules)
    assert len(roster.sandbox.requests) == 0


def test_a_roster_without_names_of_columns_shows_nobody(roster: Roster) -> None:
    """The first person stands where the names should be, and not in the message."""
    with pytest.raises(ConfigError) as caught:
        roster.plan([{"ada@example.com": "eve@example.com", "Byron": "Moore"}])
    assert "Byron" not in str(caught.value)
    assert "ada" not in str(caught.value)


def test_columns_are_renamed_and_ignored(roster: Roster) -> None:
    """As the company has them."""
    row = {"Mail": "a@b.example", "FIRST_NAME": "A", "last_name": "B", "Salary": "1", "Nr": "9"}
    rules = {"columns": {"Mail": "email", "Nr": "external_id"}, "ignore": ["Salary"]}
    (create,) = roster.plan([row], **rules).operations
    assert dict(create.changes) == {
        "email": "a@b.example",
        "external_id": "9",
        "first_name": "A",
        "last_name": "B",
    }


@pytest.mark.parametrize(
    "rules",
    [
        {"tier": "gold"},
        {"delete_missing": True},
        {"only_where": {"shoe_size": ["44"]}},
        {"only_where": {"team": []}},
        {"invite_states": ["accepted"]},
        {"invite_states": []},
        {"columns": {"a": "b"}},
        {"columns": {"a": "email", "b": "email"}},
        {"max_deleted": -1},
        {"max_deleted_share": 1.5},
    ],
)
def test_a_rule_that_is_none_is_refused(rules: dict[str, Any]) -> None:
    """Before anything is read."""
    with pytest.raises(ConfigError):
        Rules(**rules)


def test_the_digest_tells_what_is_done_and_not_in_which_order(roster: Roster) -> None:
    """Rows in another order are the same plan; a value, a person or a trouble more is another."""
    one, other = people(roster)[:2]
    rows = [{**row, "team": "Lanterns"} for row in rows_of([one, other])]
    digest = roster.plan(rows).digest
    assert roster.plan(rows[::-1]).digest == digest
    others = [rows[:1], [rows[0], {**rows[1], "team": "x"}], [*rows, {**NEW, "email": ""}]]
    assert digest not in {roster.plan(changed).digest for changed in others}


def test_a_plan_shows_nobody_unless_asked(roster: Roster) -> None:
    """In its `repr` and as plain values."""
    one = people(roster)[0]
    rows = [{**rows_of([one])[0], "team": "Lanterns"}, NEW, {**NEW, "external_id": "E-9"}]
    made = roster.plan([*rows, {**rows_of([people(roster)[1]])[0], "email": "x@example.com"}])
    assert len(made.troubles) == 3
    shown = f"{made!r} {made.as_dict()}"
    for value in ("Lanterns", "ada@example.com", "Byron", one.email, one.external_id, "x@exam"):
        assert value not in shown
    assert "Lanterns" in str(made.as_dict(personal=True))
    assert made.as_dict(personal=True)["notice"].startswith("This file holds personal data")


def test_an_attribute_that_records_lack_is_compared_with_nothing(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    """An API that renames one is no reason to update everybody."""
    with Sandbox(employees=10, seed=3) as renaming:
        renaming.on_answer(lambda _, answer: _without_team(answer))
        roster = Roster(renaming, tmp_path)
        rows = [{**row, "team": "Lanterns"} for row in rows_of(plain_people(renaming))]
        assert roster.plan(rows).operations == []
    assert "team" in COMPARED


def _without_team(answer: Any) -> Any:
    answer.body = answer.body.replace(b'"team":', b'"squad":')
    return answer


def test_a_list_that_changes_while_it_is_read_is_read_again(tmp_path: Path) -> None:
    """Somebody who slipped to a page that was read already is seen by the next walk."""
    with Sandbox(employees=120, seed=7) as moving:
        roster = Roster(moving, tmp_path)
        rows = rows_of(plain_people(moving))
        leaving = moving.population.in_order()[0].id
        left: list[str] = []

        def leave(entry: Any) -> None:
            if entry.page == 2 and not left:
                left.append(leaving)
                moving.population.remove(leaving)

        moving.on_request(leave)
        made = roster.plan(rows)
        assert left
        gone = {row["email"] for row in rows} - {e["email"] for e in state_of(moving).values()}
        assert {one.changes["email"] for one in made.of("create")} == gone
