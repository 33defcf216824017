"""A bare HTTP client for tests of the sandbox: no retry, no paging, no opinion.

Nothing of the package's own client may be used here.
"""

import json
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import requests

from workforce_source.sandbox import Sandbox, SandboxProcess

API_DOC = Path(__file__).parent / "api_doc"


def documented(name: str) -> Any:
    """Get a body of the API page."""
    return json.loads((API_DOC / f"{name}.json").read_text("utf-8"))


class Asking:
    """Asks one sandbox.

    Args:
        sandbox: Whom.
        token: Instead of the sandbox's API token.
    """

    def __init__(self, sandbox: Sandbox | SandboxProcess, token: str | None = None) -> None:
        self.organization = f"{sandbox.base_url}/organizations/{sandbox.organization_id}"
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.auth = (token or sandbox.api_token, "")

    def __enter__(self) -> Self:
        """Ask."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connections."""
        self.session.close()

    def __call__(self, path: str, method: str = "GET", **how: Any) -> requests.Response:
        """Get the answer to a request below the organization."""
        how = {"timeout": 10, "allow_redirects": False} | how
        return self.session.request(method, f"{self.organization}/{path}", **how)

    def data(self, path: str, status: int = 200, method: str = "GET", **how: Any) -> Any:
        """Get the `data` of an answer that must have this status."""
        answer = self(path, method, **how)
        assert answer.status_code == status, answer.text
        return answer.json()["data"]

    def pages(self, path: str, **params: Any) -> list[Any]:
        """Get the bodies of all pages, by their links."""
        bodies = [self(path, params=params).json()]
        while link := bodies[-1]["metadata"]["next_page_url"]:
            bodies.append(self.session.get(link, timeout=10).json())
        return bodies

    def everything(self, path: str, **params: Any) -> list[Any]:
        """Get the records of all pages."""
        return [record for body in self.pages(path, **params) for record in body["data"]]


def employee_path(key: str, rest: str = "") -> str:
    """Get the path of an employee, the key encoded in full."""
    return f"employees/{quote(key, safe='')}{rest}"
