"""Runs that load at the same instant into one dataset: each organization equals its truth."""

import logging
import os
import random
import shutil
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path

import pytest

from tests.tools.killed import Point
from tests.tools.main_job import alive, children_of, loader_of, started_job, write_sections
from tests.tools.together import At, Together, together
from workforce_source.sandbox.log import Entry

logger = logging.getLogger(__name__)
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

    def refuse(_: Entry) -> None:
        """While the first asks for its first page, so that it surely holds the lease."""
        if not refused:
            refused.append(four.child(0, "other", wait_for_lease=0).run())

    four.histories[0].sandbox.on_request(refuse)
    ((code, said),) = four.run([four.child(0)])
    assert code == 0, said
    assert refused[0][0] == 1
    assert "is being loaded by process" in refused[0][1]
    assert four.problems(0) == []
    assert four.datasets() == {four.dataset}


def one_round(four: Together, rng: random.Random) -> None:
    """Changes, four loads at once and a fifth too many, some killed; then all as they should be."""
    four.churn(rng.randrange(1000))
    much = rng.randrange(4)
    children = [*(four.child(number) for number in range(4)), four.child(much, "other")]
    points = {
        number: Point(rng.randint(1, 600), later=rng.choice([0.0, rng.random() / 5]))
        for number in range(5)
        if rng.random() < 0.4
    }
    killed = {-signal.SIGKILL} if points else set()
    while children:
        done = four.run(children, points)
        assert {code for code, _ in done} <= {0, *killed}, done
        children = [
            child for child, (code, _) in zip(children, done, strict=True) if code in killed
        ]
        for child in children:
            if rng.random() < 0.3:
                shutil.rmtree(child.pipelines_dir, ignore_errors=True)
        points = {}
    assert [four.problems(number) for number in range(4)] == [[], [], [], []]
    assert four.datasets() == {four.dataset}


@pytest.mark.parametrize(
    "seed",
    [
        pytest.param(0, marks=pytest.mark.search),
        *(pytest.param(seed, marks=pytest.mark.long) for seed in range(1, 6)),
    ],
)
def test_after_every_round_of_changes_and_kills_all_are_as_they_should_be(
    four: Together, seed: int
) -> None:
    """Four rounds; `-m long tests/loading/test_together.py` plays twenty."""
    rng = random.Random(seed)
    for _ in range(4):
        one_round(four, rng)


@pytest.fixture
def eight(postgres_url: str) -> Iterator[Together]:
    """Eight organizations of fifteen, and one dataset."""
    with together(postgres_url, organizations=8, employees=15) as organizations:
        yield organizations


def one_command(eight: Together, folder: Path, rng: random.Random, *, kills: bool) -> int | None:
    """Load all by one command, four at a time; get its exit code when no process of it is left.

    With kills, some loads are ended while they read or write, and sometimes the command itself.
    """
    stack = ExitStack()
    with started_job(
        folder,
        *("--parallel", "4", "--destination", "postgres", "--dataset", eight.dataset, "--no-marts"),
        variables={"DESTINATION__POSTGRES__CREDENTIALS": eight.url},
    ) as job:
        started: set[int] = set()

        def kill(process: Callable[[], int], sends: signal.Signals, after: float) -> None:
            started.update(children_of(job.pid))

            def now() -> None:
                if (one := process()) in {job.pid, *children_of(job.pid)}:
                    with suppress(ProcessLookupError):
                        os.kill(one, sends)

            timer = threading.Timer(after, now)
            timer.start()
            stack.callback(timer.cancel)

        for number, history in enumerate(eight.histories if kills else ()):
            if rng.random() < 0.3:
                at, after = rng.randint(1, 12), rng.choice([0.0, rng.random()])
                victim = partial(loader_of, folder, f"o{number}")
                history.sandbox.on_request(At(at, partial(kill, victim, signal.SIGKILL, after)))
        if kills and rng.random() < 0.25:
            sends, after = rng.choice([signal.SIGKILL, signal.SIGTERM]), 2 * rng.random()
            first = eight.histories[0].sandbox
            first.on_request(At(1, partial(kill, lambda: job.pid, sends, after)))
        with stack:
            _out, said = job.communicate(timeout=300)
    until = time.monotonic() + 10
    while alive(started):
        assert time.monotonic() < until, "some processes are still there"
    assert "Traceback" not in said, said
    return job.returncode


@pytest.mark.long
@pytest.mark.parametrize("seed", range(1, 6))
def test_after_every_turn_eight_organizations_of_one_command_are_as_they_should_be(
    eight: Together, tmp_path: Path, seed: int
) -> None:
    """Four turns of changes and kills; `-m long tests/loading/test_together.py` plays twenty."""
    rng = random.Random(seed)
    write_sections(tmp_path, eight.sections())
    codes: Counter[int | None] = Counter()
    for _ in range(4):
        eight.churn(rng.randrange(1000))
        for kills in (True, True, False):
            code = one_command(eight, tmp_path, rng, kills=kills)
            codes[code] += 1
            if code == 0:
                break
        assert code == 0
        assert [eight.problems(number) for number in range(8)] == [[]] * 8
        assert eight.datasets() == {eight.dataset}
    assert codes.keys() <= {0, 1, -signal.SIGKILL, 128 + signal.SIGTERM}
    assert codes.total() > codes[0], codes
    logger.info("%d runs of the command, by exit code: %s", codes.total(), dict(codes))
