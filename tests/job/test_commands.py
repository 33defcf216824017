"""The command `workforce`: each of its words, started as a person starts it."""

import json
from pathlib import Path

import pytest

import workforce_source
from tests.tools.main_job import account, run_python
from workforce_source.job.arguments import parse
from workforce_source.job.commands import ROOMS, main
from workforce_source.job.flags import Part
from workforce_source.job.parts import PARTS
from workforce_source.sandbox import Sandbox

WORDS = [*(part.name for part in PARTS), *ROOMS]


@pytest.mark.parametrize("words", [[], ["--help"], ["-h"]])
def test_without_a_word_it_has_all_of_them(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """A line for each, and what to try first."""
    assert main(words) == 0
    shown = capsys.readouterr().out
    assert [word for word in WORDS if f"\n  {word} " not in shown] == []
    assert "workforce load --sandbox" in shown


def test_it_has_the_version_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    """As a bug report needs it."""
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"workforce_source {workforce_source.__version__}\n"


def test_a_word_that_is_none_is_told_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 2, and on standard error."""
    assert main(["stauts"]) == 2
    assert "no command stauts. Did you mean status?" in capsys.readouterr().err


@pytest.mark.parametrize("word", WORDS)
def test_each_word_tells_its_own_flags(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    """By the name it was called by."""
    with pytest.raises(SystemExit) as ended:
        main([word, "--help"])
    assert ended.value.code == 0
    assert f"usage: workforce {word} " in capsys.readouterr().out


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_a_part_is_the_main_job_with_its_flag(part: Part) -> None:
    """What stands behind both is the same, so nothing can mean two things."""
    alone = parse(["out"] if part.file else [], part)
    whole = [*filter(None, [part.implied, part.file]), *(["out"] if part.file else [])]
    assert vars(alone) == vars(parse(whole))


def test_flags_of_other_parts_are_unknown(capsys: pytest.CaptureFixture[str]) -> None:
    """A load is no look at the status."""
    with pytest.raises(SystemExit) as ended:
        main(["load", "--status"])
    assert ended.value.code == 2
    assert "workforce load: error: unrecognized arguments: --status" in capsys.readouterr().err


@pytest.mark.search  # runs what was told, too
def test_what_runs_cost_is_told_before_them(tmp_path: Path, sandbox: Sandbox) -> None:
    """Three requests foretell how many the first load takes, and one that finds nothing due."""

    def run(*words: str) -> str:
        done = run_python(tmp_path, "-m", "workforce_source", *words, variables=account(sandbox))
        assert done.returncode == 0, done.stderr
        return done.stdout

    sandbox.requests.clear()
    told = json.loads(run("cost", "--json", "--rate", "5", "--badge-max-age", "3650d"))
    assert sum(sandbox.counts().values()) == 3
    assert not list(tmp_path.glob("*.duckdb"))
    sandbox.requests.clear()
    run("load", "--no-marts", "--badge-max-age", "3650d")
    assert told["first"]["requests"] == sum(sandbox.counts().values())
    assert told["first"]["seconds"] == told["first"]["requests"] / 5
    sandbox.requests.clear()
    run("load", "--no-marts", "--badge-max-age", "3650d")
    assert told["hourly"]["requests"] - sum(sandbox.counts().values()) in (0, 1)
