"""A token that is replaced while a run goes on: the secret is read again, and asked with again."""

import threading
from pathlib import Path

import pytest

from tests.tools.main_job import run_job
from workforce_source.sandbox import Answer, Entry, Sandbox


def secrets_with(sandbox: Sandbox, token: str) -> str:
    """The settings of an account, as a file has them."""
    return (
        f"[sources.workforce]\nbase_url = '{sandbox.base_url}'\n"
        f"organization_id = '{sandbox.organization_id}'\napi_token = '{token}'\n"
    )


@pytest.mark.parametrize(
    "kept",
    [
        "the new one",
        *(
            pytest.param(one, marks=pytest.mark.search)
            for one in ("the old one", "another wrong one")
        ),
    ],
)
def test_a_401_in_the_middle_reads_the_secret_once_more(kept: str, tmp_path: Path) -> None:
    """With the new one the run goes on; else it stops, as before, with what is to be done."""
    with Sandbox(employees=100, seed=7) as sandbox:
        sandbox.faults.latency = 0.02  # so that answers come while others are asked
        file = tmp_path / ".dlt" / "secrets.toml"
        file.parent.mkdir()
        file.write_text(secrets_with(sandbox, sandbox.api_token), encoding="utf-8")
        file.chmod(0o640 if kept == "the new one" else 0o600)
        rotated = threading.Event()
        refused: list[str] = []

        def rotate(entry: Entry, answer: Answer) -> Answer:
            if answer.status == 401:
                refused.append(entry.endpoint)
            elif entry.endpoint == "employee_data" and not rotated.is_set():
                rotated.set()
                new = sandbox.rotate_api_token()
                wanted = {"the new one": new, "another wrong one": "wrong"}
                text = secrets_with(sandbox, wanted.get(kept, sandbox.api_token))
                file.write_text(text, encoding="utf-8")
            return answer

        tokens = {sandbox.api_token}
        sandbox.on_answer(rotate)
        # of another program, whose secret is nobody's business here
        others = {"API_TOKEN": "another-programs", "SOURCES__API_TOKEN": "another-sources"}
        done = run_job(tmp_path, "--no-marts", variables=others)
        assert rotated.is_set()
        tokens.add(sandbox.api_token)
        beside = [one for one in tmp_path.rglob("*") if one.is_file() and one != file]
        assert [one for one in beside for t in tokens if t.encode() in one.read_bytes()] == []
        assert ("chmod 600" in done.stderr) is (kept == "the new one")
        if kept == "the new one":
            assert done.returncode == 0, done.stderr
        else:
            assert done.returncode == 2
            assert "does not accept the credentials (401" in done.stderr
        # those in flight, each by both keys, and once more; there are sixty to be asked for
        assert 1 <= len(refused) <= 40
