"""Nothing of a person in what a run leaves for everybody: audit, status, alarms, log, errors."""

import json
import random
from collections.abc import Iterator
from types import SimpleNamespace
from typing import cast

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.tools.examples import examples
from tests.tools.histories import History
from tests.tools.loaded import Loaded
from tests.tools.logged import OURS, everything_logged, private_to, whole
from tests.tools.timekeeping import Waits
from workforce_source.exceptions import WorkforceError
from workforce_source.job.alarms import alarms
from workforce_source.job.failure import message_of
from workforce_source.job.notify import runs_of
from workforce_source.job.pipeline import JobPipeline
from workforce_source.job.status import show_status
from workforce_source.sandbox import Answer, Entry

HAPPENINGS = ("churn", "names as attributes", "names as values", "refused", "401", "outage", "gone")


@pytest.fixture(scope="module")
def loaded() -> Iterator[Loaded]:
    """Twelve employees, each with a title nobody else has."""
    once = Loaded(employees=12, seed=3)
    yield once
    once.close()


def private(history: History) -> set[str]:
    """E-mails, names, external ids and titles of everybody, tokens, as they may stand anywhere."""
    titles = {one.position_title for one in history.sandbox.population.in_order()}
    return private_to(history.sandbox) | {t.casefold() for t in titles if t and len(t) > 8}


def happen(history: History, what: str, chance: random.Random) -> None:
    """Let something happen to the people, or to what the API says of them."""
    sandbox = history.sandbox
    people = sandbox.population.in_order()
    for number, one in enumerate(people):
        sandbox.population.edit(one.id, position_title=f"Keeper of {one.full_name} {number}")
    somebody = chance.choice(people)
    if what == "churn":
        sandbox.churn(share=0.3, seed=chance.randrange(100))
    elif what == "refused":
        history.refuse(
            chance.choice([p for p in people if p.accepted]).id, chance.choice((403, 500))
        )
    elif what == "401":
        sandbox.faults.set(error_share=1.0, statuses=(401,))
    elif what == "outage":
        sandbox.faults.outage = True
    elif what == "gone":
        sandbox.population.remove(somebody.id)

    def answer(entry: Entry, given: Answer) -> Answer:
        if given.status != 200 or what not in ("names as attributes", "names as values"):
            return given
        body = json.loads(given.body)
        for record in body["data"] if isinstance(body["data"], list) else [body["data"]]:
            names = [somebody.full_name, somebody.email, somebody.external_id or "x"]
            for name in names:
                record.update({name: name} if what == "names as attributes" else {"level": names})
            if what == "names as values":
                record |= {"created_at": somebody.email, "employee_state": somebody.full_name}
        return Answer(200, json.dumps(body).encode(), given.headers)

    sandbox.on_answer(answer)


@pytest.mark.search  # in the normal run, records and traces
@pytest.mark.property
@seed(1)
@given(
    steps=st.lists(st.sampled_from(HAPPENINGS), min_size=examples(2, 3), max_size=3),
    number=st.integers(0, 99),
)
@settings(
    max_examples=examples(1, 5),
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)
def test_what_everybody_may_read_names_nobody(
    loaded: Loaded, capsys: pytest.CaptureFixture[str], steps: list[str], number: int
) -> None:
    """Random histories, failing runs among them; the names of all who ever were there."""
    history, chance, said = loaded.copy(), random.Random(number), []
    forbidden = private(history)
    try:
        with everything_logged() as records:
            for step in steps:
                history.clock.advance(3600)
                happen(history, step, chance)
                forbidden |= private(history)
                try:
                    history.load(Waits(), badge_max_age="0", give_up_after=5.0)
                except WorkforceError as error:
                    said.append(message_of(error))
                forbidden |= private(history)
                history.sandbox.faults.clear()
        said += [whole(record) for record in records if record.name.startswith(OURS)]
        pipeline = history.pipeline()
        job = cast("JobPipeline", SimpleNamespace(pipeline=pipeline, require_file=lambda: None))
        for as_json in (False, True):
            show_status(job, as_json=as_json)
        said.append(capsys.readouterr().out)
        runs = runs_of(pipeline)
        said += [str(runs), *(str(alarms(of)) for of in runs.values())]
    finally:
        history.close()
    assert len(said) > len(steps)
    text = "\n".join(said).casefold()
    assert sorted(one for one in forbidden if len(one) > 3 and one in text) == []
