"""What stands around the code for those who visit, report, contribute and release.

Forms, workflows, hooks and the citation are held against what they speak of. The links of their
pages are checked with those of all pages (tests/docs); what GitHub makes of them is not seen here.
"""

import importlib.util
import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from trove_classifiers import classifiers

import run
import workforce_source
from workforce_source.exit_codes import ExitCode

CHECKOUT = Path(__file__).resolve().parents[2]
PROJECT: dict[str, Any] = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))[
    "project"
]
WORKFLOWS = (".github/workflows/release.yml", ".github/workflows/tests.yml")
FORMS = (".github/ISSUE_TEMPLATE/bug.yml", ".github/ISSUE_TEMPLATE/question.yml")
DEPENDABOT = ".github/dependabot.yml"
FILES = (
    *WORKFLOWS,
    *FORMS,
    ".github/ISSUE_TEMPLATE/config.yml",
    DEPENDABOT,
    ".pre-commit-config.yaml",
    "CITATION.cff",
)
PYTHONS = [f"3.{minor}" for minor in range(run.OLDEST[1], run.NEWEST[1] + 1)]
PERSONAL = ("row", "name", "e-mail address", "token", "id of an organization")
"""What nobody may show where everybody reads."""


def text(name: str) -> str:
    """What a file of the checkout says."""
    return (CHECKOUT / name).read_text(encoding="utf-8")


def read(name: str) -> dict[Any, Any]:
    """What a YAML file of the checkout says."""
    parsed = yaml.safe_load(text(name))
    assert isinstance(parsed, dict)
    return parsed


def steps(workflow: str) -> list[dict[str, Any]]:
    """Every step of a workflow."""
    return [step for job in read(workflow)["jobs"].values() for step in job.get("steps", ())]


def asked(form: str) -> list[dict[str, Any]]:
    """The fields of an issue form that a person writes into or chooses from."""
    return [part for part in read(form)["body"] if part["type"] not in ("markdown", "checkboxes")]


def hooks() -> dict[str, dict[str, Any]]:
    """The hooks of pre-commit by their ids."""
    (repository,) = read(".pre-commit-config.yaml")["repos"]
    assert repository["repo"] == "local"  # nothing is downloaded
    return {hook["id"]: hook for hook in repository["hooks"]}


def test_no_file_of_them_is_left_out_here() -> None:
    """A new form or workflow has to be looked at, too."""
    found = {path.relative_to(CHECKOUT).as_posix() for path in CHECKOUT.glob(".github/**/*.y*ml")}
    assert found == {name for name in FILES if name.startswith(".github/")}


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_yaml_and_names_files_that_are_there(name: str) -> None:
    """Also in its comments, and in what it says to people."""
    assert read(name)
    named = re.findall(r"(?<![\w/])(?:\./)?[\w.-]+(?:/[\w.-]+)*\.(?:md|py|toml|yml)\b", text(name))
    assert [file for file in named if not (CHECKOUT / file).is_file()] == []


def test_the_supported_pythons_are_the_same_everywhere() -> None:
    """run.py, the classifiers, .ci/run and the workflow have one list of them."""
    own = re.compile(r"Programming Language :: Python :: (3\.\d+)")
    assert [
        found[1] for line in PROJECT["classifiers"] if (found := own.fullmatch(line))
    ] == PYTHONS
    assert PROJECT["requires-python"] == f">={PYTHONS[0]}"
    tried = re.search(r"^for minor in ([\d ]+); do$", text(".ci/run"), re.MULTILINE)
    assert tried
    assert [f"3.{minor}" for minor in tried[1].split()] == PYTHONS
    pairs = read(WORKFLOWS[1])["jobs"]["everything"]["strategy"]["matrix"]["pythons"]
    # .ci/run takes two of what it finds, so two at a time are all that are tried
    assert [len(pair.split()) for pair in pairs] == [2] * len(pairs)
    assert sorted(python for pair in pairs for python in pair.split()) == PYTHONS


def test_every_classifier_is_known_and_fits() -> None:
    """An index refuses others, and one of a license beside the expression."""
    listed = PROJECT["classifiers"]
    assert set(listed) <= classifiers
    assert sorted(set(listed)) == listed
    assert not [line for line in listed if line.startswith("License ::")]
    assert (CHECKOUT / "workforce_source" / "py.typed").exists() == ("Typing :: Typed" in listed)


def test_the_citation_is_of_this_version() -> None:
    """Version, date, license and words are those of the package and its changelog."""
    cited = read("CITATION.cff")
    version = workforce_source.__version__
    assert cited["version"] == version
    assert f"\n## [{version}] - {cited['date-released']}\n" in text("CHANGELOG.md")
    assert cited["license"] == PROJECT["license"]
    assert cited["abstract"] == PROJECT["description"]
    assert cited["keywords"] == PROJECT["keywords"]
    assert cited["authors"] == PROJECT["authors"]


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_runs_what_there_is_and_may_do_little(name: str) -> None:
    """Commands of the checkout, actions by their major version, no secret, and an end."""
    workflow = read(name)
    assert workflow["permissions"] == {"contents": "read"}
    assert "secrets." not in text(name)
    assert "password" not in text(name)
    for job in workflow["jobs"].values():
        assert "uses" in job or 0 < job["timeout-minutes"] <= 120
    for step in steps(name):
        if "uses" in step:
            assert re.fullmatch(r"[\w-]+/[\w-]+@(release/)?v\d+", step["uses"])
            continue
        assert "${{" not in step["run"]
        for module in re.findall(r"python3 run\.py -m (\w+)", step["run"]):
            assert importlib.util.find_spec(module), module
            assert f"\n{module}==" in text("requirements-test.lock")


def test_changes_are_tried_by_the_one_command() -> None:
    """`.ci/run`, which can be started, on every change and by the release."""
    ran = [step["run"] for step in steps(WORKFLOWS[1]) if "run" in step]
    assert ran == [".ci/run"]
    assert os.access(CHECKOUT / ".ci" / "run", os.X_OK)
    on = read(WORKFLOWS[1])[True]  # `on` is a truth value in the YAML of PyYAML
    assert on.keys() == {"push", "pull_request", "workflow_call"}


def test_a_release_is_tried_built_attested_and_published_without_a_token() -> None:
    """In this order; what is built is what `.ci/run` builds, and only two jobs may sign."""
    jobs = read(WORKFLOWS[0])["jobs"]
    assert jobs["tests"] == {"uses": f"./{WORKFLOWS[1]}"}
    assert (jobs["build"]["needs"], jobs["publish"]["needs"]) == ("tests", "build")
    assert jobs["build"]["permissions"].keys() == {"contents", "id-token", "attestations"}
    assert jobs["publish"]["permissions"] == {"id-token": "write"}
    build = next(step["run"] for step in jobs["build"]["steps"] if "build" in step.get("run", ""))
    assert build in text(".ci/run")
    used = [step["uses"].partition("@")[0] for step in steps(WORKFLOWS[0]) if "uses" in step]
    assert used[2:] == [
        "actions/attest-build-provenance",
        "actions/upload-artifact",
        "actions/download-artifact",
        "pypa/gh-action-pypi-publish",
    ]
    assert "with" not in jobs["publish"]["steps"][-1]


@pytest.mark.parametrize(("before", "code"), [("", 0), ("v", 1), ("1", 1)])
def test_a_tag_that_is_not_the_version_is_not_released(
    before: str, code: int, tmp_path: Path
) -> None:
    """The step is run as it stands; the tag has to be the version to the letter."""
    (step,) = (step for step in steps(WORKFLOWS[0]) if "GITHUB_REF_NAME" in step.get("run", ""))
    python = tmp_path / "python3"  # in the place of run.py, so that nothing is installed
    python.write_text(f'#!/bin/sh\nshift\nexec {shlex.quote(sys.executable)} "$@"\n', "utf-8")
    python.chmod(0o755)
    path = os.pathsep.join([str(tmp_path), os.environ["PATH"]])
    bash = ["bash", "-e", "-c", step["run"]]  # as GitHub starts it
    done = subprocess.run(
        bash,
        cwd=CHECKOUT,
        env={**os.environ, "PATH": path, "GITHUB_REF_NAME": before + workforce_source.__version__},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == code, done.stderr
    assert ("the tag is" in done.stderr) == bool(code)


def test_dependabot_is_told_of_folders_that_have_what_it_reads() -> None:
    """Actions, the browser's packages and pyproject.toml; no floor is raised without need."""
    needs = {
        "github-actions": ".github/workflows",
        "npm": "package-lock.json",
        "pip": "pyproject.toml",
    }
    updates = {update["package-ecosystem"]: update for update in read(DEPENDABOT)["updates"]}
    assert updates.keys() == needs.keys()
    for name, update in updates.items():
        assert (CHECKOUT / update["directory"].lstrip("/") / needs[name]).exists()
    assert updates["pip"]["versioning-strategy"] == "increase-if-necessary"


def test_the_hooks_format_and_lint_by_the_lock(tmp_path: Path) -> None:
    """Each is run on a file that needs it, with what `python3 run.py` would become."""
    file = tmp_path / "untidy.py"
    file.write_text("import os\nanswer  =  42\n", encoding="utf-8")

    def ended(hook: dict[str, Any]) -> int:
        start, module, *rest = shlex.split(hook["entry"].removeprefix("python3 run.py "))
        assert (start, module, hook["language"]) == ("-m", "ruff", "system")
        command = [sys.executable, start, module, *rest, "--no-cache", str(file)]
        return subprocess.run(
            command, cwd=CHECKOUT, capture_output=True, check=False, timeout=60
        ).returncode

    assert hooks().keys() == {"ruff-format", "ruff-check"}
    assert ended(hooks()["ruff-format"]) == 0
    assert file.read_text(encoding="utf-8") == "import os\n\nanswer = 42\n"
    assert ended(hooks()["ruff-check"]) == 1


@pytest.mark.parametrize("form", FORMS)
def test_an_issue_form_asks_for_nothing_personal(form: str) -> None:
    """It says so before and after, and its fields ask for other things."""
    first, *_, last = read(form)["body"]
    (promise,) = last["attributes"]["options"]
    assert promise["required"]
    said = " ".join(first["attributes"]["value"].split())
    assert first["type"] == "markdown"
    for word in PERSONAL:
        assert f"no {word}" in promise["label"].replace("no person's ", "no ")
        assert f"no {word}".replace("an org", "your org") in said.replace("no person's ", "no ")
    for field in asked(form):
        shown = field["attributes"]
        question = f"{field['id']} {shown['label']} {shown.get('placeholder', '')}".lower()
        assert not re.search(
            r"name|mail|token|\brow|person|people|organi|address|contact", question
        )


@pytest.mark.parametrize("form", FORMS)
def test_an_issue_form_is_one_github_takes(form: str) -> None:
    """Ids and labels once each, and no choice named like the one GitHub adds itself."""
    body = read(form)["body"]
    assert {"name", "description", "body"} <= read(form).keys()
    ids = [part["id"] for part in body if part["type"] != "markdown"]
    assert sorted(set(ids)) == sorted(ids)
    assert all(re.fullmatch(r"[\w-]+", one) for one in ids)
    for field in asked(form):
        assert field["type"] in ("dropdown", "input", "textarea")
        options = field["attributes"].get("options", ())
        assert all(isinstance(option, str) and option.lower() != "none" for option in options)


def test_a_bug_is_told_by_code_message_version_and_destination() -> None:
    """All of them have to be filled in; the codes are the job's, the command prints the version."""
    fields = {field["id"]: field for field in asked(FORMS[0])}
    needed = {
        name for name, field in fields.items() if field.get("validations", {}).get("required")
    }
    assert needed == {"exit_code", "message", "command", "version", "destination"}
    codes = [str(code.value) for code in ExitCode]
    assert fields["exit_code"]["attributes"]["options"] == [*codes, "another", "it did not end"]
    (command,) = re.findall(r"`([^`]+)`", fields["version"]["attributes"]["description"])
    assert command.startswith("python3 run.py ")
    printed = subprocess.run(
        [sys.executable, *shlex.split(command)[2:]],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert printed.stdout.strip() == workforce_source.__version__
