"""Runs Python with the project's locked packages, installing them into the checkout on first use.

    python3 run.py pipelines/workforce_pipeline.py --sandbox    load 500 sandbox employees
    python3 run.py -m pytest                                    run the tests

What follows `run.py` is what would follow `python`: a script, `-m MODULE` or `-c CODE`, and its
arguments. The packages of requirements.lock go to .venvs/ in this checkout, once for each Python
and each lock, by uv where there is one and else by pip; nothing else on the machine is changed but
uv's own cache. What tests, tools and benchmarks need besides is in requirements-test.lock, which
they take. `--lock FILE` before all of it takes another lock (requirements-dbt.lock for dbt,
requirements-apps.lock for the apps in pipelines/recipes, requirements-destinations.lock for the
destinations that docs/destinations.md was run with).
Python 3.11 to 3.14 is needed: if the one you started is another, one found on the PATH is taken.

Nothing of the project's own logic belongs here: this file knows environments only, imports
nothing outside the standard library, and stays readable for Python 3.8, so that a person with an
old one gets an answer instead of a syntax error.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import platform
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

if sys.platform != "win32":
    import fcntl

CHECKOUT = Path(__file__).resolve().parent
LOCK = CHECKOUT / "requirements.lock"
TEST_LOCK = CHECKOUT / "requirements-test.lock"
TEST_TOOLS = ("pytest", "ruff", "mypy", "hatchling", "tests", "benchmarks")
"""Modules, and folders of scripts, that need more than running does."""
SIZES = {
    "requirements.lock": "390 MB",
    "requirements-test.lock": "550 MB",
    "requirements-airflow.lock": "680 MB",
    "requirements-dagster.lock": "620 MB",
    "requirements-prefect.lock": "660 MB",
    "requirements-apps.lock": "900 MB",
    "requirements-dbt.lock": "250 MB",
    "requirements-destinations.lock": "600 MB",
    "requirements-docs.lock": "170 MB",
}
QUIET = {
    "RUNTIME__DLTHUB_TELEMETRY": "false",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "DAGSTER_DISABLE_TELEMETRY": "yes",
    "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "false",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "NO_MKDOCS_2_WARNING": "1",
    "DO_NOT_TRACK": "1",
}
"""Variables that keep what is run here from reporting to its makers, and from announcing what they
offer besides, unless they are set."""
ENVIRONMENTS = CHECKOUT / ".venvs"
OLDEST, NEWEST = (3, 11), (3, 14)
LOCKED = ("--no-deps", "--only-binary", ":all:", "--require-hashes", "--requirement")
"""Words before the lock, which has all there is to resolve: wheels only, every one checked against
its hash."""
INSTALLED = ("lib/python*/site-packages/*.dist-info", "packages/*.dist-info")
"""What each package leaves in an environment, a virtual one or a folder."""
FINISHED = "finished"
"""The file written last into an environment: the way its packages were installed."""


class CannotPrepare(Exception):
    """The environment could not be made; the message says what to do."""


def main(arguments: list[str]) -> int:
    """Become Python with the locked packages, or say why not.

    Args:
        arguments: What `python` would be given: a script, `-m MODULE` or `-c CODE`, and the rest.
    """
    lock = TEST_LOCK if needs_tests(arguments) else LOCK
    if arguments[:1] == ["--lock"] and len(arguments) > 1:
        lock, arguments = Path(arguments[1]).absolute(), arguments[2:]
    if not arguments or arguments[0] in ("-h", "--help", "--lock"):
        print(__doc__)
        return 0
    try:
        command, environment = prepared(arguments, lock)
    except (CannotPrepare, OSError) as reason:  # OSError: a checkout that cannot be written, say
        say(str(reason))
        return 2
    except KeyboardInterrupt:
        say("Stopped; the next call starts the installation again.")
        return 130
    return become(command, environment)


def prepared(arguments: list[str], lock: Path) -> tuple[list[str], dict[str, str]]:
    """Return the command that runs the arguments with the locked packages, and its variables.

    Args:
        arguments: What `python` would be given.
        lock: The file that names the packages.

    Raises:
        CannotPrepare: The packages are not there and could not be installed.
    """
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        again = [str(CHECKOUT / "run.py"), "--lock", str(lock), *arguments]
        return [other_python(), *again], dict(os.environ)
    environment = environment_folder(lock)
    how = installed(environment) or prepare(environment, lock)
    python = python_of(environment) if how == "venv" else sys.executable
    return [python, *arguments], variables(environment, how)


def needs_tests(arguments: list[str]) -> bool:
    """Whether what is to be run is a test, a tool or a benchmark."""
    if arguments[:1] == ["-m"]:
        return "".join(arguments[1:2]).split(".")[0] in TEST_TOOLS
    parts = Path("".join(arguments[:1])).absolute().parts
    own = len(CHECKOUT.parts)
    return parts[:own] == CHECKOUT.parts and "".join(parts[own : own + 1]) in TEST_TOOLS


def environment_folder(lock: Path) -> Path:
    """Name the environment of this interpreter and this lock; both decide what belongs in it."""
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()[:12]
    python = f"python{this_version()}{getattr(sys, 'abiflags', '')}"
    return ENVIRONMENTS / f"{python}-{sys.platform}-{platform.machine()}-{digest}".lower()


def installed(environment: Path) -> str | None:
    """Return how a finished environment was made, `venv` or `target`; None if it is not usable."""
    try:
        how = (environment / FINISHED).read_text(encoding="utf-8")
    except OSError:
        return None
    if how == "venv" and not Path(python_of(environment)).exists():
        return None  # the Python it was made from has been removed since
    return how


def prepare(environment: Path, lock: Path) -> str:
    """Install the locked packages into the environment and return how, `venv` or `target`."""
    ENVIRONMENTS.mkdir(exist_ok=True)
    with exclusive(ENVIRONMENTS / f"{environment.name}.lock") as held:
        how = installed(environment)
        if how:  # another call finished it while this one waited
            return how
        size = SIZES.get(lock.name, "some hundred MB")
        say(
            f"Installing the locked packages into {environment.relative_to(CHECKOUT)}: once, "
            f"about {size}; seconds by uv, a minute or two by pip ..."
        )
        started = time.monotonic()
        with telling(environment, lock):
            how = install(environment, lock, held)
        (environment / FINISHED).write_text(how, encoding="utf-8")
        say(f"Installed in {time.monotonic() - started:.0f} s.")
        return how


@contextlib.contextmanager
def telling(environment: Path, lock: Path) -> Iterator[None]:
    """Tell how far an installation is while it lasts: each second on a terminal, else each ten."""
    every, before, after = (1.0, "\r", "\x1b[K") if sys.stderr.isatty() else (10.0, "", "\n")
    all_of_them = sum("==" in line for line in lock.read_text(encoding="utf-8").splitlines())
    started, ended = time.monotonic(), threading.Event()

    def tell() -> None:
        while not ended.wait(every):
            there = 0
            with contextlib.suppress(OSError):  # it is being made anew
                there = sum(len(list(environment.glob(where))) for where in INSTALLED)
            what = f"{there} of about {all_of_them} packages" if there > 1 else "downloading"
            seconds = f"{time.monotonic() - started:.0f} s"
            sys.stderr.write(f"{before}  {what}, {seconds}{after}")
            sys.stderr.flush()

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield
    finally:
        ended.set()
        teller.join()
        sys.stderr.write(f"{before}{after}" if before else "")


def install(environment: Path, lock: Path, held: int | None) -> str:
    """Install by the first way there is: uv, venv with pip, venv and outer pip, target."""
    if install_by_uv(environment, lock, held):
        return "venv"
    own_pip = importlib.util.find_spec("pip") is not None
    python = python_of(environment)
    if venv(environment, held):
        pip([python, "-m", "pip", "install"], lock, held)
        return "venv"
    if own_pip and venv(environment, held, "--without-pip") and pip_takes_python():
        pip([sys.executable, "-m", "pip", "--python", python, "install"], lock, held)
        return "venv"
    if own_pip:
        remove(environment)
        packages = str(environment / "packages")
        pip([sys.executable, "-m", "pip", "install", "--target", packages], lock, held)
        return "target"
    raise CannotPrepare(
        f"This Python ({sys.executable}) can neither make a virtual environment with pip nor has "
        f"it pip itself. Install one of them, then call again:\n    {install_line()}"
    )


def install_by_uv(environment: Path, lock: Path, held: int | None) -> bool:
    """Install by uv; False where there is none, or one that cannot: pip then says why."""
    uv = shutil.which("uv")
    if uv is None:
        return False
    remove(environment)
    # no configuration: one of the person's own may name other packages and another Python
    mine = [uv, "--no-config", "--quiet"]
    made = call([*mine, "venv", "--python", sys.executable, str(environment)], held)
    if made.returncode != 0:
        return False
    into = ["pip", "install", "--python", python_of(environment)]
    return call([*mine, *into, *LOCKED, str(lock)], held).returncode == 0


def venv(environment: Path, held: int | None, *options: str) -> bool:
    """Make an empty environment; False if this Python cannot."""
    remove(environment)
    made = call([sys.executable, "-m", "venv", *options, str(environment)], held)
    return made.returncode == 0


def pip_takes_python() -> bool:
    """Whether the outer pip can install for another Python (`--python`, since 22.3)."""
    return (
        call([sys.executable, "-m", "pip", "--python", sys.executable, "--version"]).returncode == 0
    )


def pip(install_command: list[str], lock: Path, held: int | None) -> None:
    """Install the lock: wheels only, every one checked against its hash.

    Raises:
        CannotPrepare: pip failed; its own last lines are in the message.
    """
    quiet = ["--quiet", "--no-input", "--disable-pip-version-check", "--no-warn-script-location"]
    quiet += ["--no-compile"]  # most modules are never imported; Python compiles those that are
    done = call([*install_command, *quiet, *LOCKED, str(lock)], held)
    if done.returncode != 0:
        said = "\n    ".join(done.stdout.strip().splitlines()[-8:])
        raise CannotPrepare(
            f"pip could not install {lock.name} (exit {done.returncode}):\n    {said}\n"
            "Check the network, the proxy and the free disk space, then call again. Ready-made "
            "packages exist for Linux (glibc), macOS and Windows; Alpine has none for DuckDB."
        )


def call(command: list[str], held: int | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, quietly.

    Args:
        command: Program and arguments.
        held: The lock's file descriptor. The command inherits it: an installation that outlives
            this process still keeps others out.
    """
    settings = clean_environment()
    # Settings that are right for a person's own installs would send these packages elsewhere.
    settings.update(PIP_USER="0", PIP_REQUIRE_VIRTUALENV="0")
    for name in ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT"):
        settings.pop(name, None)
    return subprocess.run(
        command,
        env=settings,
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        pass_fds=() if held is None else (held,),
    )


@contextlib.contextmanager
def exclusive(path: Path) -> Iterator[int | None]:
    """Hold the lock file at `path`; the operating system frees it when its holders end."""
    if sys.platform == "win32":  # no flock: two first calls at once are not kept apart there
        yield None
    else:
        with path.open("w", encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say("Another call is installing the packages; waiting for it ...")
                fcntl.flock(file, fcntl.LOCK_EX)
            yield file.fileno()


def other_python() -> str:
    """Find a Python of a supported version on the PATH, newest first.

    Raises:
        CannotPrepare: There is none.
    """
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        found = shutil.which(f"python3.{minor}")
        # A version manager puts names on the PATH that do not all start.
        if found and call([found, "-c", "import venv"]).returncode == 0:
            return found
    raise CannotPrepare(
        f"Python 3.{OLDEST[1]} to 3.{NEWEST[1]} is needed; this is {platform.python_version()} "
        f"({sys.executable}), and none of python3.{OLDEST[1]} ... python3.{NEWEST[1]} on the PATH "
        f"starts. Install one, then call again:\n    {install_line()}"
    )


def install_line() -> str:
    """Return the one command that brings this machine a usable Python."""
    supported = OLDEST <= sys.version_info[:2] <= NEWEST
    lines = {
        "debian": f"sudo apt install python{this_version() if supported else '3.11'}-venv",
        "fedora": "sudo dnf install python3-pip" if supported else "sudo dnf install python3.12",
        "rhel": "sudo dnf install python3-pip" if supported else "sudo dnf install python3.12",
        "suse": "sudo zypper install python312-pip",
        "arch": "sudo pacman -S python python-pip",
        "darwin": "brew install python@3.13",
        "win32": "winget install Python.Python.3.13",
    }
    names = [sys.platform]
    with contextlib.suppress(OSError):
        for line in Path("/etc/os-release").read_text(encoding="utf-8").splitlines():
            key, _, value = line.partition("=")
            if key in ("ID", "ID_LIKE"):
                names += value.strip('"').split()
    for name in names:
        if name in lines:
            return lines[name]
    return "your package manager's Python 3.11 or newer, with its venv or pip package"


def this_version() -> str:
    """Return the running Python's version as package names have it: 3.12."""
    return "{}.{}".format(*sys.version_info[:2])


def python_of(environment: Path) -> str:
    """Return the path of the environment's own Python."""
    inside = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")
    return str(environment.joinpath(*inside))


def remove(environment: Path) -> None:
    """Remove what an interrupted installation left."""
    if environment.exists():
        shutil.rmtree(environment)


def clean_environment() -> dict[str, str]:
    """Copy the environment without what makes Python import anything but the locked packages."""
    foreign = ("PYTHONPATH", "PYTHONHOME", "__PYVENV_LAUNCHER__")
    return {name: value for name, value in os.environ.items() if name not in foreign}


def variables(environment: Path, how: str) -> dict[str, str]:
    """Return the environment variables the script runs with.

    Args:
        environment: The folder of the installed packages.
        how: `venv` or `target`, as `prepare` returned it.
    """
    result = clean_environment()
    folders = [CHECKOUT] if how == "venv" else [CHECKOUT, environment / "packages"]
    result["PYTHONPATH"] = os.pathsep.join(str(folder) for folder in folders)
    result["PYTHONNOUSERSITE"] = "1"
    for name, value in QUIET.items():
        result.setdefault(name, value)
    return result


def become(command: list[str], environment: dict[str, str]) -> int:
    """Replace this process, so that signals and the exit code are the command's own."""
    sys.stdout.flush()
    if os.name != "nt":
        os.execve(command[0], command, environment)  # noqa: S606 - no shell is the point
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the child's to answer
    return subprocess.call(command, env=environment)


def say(text: str) -> None:
    """Tell the person, beside the script's own output."""
    print(f"run.py: {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
