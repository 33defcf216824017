"""run.py, started as a person starts it, in a small checkout of its own with an empty lock.

The packages of the real lock are not installed here: that the real commands work is seen by
whoever runs these tests with `python3 run.py -m pytest`.
"""

import ast
import json
import os
import pty
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
Run = Callable[..., subprocess.CompletedProcess[str]]


def start(checkout: Path, *arguments: str, python: str = sys.executable) -> list[str]:
    """The command a person types in that checkout."""
    return [python, str(checkout / "run.py"), *arguments]


def finished(command: list[str], **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    environment = {**os.environ, **variables}
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, check=False, timeout=120
    )


def new_checkout(folder: Path) -> Path:
    """A checkout of nothing but run.py and a lock without packages."""
    folder.mkdir()
    shutil.copy(CHECKOUT / "run.py", folder)
    (folder / "requirements.lock").write_text("# no packages\n", encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout whose environment is installed."""
    folder = new_checkout(tmp_path_factory.mktemp("run") / "checkout")
    first = finished(start(folder, "-c", "pass"))
    assert first.returncode == 0, first.stderr
    return folder


def crippled_python(folder: Path, *missing: str) -> str:
    """A Python in which the named modules cannot be imported, as distributions ship it."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    (site,) = folder.glob("lib/python*/site-packages")
    (site / "crippled.py").write_text(f"import sys\nsys.modules.update(dict.fromkeys({missing}))\n")
    (site / "crippled.pth").write_text("import crippled\n")
    return str(folder / "bin" / "python")


def test_it_is_readable_for_python_3_8() -> None:
    """An old Python reaches the message that names the one needed."""
    ast.parse((CHECKOUT / "run.py").read_text(encoding="utf-8"), feature_version=(3, 8))


def test_without_arguments_it_says_what_it_can_do() -> None:
    """The two commands of the README are in its help, and nothing is installed for it."""
    help_text = finished(start(CHECKOUT)).stdout
    assert "python3 run.py pipelines/workforce_pipeline.py --sandbox" in help_text
    assert "python3 run.py -m pytest" in help_text


def test_the_second_call_installs_nothing(checkout: Path) -> None:
    """A finished environment is used as it is."""
    assert finished(start(checkout, "-c", "pass")).stderr == ""


def test_arguments_output_and_exit_code_pass_through(checkout: Path) -> None:
    """The script sees its own arguments, and its exit code is the caller's."""
    code = "import sys; print(sys.argv[1:]); sys.exit(5)"
    done = finished(start(checkout, "-c", code, "--sandbox", "a b"))
    assert (done.stdout, done.returncode) == ("['--sandbox', 'a b']\n", 5)


def test_only_the_checkout_and_its_packages_can_be_imported(checkout: Path) -> None:
    """A PYTHONPATH of the caller does not reach the script, and telemetry is off."""
    code = (
        "import json, os, sys; print(json.dumps([os.environ['PYTHONPATH'], sys.prefix,"
        " os.environ['RUNTIME__DLTHUB_TELEMETRY']]))"
    )
    done = finished(start(checkout, "-c", code), PYTHONPATH="elsewhere")
    path, prefix, telemetry = json.loads(done.stdout)
    assert path == str(checkout)
    assert Path(prefix).parent == checkout / ".venvs"
    assert telemetry == "false"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda n: n.name)
def test_a_signal_reaches_the_script(checkout: Path, number: signal.Signals) -> None:
    """Ctrl-C and SIGTERM are the script's to answer, as if run.py were not there."""
    code = (
        "import signal, sys\n"
        "for n in (signal.SIGINT, signal.SIGTERM):\n"
        "    signal.signal(n, lambda number, _: sys.exit(40 + number))\n"
        "print('ready', flush=True)\n"
        "signal.pause()\n"
    )
    with subprocess.Popen(start(checkout, "-c", code), stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(number)
        assert process.wait(timeout=30) == 40 + number


@pytest.mark.search  # installs once more
def test_an_installation_that_did_not_finish_is_made_again(checkout: Path) -> None:
    """What an interrupted first call left behind is not taken for an environment."""
    (mark,) = checkout.glob(".venvs/*/finished")
    mark.unlink()
    leftover = mark.with_name("leftover")
    leftover.touch()
    done = finished(start(checkout, "-c", "print('ran')"))
    assert done.stdout == "ran\n"
    assert "Installing" in done.stderr
    assert mark.exists()
    assert not leftover.exists()


@pytest.mark.search  # installs once more
def test_a_new_lock_makes_a_new_environment(checkout: Path) -> None:
    """An environment is never used for a lock it was not made from."""
    code = "import sys; print(sys.prefix)"
    before = finished(start(checkout, "-c", code)).stdout
    lock = checkout / "requirements.lock"
    was = lock.read_text(encoding="utf-8")
    lock.write_text(f"{was}# another\n", encoding="utf-8")
    assert finished(start(checkout, "-c", code)).stdout not in ("", before)
    lock.write_text(was, encoding="utf-8")


@pytest.mark.search
def test_another_lock_has_an_environment_of_its_own(checkout: Path) -> None:
    """`--lock FILE` runs with the packages of that file; arguments pass through as ever."""
    other = checkout / "other.lock"
    other.write_text("# other packages\n", encoding="utf-8")
    code = "import sys; print(sys.prefix, sys.argv[1:])"
    usual = finished(start(checkout, "-c", code, "a")).stdout
    done = finished(start(checkout, "--lock", str(other), "-c", code, "a"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith(" ['a']\n")
    assert done.stdout != usual


@pytest.mark.search  # installs once more
def test_tests_and_tools_have_packages_of_their_own(checkout: Path) -> None:
    """A module or a script of the tests takes the lock that has what they need."""
    (checkout / "requirements-test.lock").write_text("# and a test runner\n", encoding="utf-8")
    (checkout / "tests").mkdir(exist_ok=True)
    code = "import sys; print(sys.prefix)"
    for folder in ("", "tests/"):
        (checkout / f"{folder}where.py").write_text(code, encoding="utf-8")
    usual = finished(start(checkout, "-c", code)).stdout
    calls = [("-m", "where"), ("where.py",), ("-m", "tests.where"), ("tests/where.py",)]
    found = [
        subprocess.run(
            start(checkout, *call), cwd=checkout, capture_output=True, text=True, check=True
        ).stdout
        for call in calls
    ]
    assert found[:2] == [usual, usual]
    assert found[2] == found[3] not in ("", usual)


UV = """#!{python}
import subprocess, sys
with open({log!r}, "a") as log:
    print(*sys.argv[1:], file=log)
if "venv" in sys.argv and {works}:
    sys.exit(subprocess.call([{python!r}, "-m", "venv", "--without-pip", sys.argv[-1]]))
sys.exit(0 if {works} else 2)
"""


@pytest.mark.parametrize("works", [True, pytest.param(False, marks=pytest.mark.search)])
def test_packages_are_installed_by_uv_where_it_is(tmp_path: Path, works: bool) -> None:
    """It is five times as quick as pip, which installs where uv is missing or cannot."""
    folder, log = new_checkout(tmp_path / "checkout"), tmp_path / "log"
    uv = tmp_path / "bin" / "uv"
    uv.parent.mkdir()
    uv.write_text(UV.format(python=sys.executable, log=str(log), works=works), encoding="utf-8")
    uv.chmod(0o755)
    path = f"{uv.parent}{os.pathsep}{os.environ['PATH']}"
    done = finished(start(folder, "-c", "print('ran')"), PATH=path)
    assert done.stdout == "ran\n", done.stderr
    asked = log.read_text(encoding="utf-8").splitlines()
    assert ("--require-hashes" in asked[-1]) is works
    assert len(asked) == (2 if works else 1)


def test_an_installation_that_lasts_tells_how_far_it_is(tmp_path: Path) -> None:
    """No ten seconds without a word, and on a terminal no second."""
    folder, went = new_checkout(tmp_path / "checkout"), tmp_path / "went"
    os.mkfifo(went)
    uv = tmp_path / "bin" / "uv"
    uv.parent.mkdir()
    made = UV.format(python=sys.executable, log=os.devnull, works=True)
    # it ends when it was told of: whoever waits has been told how far it is
    waits = f"if 'venv' not in sys.argv:\n    open({str(went)!r}).read()\nsys.exit"
    uv.write_text(waits.join(made.rsplit("sys.exit", 1)), encoding="utf-8")
    uv.chmod(0o755)
    main, other = pty.openpty()
    path = f"{uv.parent}{os.pathsep}{os.environ['PATH']}"
    with subprocess.Popen(
        start(folder, "-c", "pass"), env={**os.environ, "PATH": path}, stderr=other
    ) as process:
        os.close(other)
        said = b""
        while b"downloading, 1 s" not in said:
            said += os.read(main, 1000)
        went.write_text("", encoding="utf-8")
        with suppress(OSError):  # the end of a terminal nobody writes to
            while chunk := os.read(main, 1000):
                said += chunk
    os.close(main)
    assert process.returncode == 0
    assert said.index(b"Installing") < said.index(b"downloading") < said.index(b"Installed in")


@pytest.mark.search
def test_two_first_calls_at_once_install_once(tmp_path: Path) -> None:
    """The second call waits for the first and uses what it made."""
    folder = new_checkout(tmp_path / "checkout")
    calls = [
        subprocess.Popen(start(folder, "-c", "pass"), stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [call.communicate(timeout=120)[1] for call in calls]
    assert [call.returncode for call in calls] == [0, 0]
    assert "".join(said).count("Installed in") == 1


def test_without_venv_and_pip_it_says_what_to_install(tmp_path: Path) -> None:
    """A Python that can do neither ends with one line to type, where there is no uv."""
    folder = new_checkout(tmp_path / "checkout")
    python = crippled_python(tmp_path / "python", "venv", "pip")
    done = finished(start(folder, "-c", "pass", python=python), PATH=str(tmp_path))
    assert done.returncode == 2
    assert "then call again:\n    " in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(folder.glob(".venvs/*/finished"))


@pytest.mark.search  # installs once more
def test_a_failed_installation_shows_what_pip_said(tmp_path: Path) -> None:
    """A lock that cannot be installed ends with pip's own words and no environment."""
    folder = new_checkout(tmp_path / "checkout")
    (folder / "requirements.lock").write_text("not a requirement\n", encoding="utf-8")
    done = finished(start(folder, "-c", "pass"))
    assert done.returncode == 2
    assert "Invalid requirement" in done.stderr
    assert not list(folder.glob(".venvs/*/finished"))
