"""A list endpoint the page may get one day: one entry in one file is all it takes."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NONE = "PLAIN_LISTS: tuple[PlainList, ...] = ()\n"
TEAMS = """
def _team(rng: Random, at: datetime) -> dict[str, Any]:
    name = rng.choice(("Platform", "Payments", "Treasury"))
    return {"id": f"{rng.getrandbits(128):032x}", "name": name, "updated_at": at}


PLAIN_LISTS = (PlainList("teams", _team),)
"""
USE = """
import requests
from workforce_source.sandbox import Options, sandbox_process

with sandbox_process(60, options=Options(page_size=5)) as sandbox:
    url = f"{sandbox.base_url}/organizations/{sandbox.organization_id}/teams"

    def answer(number=1, method="GET"):
        how = {"auth": (sandbox.api_token, ""), "params": {"page": number}, "timeout": 10}
        return requests.request(method, url, **how)

    def truth():
        return {row["id"]: row for row in sandbox.truth()["teams"]}

    def check():
        pages = -(-len(truth()) // 5)
        bodies = [answer(number).json() for number in range(1, pages + 1)]
        assert {body["metadata"]["total_count"] for body in bodies} == {len(truth())}
        assert bodies[0]["metadata"]["next_page_url"] == f"{url}?page=2"
        assert bodies[-1]["metadata"]["next_page_url"] is None
        records = [record for body in bodies for record in body["data"]]
        for record in records:
            row = truth()[record["id"]]
            stamp = row["updated_at"].isoformat(timespec="milliseconds").replace("+00:00", "Z")
            assert record == {"id": row["id"], "name": row["name"], "updated_at": stamp}
            assert row["organization_id"] == sandbox.organization_id
        assert len({record["id"] for record in records}) == len(records) == len(truth())

    before = truth()
    assert len(before) == 12
    check()
    assert sandbox.counts() == {"teams": 3}
    touched = sandbox.churn({"teams": 2})["teams"]
    after = truth()
    assert len(touched) == 6
    assert len(after.keys() - before.keys()) == len(before.keys() - after.keys()) == 2
    assert sum(after[id] != before[id] for id in after.keys() & before.keys()) == 2
    check()
    assert answer(method="POST").status_code == 405
    sandbox.fail_next(503, endpoint="teams")
    assert answer().status_code == 503
    assert "teams" in sandbox.churn()
"""


def test_a_plain_list_is_one_entry(tmp_path: Path) -> None:
    """Added to a copy of the package, it is served, paged, logged, told as truth, and churned."""
    shutil.copytree(ROOT / "workforce_source", tmp_path / "workforce_source")
    plain = tmp_path / "workforce_source" / "sandbox" / "plain.py"
    text = plain.read_text(encoding="utf-8")
    assert NONE in text
    plain.write_text(text.replace(NONE, TEAMS), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", USE],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
