"""Webhooks: pointers to events posted to an address of this machine until that answers 200.

Of an event only its pointer is sent; when there is something to send is said by `control.py`.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import ProxyHandler, Request, build_opener

from workforce_source.sandbox.events import Event
from workforce_source.sandbox.faults import Faults
from workforce_source.sandbox.serving import LOOPBACK

_FIRST_WAIT = 60.0  # seconds until it is sent again; then ever longer
_GIVEN_UP_AFTER = timedelta(days=25)
_ANSWER_WITHIN = 10.0  # seconds


@dataclass(slots=True)
class _Delivery:
    body: bytes
    occurred_at: datetime
    due_at: datetime
    attempts: int = 0


class Webhooks:
    """What is to be delivered, and where.

    Args:
        faults: How many are lost.
        seed: Decides which.
    """

    def __init__(self, faults: Faults, seed: int) -> None:
        self._faults = faults
        self._rng = Random(f"webhooks:{seed}")
        self._address: tuple[str, int, str] | None = None
        self._waiting: list[_Delivery] = []

    def send_to(self, url: str | None) -> None:
        """Let events be posted to an address from now on; None ends it.

        Raises:
            ValueError: It is not an `http://` address of this machine.
        """
        if url is None:
            self._address = None
            self._waiting.clear()
            return
        parts = urlsplit(url)
        if parts.scheme != "http" or parts.hostname != LOOPBACK or not parts.port:
            raise ValueError(f"url takes http://{LOOPBACK}:PORT/..., an address of this machine")
        self._address = parts.hostname, parts.port, parts.path or "/"

    def add(self, events: Iterable[Event], organization_id: str) -> None:
        """Take events up, as far as none of them gets lost."""
        for event in events if self._address else ():
            if self._rng.random() < self._faults.lost_webhook_share:
                continue
            body = json.dumps(event.pointer(organization_id)).encode()
            self._waiting.append(_Delivery(body, event.occurred_at, event.known_at))

    def deliver(self, now: datetime) -> dict[str, int]:
        """Post what is due; get how many were answered 200 and how many wait.

        Args:
            now: The present instant.
        """
        delivered = 0
        for one in list(self._waiting):
            if one.due_at > now or self._address is None:
                continue
            if self._post(one.body) == 200:
                delivered += 1
                self._waiting.remove(one)
                continue
            one.due_at = now + timedelta(seconds=_FIRST_WAIT * 2**one.attempts)
            one.attempts += 1
            if now - one.occurred_at > _GIVEN_UP_AFTER:
                self._waiting.remove(one)
        return {"delivered": delivered, "waiting": len(self._waiting)}

    def _post(self, body: bytes) -> int | None:
        host, port, path = self._address or ("", 0, "")
        header = {"Content-Type": "application/json"}
        request = Request(f"http://{host}:{port}{path}", body, header)  # loopback
        try:
            # no proxy is on the way to this machine
            with build_opener(ProxyHandler({})).open(request, timeout=_ANSWER_WITHIN) as reply:
                return int(reply.status)
        except HTTPError as refused:
            with refused:
                return refused.code
        except Exception:  # what answers may be anything, HTTP or not
            return None
