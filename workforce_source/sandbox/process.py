"""One sandbox in a process of its own, for benchmarks and for whoever needs this one's CPU.

What it knows and does is asked for over the admin path; nothing is computed here.
"""

import itertools
import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from inspect import signature
from pathlib import Path
from threading import Timer
from typing import IO, Any, Concatenate, ParamSpec, TypeVar, cast, get_origin
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

import orjson

from workforce_source.sandbox.control import Controls
from workforce_source.sandbox.log import Entry
from workforce_source.sandbox.options import Options
from workforce_source.sandbox.times import with_times

_P = ParamSpec("_P")
_T = TypeVar("_T")
Ask = Callable[..., Iterator[Any]]
_START_WITHIN = 300.0  # seconds; a hundred thousand employees on a busy machine
_STOP_WITHIN = 5.0  # seconds
_DIRECT = build_opener(ProxyHandler({}))  # whatever proxy the environment names
_ASK_WITHIN = 300.0  # seconds; the truth of a hundred thousand employees is long


class SandboxProcess(Controls):
    """A sandbox that runs in another process.

    Args:
        origin: Where it serves.
        seed: That of its credentials.
    """

    def __init__(self, origin: str, seed: int) -> None:
        super().__init__(seed, origin)
        self.requests = RequestsThere(self._ask)
        """The requests so far, oldest first; `clear()` forgets them."""
        self.faults = FaultsThere(self._ask)
        """What goes wrong; every attribute of `Faults` may be read and set."""

    def _carry_out(
        self, method: Callable[Concatenate[Any, _P], _T], *args: _P.args, **kwargs: _P.kwargs
    ) -> _T:
        taken = signature(method)
        arguments = taken.bind(self, *args, **kwargs).arguments
        del arguments["self"]
        answers = self._ask(method.__name__, **arguments)
        rows = get_origin(taken.return_annotation) is Iterator
        return cast("_T", answers if rows else _only(answers))

    def _ask(self, name: str, **arguments: Any) -> Iterator[Any]:
        """Get the values of an answer of the admin path: one a line."""
        asked = Request(f"{self.origin}/_admin/{name}", orjson.dumps(arguments, default=list))  # noqa: S310  # our own
        try:
            with _DIRECT.open(asked, timeout=_ASK_WITHIN) as answer:
                for line in answer:
                    yield json.loads(line, object_hook=with_times)
        except HTTPError as error:
            with error:
                raise ValueError(error.read().decode()) from None


class RequestsThere:
    """The requests the other process has seen.

    Args:
        ask: Asks it.
    """

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    def __iter__(self) -> Iterator[Entry]:
        """Go through the entries there are now."""
        return (Entry(**entry) for entry in self._ask("requests"))

    def clear(self) -> None:
        """Let the other process forget the requests so far."""
        _only(self._ask("requests.clear"))


class FaultsThere:
    """The faults of the other process, read and set as attributes.

    Args:
        ask: Asks it.
    """

    def __init__(self, ask: Ask) -> None:
        vars(self)["_ask"] = ask

    def __getattr__(self, name: str) -> Any:
        there = _only(self._ask("faults"))
        if name not in there:
            raise AttributeError(name)
        return there[name]

    def __setattr__(self, name: str, value: Any) -> None:
        self.set(**{name: value})

    def set(self, **values: Any) -> None:
        """Set several at once."""
        _only(self._ask("faults.set", **values))


def _only(answers: Iterator[Any]) -> Any:
    (answer,) = answers
    return answer


@contextmanager
def sandbox_process(
    employees: int = 500, seed: int = 7, *, options: Options | None = None, port: int = 0
) -> Iterator[SandboxProcess]:
    """Serve a sandbox from a process of its own, which ends with this block or this process.

    Args:
        employees: How many people to invent.
        seed: Decides who they are, the tokens and every chance.
        options: Answers to what the API page leaves open.
        port: Port to serve on; 0 takes a free one.

    Raises:
        RuntimeError: It did not start; it has said why.
    """
    command = [sys.executable, "-m", "workforce_source.sandbox", "--admin", "--until-input-ends"]
    command += [f"--employees={employees}", f"--seed={seed}", f"--port={port}"]
    command += [
        f"--option={name}={text}" for name, text in (options or Options()).to_texts().items()
    ]
    here = str(Path(__file__).resolve().parents[2])
    paths = [here, *filter(None, [os.environ.get("PYTHONPATH")])]
    child = subprocess.Popen(  # noqa: S603 # this Python, with arguments made above
        command,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C is for the client: it may still want to finish a request
    )
    with child:
        try:
            yield SandboxProcess(_origin(child), seed)
        finally:
            child.terminate()
            try:
                child.wait(_STOP_WITHIN)
            except subprocess.TimeoutExpired:
                child.kill()


def _origin(child: "subprocess.Popen[str]") -> str:
    output = cast("IO[str]", child.stdout)
    too_late = Timer(_START_WITHIN, child.kill)
    too_late.start()
    try:
        block = "".join(itertools.takewhile(lambda line: line != "\n", output))
    finally:
        too_late.cancel()
    try:
        base_url: str = tomllib.loads(block)["sources"]["workforce"]["base_url"]
    except KeyError:
        raise RuntimeError("The sandbox did not start; see its message above.") from None
    return base_url.removesuffix("/v1")
