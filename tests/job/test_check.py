"""What `--check` makes of an account, for each reading the API page leaves possible."""

import pytest

from tests.tools.connecting import connect
from workforce_source.client import Client
from workforce_source.endpoints import EMPLOYEES, EXTERNAL_BADGES
from workforce_source.job.probes import count_meaning, probe
from workforce_source.sandbox import Options, Sandbox

READINGS = {
    "employees": "employees who have external badges",
    "all_employees": "employees, with and without external badges",
    "badges": "badges",
}


def client_of(sandbox: Sandbox) -> Client:
    """A client of the sandbox's account."""
    return connect(sandbox)


@pytest.mark.parametrize("per_counts", READINGS)
def test_what_is_counted_is_told_from_one_page(per_counts: str) -> None:
    """With more than one page, the first one shows which reading the account has."""
    options = Options.from_texts({"per_counts": per_counts})
    with Sandbox(employees=500, options=options) as sandbox, client_of(sandbox) as client:
        said = count_meaning(client.page(EMPLOYEES, 1), client.page(EXTERNAL_BADGES, 1))
    assert said.startswith(f"{READINGS[per_counts]} (")


@pytest.mark.parametrize(("status", "said"), [(403, "status 403"), (200, "200 with 0 badges")])
def test_what_somebody_who_has_not_accepted_shows_is_told(status: int, said: str) -> None:
    """A refusal is told by its status, an answer by the badges in it."""
    options = Options(not_accepted_status=status)
    with Sandbox(employees=60, options=options) as sandbox, client_of(sandbox) as client:
        page = client.page(EMPLOYEES, 1)
        someone = next(e for e in page.records if e["employee_state"] != "accepted")
        ((_what, shown),) = probe(client, page, None, someone["email"])
    assert shown == said
