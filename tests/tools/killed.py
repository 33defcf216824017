"""A load in a process of its own that ends itself with SIGKILL at a given point, or counts points.

A point is a change of a file in the pipelines directory: dlt makes, renames and removes files
between all of its steps.
"""

import json
import os
import re
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.tools.forked import Forked

if TYPE_CHECKING:
    from tests.tools.histories import History

ROOT = Path(__file__).parents[2]
TIMEOUT = 120  # seconds a child may take
REMOVALS = frozenset({"os.remove", "os.rmdir"})
CHANGES = frozenset({"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "shutil.rmtree"})


@dataclass(frozen=True)
class Point:
    """Where a load ends itself.

    Attributes:
        number: At which of the file changes that count, from 1; 0 for never.
        where: Regular expression for the paths that count, below the pipelines directory.
        later: Seconds after that, in the midst of whatever happens then.
        sends: The signal it sends itself.
        told: A named pipe it opens for a moment before; none unless given.
    """

    number: int = 0
    where: str = "."
    later: float = 0.0
    sends: signal.Signals = signal.SIGKILL
    told: str = ""


@dataclass(frozen=True)
class Child:
    """What the load in the child is.

    Attributes:
        pipelines_dir: Its pipelines directory.
        destination: Name of the destination.
        credentials: Path or address of the destination.
        dataset: Name of the dataset.
        now: The time, for the whole run.
        settings: Settings of `load`.
        make: Makes the destination, in the place of name and credentials.
    """

    pipelines_dir: str
    destination: str
    credentials: str
    dataset: str
    now: str
    settings: dict[str, Any]
    make: Callable[[], Any] | None = None

    @classmethod
    def of(cls, history: "History", **others: Any) -> "Child":
        """Get the next run of a history that loads into DuckDB, but for what is otherwise."""
        given = {
            "pipelines_dir": str(history.pipelines_dir),
            "destination": "duckdb",
            "credentials": str(history.folder / "w.duckdb"),
            "dataset": "workforce",
            "now": history.clock.now.isoformat(),
            "settings": history.settings,
        }
        return cls(**given | others)

    def start(self, point: Point = Point()) -> Forked:
        """Start the load; it ends by itself, one way or the other."""
        return Forked(_load, self, point, folder=ROOT, environment=dict(os.environ))

    def run(self, point: Point = Point()) -> tuple[int | None, str]:
        """Run the load; get its return code and what it printed."""
        child = self.start(point)
        printed, complaints = child.communicate(timeout=TIMEOUT)
        return child.returncode, printed or complaints


def kill_itself() -> None:
    """End this process with SIGKILL."""
    os.kill(os.getpid(), signal.SIGKILL)


class Executioner:
    """Counts file changes in a folder, and ends this process at the one that was asked for.

    Args:
        folder: The folder.
        point: Where to end.
        end: What to do there.
    """

    def __init__(self, folder: str, point: Point, end: Callable[[], None] = kill_itself) -> None:
        self._folder = folder
        self._point = point
        self._end = end
        self._where = re.compile(point.where)
        self._lock = threading.Lock()
        self.paths: list[str] = []

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Look at one audit event."""
        if event not in CHANGES or not isinstance(arguments[0], str | os.PathLike):
            return
        path = os.fspath(arguments[0])
        if event in REMOVALS and arguments[1] >= 0:  # within a folder that is open
            with suppress(OSError):  # only Linux says which
                path = str(Path(f"/proc/self/fd/{arguments[1]}").readlink() / path)
        if not path.startswith(self._folder) or (
            event == "open" and arguments[1] in (None, "r", "rb")
        ):
            return
        if not self._where.search(path[len(self._folder) :]):
            return
        with self._lock:
            self.paths.append(f"{event} {path[len(self._folder) :]}")
            if len(self.paths) == self._point.number:
                if self._point.later:
                    threading.Timer(self._point.later, self._end).start()
                else:
                    self._end()


def _end(point: Point) -> None:
    if point.told:
        Path(point.told).write_text("here", encoding="utf-8")
    os.kill(os.getpid(), point.sends)


def _load(child: Child, point: Point) -> None:
    executioner = Executioner(child.pipelines_dir, point, lambda: _end(point))

    import dlt

    from workforce_source import load
    from workforce_source.clock import Clock

    make = child.make or partial(getattr(dlt.destinations, child.destination), child.credentials)
    pipeline = dlt.pipeline(
        "histories",
        destination=make(),
        dataset_name=child.dataset,
        pipelines_dir=child.pipelines_dir,
    )
    now = datetime.fromisoformat(child.now)
    sys.addaudithook(executioner)
    summary = load(pipeline, clock=Clock(lambda: now), **child.settings)
    json.dump({"exit": summary.exit_code, "paths": executioner.paths}, sys.stdout)
