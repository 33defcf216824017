"""The dlt source: settings to the resources of one run.

How changes are found is not known here (`sync`), nor how `load()` checkpoints (`loading`).
"""

from collections.abc import Generator, Iterable, Iterator
from functools import partial
from itertools import chain
from threading import Lock
from typing import Any

import dlt
import requests
from dlt.common.configuration.container import Container
from dlt.common.pipeline import PipelineContext
from dlt.common.storages.load_package import TLoadPackage
from dlt.common.typing import TSecretStrValue
from dlt.extract import DltResource

from workforce_source import tables as t
from workforce_source.client import (
    Address,
    Application,
    Client,
    Limits,
    RotatingToken,
    Token,
)
from workforce_source.clock import SYSTEM_CLOCK, Clock
from workforce_source.destination import connection_to, require_usable, tell_untried
from workforce_source.loading.erasing import finish_forgetting
from workforce_source.loading.marks import Marks
from workforce_source.loading.resources import (
    build_resources,
    load_package,
    taking_part,
)
from workforce_source.loading.rotation import read_token_anew
from workforce_source.loading.transactions import merge_in_transactions
from workforce_source.mirror import Memory, Package
from workforce_source.settings import ORGANIZATIONS, SECTION, Settings
from workforce_source.sync.badges import RESOURCE as BADGES
from workforce_source.sync.badges import SHARED
from workforce_source.sync.context import Context, secret_of
from workforce_source.sync.run import packages
from workforce_source.tables import Row


@dlt.source(name=SECTION, section=SECTION, max_table_nesting=0, spec=Settings)
def workforce(
    organization_id: str | None = None,
    api_token: TSecretStrValue | None = None,
    *,
    client_id: str | None = None,
    client_secret: TSecretStrValue | None = None,
    token_url: str | None = None,
    base_url: str | None = None,
    badge_max_age: str | None = None,
    max_badge_reads: int | None = None,
    refresh: list[str] | None = None,
    refresh_from: list[str] | None = None,
    signal_events: list[str] | None = None,
    max_signal_reads: int | None = None,
    checkpoint_every: int | None = None,
    max_workers: int | None = None,
    requests_per_second: float | None = None,
    connect_timeout: float | None = None,
    read_timeout: float | None = None,
    give_up_after: float | None = None,
    max_pause: float | None = None,
    start_date: str | None = None,
    end_date: str | None = None,
    employee_filter: dict[str, str] | None = None,
    exclude_columns: list[str] | None = None,
    pseudonymize: list[str] | None = None,
    pseudonym_key: TSecretStrValue | None = None,
    deletions: str | None = None,
    max_removed_share: float | None = None,
    unguarded_columns: list[str] | None = None,
    max_unreadable_share: float | None = None,
    clear_text_host: str | None = None,
    wait_for_lease: float | None = None,
    audit_retention: str | None = None,
    history: bool | None = None,
    history_retention: str | None = None,
    api_token_issued: str | None = None,
    session: requests.Session | None = None,
    settings: Settings = None,  # type: ignore[assignment]  # filled in by dlt
) -> Iterable[DltResource]:
    """Get the resources `employees`, `employee_badges` and `external_badges`.

    Each run reads the two lists and the badges that are due, compares them with what the
    destination holds and yields only what differs. `pipeline.run(workforce())` writes it as one
    load package, without the checkpoints, the lock, the lease and the care for pending packages of
    `load()`.

    Every argument but `session` is a setting; `workforce_source.settings.Settings` says what each
    means. What is not given comes from the environment, `secrets.toml` or `config.toml`.

    `session` is a session of your own, for mutual TLS or an adapter: its adapters send, with its
    proxies and certificates, in the place of libcurl; its headers, cookies and hooks do not count.
    Each run closes it at its end; a session of requests opens new connections for a run after it.

    Raises:
        ConfigError: A setting is missing or out of its range, or the destination cannot be
            loaded right.

    Rests on the sections "Get Employees", "Employee Data API" and "Employee External Badges API".
    """
    return build_resources(settings, _Reading(settings, session).parts)


class _Reading:
    """One run shared by the resources of a source; each load of the source reads anew."""

    def __init__(self, settings: Settings, session: requests.Session | None) -> None:
        self._settings = settings
        self._session = session
        self._load_id: str | None = None
        self._taken: set[str] = set(t.RESOURCES)
        self._written: frozenset[str] = frozenset(t.RESOURCES)
        self._beginning = Lock()  # dlt's parallelize() asks for all resources at once
        self._first: Package
        self._others: Generator[Package]

    def parts(self, resource: str) -> Iterator[Package]:
        """Get what a resource writes: its part of the first package, and badges of all others.

        The load package is one, in which no key may stand twice. Templates, their skills,
        `badge_reads` and `changes` are the tables that more than one batch can touch: their rows
        are kept until the end.
        """
        with self._beginning:
            first = self._begin(resource)
        if resource not in self._written:
            yield from self._for_transformers(resource, first)
            return
        if resource != BADGES:
            yield first.of_resource(resource)
            return
        kept: dict[str, dict[t.Key, Row]] = {}
        for package in chain([first], self._others):
            part = package.of_resource(resource)
            for table in (*SHARED, t.BADGE_READS):
                for chunk in part.chunks.pop(table.name, []):
                    rows = kept.setdefault(table.name, {})
                    rows.update((table.key_of(row), row) for row in chunk.to_pylist())
            entries = kept.setdefault(t.CHANGES.name, {})
            entries.update((t.CHANGES.key_of(row), row) for row in part.entries)
            part.entries = []
            yield part
        last = Package()
        for name, by_key in kept.items():
            last.add(t.TABLE_BY_NAME[name], list(by_key.values()))
        yield last.close()

    def _for_transformers(self, resource: str, first: Package) -> Iterator[Package]:
        """Get rows of the resource's own table; nothing is written but what is made of them."""
        for package in chain([first], self._others if resource == BADGES else ()):
            alone = Package()
            alone.chunks[resource] = package.of_resource(resource).chunks.pop(resource, [])
            yield alone

    def _begin(self, resource: str) -> Package:
        """Get the first package of the run; of a new one in another load, or when asked again."""
        load = load_package()
        load_id = load["load_id"] if load else None
        if load_id != self._load_id or resource in self._taken:
            self._load_id, self._taken = load_id, set()
            names, self._written = t.RESOURCES, frozenset(t.RESOURCES)
            if load:
                names, self._written = taking_part(dlt.current.source(), resource)
            self._others = self._read(load, names)
            self._first = next(self._others)
            if BADGES not in names:
                self._others.close()  # nothing follows, and nobody will ask
        self._taken.add(resource)
        return self._first

    def _read(self, load: TLoadPackage | None, names: tuple[str, ...]) -> Generator[Package]:
        settings = self._settings
        pipeline: Any = Container()[PipelineContext].pipeline() if load else None
        if pipeline is not None:
            require_usable(pipeline.destination)
            tell_untried(pipeline.destination)
            merge_in_transactions(pipeline)
        memory = Memory(pipeline, settings.organization_id, _emptied(load) if load else ())
        secret = secret_of(settings)
        suppression = None
        if pipeline is not None:
            connection = connection_to(pipeline)
            marks = Marks(connection, settings.organization_id)
            marks.require(secret, needed=bool(settings.pseudonymize))
            if secret is not None and settings.pseudonymize:
                marks.remember_key(secret, SYSTEM_CLOCK.now())
            suppression = marks.suppression(secret)
        memory.remember()
        if suppression and finish_forgetting(
            connection, settings.organization_id, memory, suppression
        ):
            memory.remember()
        with open_client(settings, session=self._session) as client:
            yield from packages(
                Context.of(settings, client, memory, suppression=suppression), names
            )


def open_client(
    settings: Settings,
    clock: Clock = SYSTEM_CLOCK,
    session: requests.Session | None = None,
    organization: str | None = None,
) -> Client:
    """Get a client for the API with the settings of a run.

    Args:
        settings: The settings of the run.
        clock: Tells the time, and waits.
        session: Sends the requests, and is closed with the client; libcurl unless given.
        organization: Name of the section in which the token may stand.
    """
    own = [(*ORGANIZATIONS, organization)] if organization else []
    sections = [*own, ORGANIZATIONS[:-1]]
    return Client(
        Address(settings.base_url, settings.organization_id),
        RotatingToken(Token(token), partial(read_token_anew, token, sections))
        if (token := settings.api_token)
        else Application(
            str(settings.client_id or ""), str(settings.client_secret or ""), settings.token_url
        ),
        Limits(
            max_workers=settings.max_workers,
            requests_per_second=settings.requests_per_second,
            connect_timeout=settings.connect_timeout,
            read_timeout=settings.read_timeout,
            give_up_after=settings.give_up_after,
            max_pause=settings.max_pause,
        ),
        clock,
        session,
    )


def _emptied(package: TLoadPackage) -> set[str]:
    state = package["state"]
    tables = [*(state.get("dropped_tables") or ()), *(state.get("truncated_tables") or ())]
    return {table["name"] for table in tables}
