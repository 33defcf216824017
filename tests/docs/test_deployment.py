"""What an operator installs from: the image's file and systemd's units, held against the package.

No image is built here, and no systemd runs; what was run by hand is on the page.
"""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tools.documents import CHECKOUT, blocks_of, page
from workforce_source.job.parts import PARTS

CONTAINERFILE = (CHECKOUT / "Containerfile").read_text(encoding="utf-8")
UNITS = CHECKOUT / "pipelines" / "schedules"
WORDS = {part.name for part in PARTS}
INSTALLS = re.compile(r"/srv/workforce/bin/pip install (.+)")


def words_of(instruction: str) -> list[list[str]]:
    """What follows each such instruction of the image's file."""
    lines = [line.split(maxsplit=1) for line in CONTAINERFILE.splitlines() if line.strip()]
    return [shlex.split(rest[0]) for name, *rest in lines if name == instruction]


def test_the_image_copies_what_is_there_and_starts_the_command() -> None:
    """Every file it takes is in the repository, and it begins with a word of the command."""
    taken = [words[:-1] for words in words_of("COPY") if not words[0].startswith("--from")]
    for name in (name for names in taken for name in names):
        assert (CHECKOUT / name).exists(), name
    assert re.search(r'^ENTRYPOINT \["workforce"\]$', CONTAINERFILE, re.MULTILINE)
    (first,) = re.findall(r'^CMD \["(\w+)"\]$', CONTAINERFILE, re.MULTILINE)
    assert first in WORDS


def test_the_image_installs_as_the_page_does() -> None:
    """The lock by its hashes, then the package without looking for more."""
    (shown,) = (block for block in blocks_of(page("docs/deployment.md"), "sh") if "check" in block)
    of_image, of_page = (
        [set(one.split()) for one in INSTALLS.findall(text)] for text in (CONTAINERFILE, shown)
    )
    same = {"--no-deps", "--only-binary", ":all:", "--require-hashes", "requirements.lock"}
    assert same <= of_image[0] & of_page[0]
    assert "--no-deps" in of_image[1] & of_page[1]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here")
def test_systemd_takes_the_units(tmp_path: Path) -> None:
    """`systemd-analyze verify` says nothing, once the command they start is there."""
    for name in ("workforce.service", "workforce.timer"):
        text = (UNITS / name).read_text(encoding="utf-8")
        there = text.replace("/srv/workforce/bin/workforce", sys.executable)
        (tmp_path / name).write_text(there, encoding="utf-8")
    done = subprocess.run(  # whichever is on the PATH
        [
            str(shutil.which("systemd-analyze")),
            "verify",
            str(tmp_path / "workforce.service"),
            str(tmp_path / "workforce.timer"),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_the_unit_starts_a_word_of_the_command_and_may_write_where_it_does() -> None:
    """The directory of its files is the one systemd makes for it, and dlt's are below."""
    unit = dict(
        line.split("=", 1)
        for line in (UNITS / "workforce.service").read_text(encoding="utf-8").splitlines()
        if "=" in line and not line.startswith("#")
    )
    assert unit["ExecStart"].split()[1] in WORDS
    state = f"/var/lib/{unit['StateDirectory']}"
    assert unit["WorkingDirectory"] == state
    assert f"DLT_DATA_DIR={state}/" in unit["Environment"]
