"""Every setting of the source: its type, unit, default and meaning.

Nothing here reads the API or a destination. The table of settings in the docs is made from
`Settings`, and both `workforce()` and `load()` resolve their arguments with it, in dlt's own way:
explicit argument, then environment, then `secrets.toml`, then `config.toml`. A section of its own
for an organization goes before what all share.
"""

import math
import re
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, date, datetime, timedelta
from types import UnionType
from typing import Any, ClassVar, Final, Union, get_args, get_origin
from urllib.parse import urlsplit

from dlt.common.configuration import configspec, inject_section, resolve_configuration
from dlt.common.configuration.exceptions import (
    ConfigFieldMissingException,
    ConfigValueCannotBeCoercedException,
    ValueNotSecretException,
)
from dlt.common.configuration.specs import BaseConfiguration, ConfigSectionContext
from dlt.common.configuration.utils import get_resolved_traces
from dlt.common.typing import TSecretStrValue

from workforce_source.exceptions import ConfigError
from workforce_source.hosts import is_this_machine
from workforce_source.organizations import ids_below, values_of
from workforce_source.origins import nested, place_of, refuse_unknown

SECTION: Final = "workforce"
"""Name and section of the source: `[sources.workforce]`, `SOURCES__WORKFORCE__*`."""
ORGANIZATIONS: Final = ("sources", SECTION, "organizations")
"""The section that has one for each organization, where several are loaded."""

TOKEN_LASTS: Final = timedelta(days=180)
"""How long Credly's authorization tokens last."""
TOKEN_WARNING: Final = timedelta(days=30)
"""How long before its end a token is warned of."""
FOREVER: Final = "forever"
"""What `history_retention` says where no version is ever removed."""
FILTER_KEYS: Final = ("team", "employee_state", "name_or_email")
"""Keys the employees endpoint filters by (section "Get Employees")."""

SHORTEST_KEY: Final = 32
"""Characters of `pseudonym_key` at least: pseudonyms of a key that can be guessed can be undone."""
_NAMING_PEOPLE: Final = ("refresh", "employee_filter")
"""Settings that may hold e-mails and names."""
_UNBROKEN: Final = (
    *("organization_id", "api_token", "client_id", "client_secret", "base_url", "token_url"),
    "pseudonym_key",
)
"""Settings that are copied from somewhere, a blank or a line break too many with them."""
_EVENT_PATTERN: Final = re.compile(r"[a-z0-9_.*]{1,64}")
SECRETS: Final = ("api_token", "client_secret", "pseudonym_key")
"""Settings that stand in no message, and in no file but `secrets.toml`."""
_NEVER_MEANT: Final = 60.0
"""As few seconds are hours or days whose unit was forgotten."""
_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_LONGEST: Final = timedelta(days=3650)
_POSITIVE: Final = (lambda value: value > 0), "is a number of seconds above 0"
_COUNT: Final = (lambda value: value >= 1), "is a whole number from 1 up"
_SHARE: Final = (lambda value: 0 <= value <= 1), "is a share from 0 to 1"
_RULES: Final[Mapping[str, tuple[Callable[[Any], bool], str]]] = {
    "base_url": (
        lambda url: url.startswith(("https://", "http://")),
        "is an address that starts with https:// and ends with the API's version",
    ),
    "max_badge_reads": (lambda value: value >= 0, "is a number of employees from 0 up"),
    "checkpoint_every": _COUNT,
    "max_workers": _COUNT,
    "requests_per_second": (lambda value: value > 0, "is a number above 0"),
    "connect_timeout": _POSITIVE,
    "read_timeout": _POSITIVE,
    "give_up_after": _POSITIVE,
    "max_pause": _POSITIVE,
    "wait_for_lease": ((lambda value: value >= 0), "is a number of seconds from 0 up"),
    "pseudonym_key": (
        lambda key: len(key) >= SHORTEST_KEY,
        "is a secret of 32 characters or more that nobody could guess, such as Python's"
        " secrets.token_hex(32) gives",
    ),
    "employee_filter": (
        lambda wanted: set(wanted) <= set(FILTER_KEYS),
        f"takes the keys {', '.join(FILTER_KEYS)}",
    ),
    "deletions": (lambda value: value in ("hard", "soft"), "is `hard` or `soft`"),
    "max_removed_share": _SHARE,
    "max_unreadable_share": _SHARE,
    "refresh_from": (
        lambda sources: all(name == "events" or name.endswith(".jsonl") for name in sources),
        "names `events`, the API's list, or files of the receiver, which end with .jsonl",
    ),
    "signal_events": (
        lambda patterns: all(map(_EVENT_PATTERN.fullmatch, patterns)),
        "names types of events, such as badge.created or badge.*",
    ),
    "max_signal_reads": ((lambda value: value >= 0), "is a number of events from 0 up"),
}
"""What a setting that is given must be, beyond its type."""


@configspec
class Settings(BaseConfiguration):
    """The settings of one run, resolved and checked."""

    # dlt would go on to look for `BASE_URL` and `API_TOKEN`, which are anybody's
    __section__: ClassVar[str] = SECTION

    organization_id: str = None  # type: ignore[assignment]  # dlt: None marks a required field
    """The organization to read; one organization a run."""
    api_token: TSecretStrValue | None = None
    """Authorization token, sent as the user name of HTTP Basic with a blank password."""
    client_id: str | None = None
    """OAuth application id, together with `client_secret` instead of `api_token`."""
    client_secret: TSecretStrValue | None = None
    """OAuth application secret."""
    token_url: str = "https://www.credly.com/oauth/token"  # noqa: S105  # an address, no secret
    """Address that gives OAuth tokens."""
    base_url: str = "https://api.credly.com/v1"
    """Address of the API, its version included."""
    badge_max_age: str = "24h"
    """Oldest badges a run may leave behind: seconds, or `90m`, `24h`, `7d`; 0 reads everybody."""
    max_badge_reads: int | None = None
    """Most employees whose badges one run reads; none for no cap."""
    refresh: list[str] | None = None
    """Employees to read now: ids, external ids or e-mails."""
    refresh_from: list[str] | None = None
    """Who is due early: `events`, the API's list, and files of the receiver (docs/signals.md)."""
    signal_events: list[str] | None = None
    """Types of events that are about somebody's badges, `*` for any letters; none for `badge.*`."""
    max_signal_reads: int | None = None
    """Most events a run asks for; none for a tenth of the badge reads due, and 50 at least."""
    checkpoint_every: int = 4000
    """Employees whose badges are read and loaded together, as one load package."""
    max_workers: int = 8
    """Ceiling of requests in flight."""
    requests_per_second: float | None = None
    """Fixed ceiling of requests a second; none adapts to what the API grants."""
    connect_timeout: float = 10.0
    """Seconds to wait for a connection."""
    read_timeout: float = 60.0
    """Seconds to wait for the next byte of a response."""
    give_up_after: float = 900.0
    """Seconds one request is retried before it is given up."""
    max_pause: float = 300.0
    """Longest pause in seconds the API may ask for; a longer one is cut short, with a warning."""
    start_date: str | None = None
    """First cursor value (ISO date or datetime); with `end_date` the window of a backfill."""
    end_date: str | None = None
    """End of the window (exclusive), an ISO date or datetime; needs `start_date`."""
    employee_filter: dict[str, str] | None = None
    """Employees to read, by `team`, `employee_state` or `name_or_email`; never removes."""
    exclude_columns: list[str] | None = None
    """`table.column` names whose values never reach a hash, a file or the destination."""
    pseudonymize: list[str] | None = None
    """`table.column` names whose values are pseudonyms; `pseudonymous` hides who everybody is."""
    pseudonym_key: TSecretStrValue | None = None
    """Secret of 32 characters or more that pseudonyms, and the marks of the forgotten, rest on."""
    deletions: str = "hard"
    """`hard` deletes removed rows, `soft` keeps them with `removed_at` set."""
    max_removed_share: float = 0.2
    """Share of a table's rows a run may remove before it holds removals back."""
    unguarded_columns: list[str] | None = None
    """`table.column` names whose values may vanish from many rows at once without being held."""
    max_unreadable_share: float = 0.01
    """Share of newly unreadable employees a run may have and still count as complete."""
    clear_text_host: str | None = None
    """A host other than this one that may be sent the credentials by `http://`, in clear text."""
    wait_for_lease: float = 120.0
    """Seconds to wait while another run loads this organization into the same dataset."""

    audit_retention: str = "400d"
    """How long a run's row in `load_audit` is kept: seconds, or `90m`, `24h`, `400d`."""
    history: bool = False
    """Keep every version of every row that the marts rest on, in tables of their own."""
    history_retention: str = "400d"
    """How long a version is kept after it ended: seconds, `90m`, `24h`, `400d`, or `forever`."""
    api_token_issued: str | None = None
    """Day `api_token` was issued on (ISO date): it ends 180 days later, and runs warn before."""

    def on_resolved(self) -> None:
        """Check what types cannot say, naming the setting and what would be right."""
        refuse_unknown(("sources", SECTION), setting_names())
        if self.employee_filter is None:
            self.employee_filter = nested(("sources", SECTION), "employee_filter") or None
        _check_types(self)
        for name in _UNBROKEN:
            value = getattr(self, name)
            if value is not None and (value != value.strip() or not value.isprintable()):
                raise _out_of_range(
                    name,
                    "has no blank at its beginning or end, no line break and nothing invisible",
                )
        for name in ("base_url", "token_url"):
            _refuse_clear_text(name, getattr(self, name), self.clear_text_host)
        if not self.api_token and not (self.client_id and self.client_secret):
            raise ConfigError(_missing(["api_token"]))
        for name, (allows, rule) in _RULES.items():
            value = getattr(self, name)
            if value is not None and not allows(value):
                raise _out_of_range(name, rule, value)
        _ = (
            self.max_age,
            self.first_cursor,
            self.keep_audit_for,
            self.keep_history_for,
            self.token_ends,
        )  # each raises where its text cannot be read
        if self.pseudonymize and not self.pseudonym_key:
            raise ConfigError(
                f"pseudonymize needs a key that nobody else has. {_missing(['pseudonym_key'])}"
            )
        if self.end_date and not self.start_date:
            raise _out_of_range("end_date", "needs start_date: both make a window")
        if self.window and self.window[0] >= self.window[1]:
            raise _out_of_range("end_date", "lies after start_date")
        _forget_people()

    @property
    def max_age(self) -> timedelta:
        """`badge_max_age` as a duration."""
        return _duration("badge_max_age", self.badge_max_age)

    @property
    def keep_audit_for(self) -> timedelta:
        """`audit_retention` as a duration."""
        return _duration("audit_retention", self.audit_retention)

    @property
    def keep_history_for(self) -> timedelta | None:
        """`history_retention` as a duration; None for ever."""
        kept = self.history_retention
        return None if kept == FOREVER else _duration("history_retention", kept)

    @property
    def token_ends(self) -> datetime | None:
        """When the API token ends; None where the day of its issue is not set, or there is none."""
        if not self.api_token or not self.api_token_issued:
            return None
        return _moment("api_token_issued", self.api_token_issued) + TOKEN_LASTS

    def token_warning(self, now: datetime) -> str | None:
        """Get what is to be said of the API token that ends soon, or has ended; None before."""
        ends = self.token_ends
        if ends is None or ends - now > TOKEN_WARNING:
            return None
        days = (ends - now).days
        when = f"ends on {ends:%Y-%m-%d}, in {days} days"
        if ends <= now:
            when = f"was to end on {ends:%Y-%m-%d}"
        elif days <= 1:
            when = f"ends on {ends:%Y-%m-%d}"
        return (
            f"The API token {when}: issue another at Credly, set api_token and api_token_issued,"
            " and try it with --check."
        )

    @property
    def first_cursor(self) -> datetime | None:
        """`start_date` as an aware datetime, the first value of both cursors."""
        return _moment("start_date", self.start_date) if self.start_date else None

    @property
    def window(self) -> tuple[datetime, datetime] | None:
        """Start and end of the backfill, when both dates are set."""
        start = self.first_cursor
        return (start, _moment("end_date", self.end_date)) if start and self.end_date else None


def organization_names() -> tuple[str, ...]:
    """Get the names of the organizations that have sections of their own, in their order.

    Raises:
        ConfigError: As `organization_ids`.
    """
    return tuple(organization_ids())


def organization_ids(wanted: Collection[str] = ()) -> dict[str, str | None]:
    """Get the ids of the organizations that have sections, by their names, in their order.

    Args:
        wanted: Names of those to get; all unless given.

    Raises:
        ConfigError: A name cannot be used or is unknown, two are of the same organization, or the
            section they share has another one that no run would load.
    """
    ids = ids_below(ORGANIZATIONS)
    for name in wanted:
        if name not in ids:
            known = f"The names are {', '.join(ids)}." if ids else "There are none."
            raise ConfigError(f"There is no section of an organization {name}. {known}")
    return {name: ids[name] for name in ids if not wanted or name in wanted}


def resolve_settings(explicit: Mapping[str, Any], organization: str | None = None) -> Settings:
    """Get the settings of a run from arguments, environment, secrets and configuration.

    Args:
        explicit: Settings given in code; they win over every other place. A value of None
            counts as not given.
        organization: Name of an organization; what its section has goes before what all share,
            whether that stands in the environment or in a file. Its id is never shared.

    Raises:
        ConfigError: A setting is missing, unknown or out of its range; the message names it and
            says where to put it.
    """
    unknown = sorted(set(explicit) - set(setting_names()))
    if unknown:
        raise ConfigError(
            f"{', '.join(unknown)}: no such setting. The settings are {', '.join(setting_names())}."
        )
    given = {name: value for name, value in explicit.items() if value is not None}
    if organization is None:
        return _resolve(given, ORGANIZATIONS[:-1])
    organization_ids([organization])
    if "organization_id" in given:
        raise ConfigError(
            f"organization_id is given, and {organization} has its own: leave one of them out."
        )
    section = (*ORGANIZATIONS, organization)
    refuse_unknown(section, setting_names())
    try:
        # None keeps dlt from looking further: the id is never shared
        own = {"organization_id": None} | values_of(section, Settings.get_resolvable_fields())
        return _resolve(own | given, section)
    except ConfigValueCannotBeCoercedException as error:
        raise ConfigError(f"Organization {organization}: {_of_another_type(error)}") from None
    except ConfigError as error:
        raise ConfigError(
            f"Organization {organization}: {error.message}\n(What is its own stands under"
            f" [{'.'.join(section)}].)"
        ) from None


def _resolve(given: dict[str, Any], section: tuple[str, ...]) -> Settings:
    sections = ConfigSectionContext(sections=("sources", SECTION))
    try:
        with inject_section(sections):
            return resolve_configuration(Settings(), explicit_value=given)
    except ConfigValueCannotBeCoercedException as error:
        raise _of_another_type(error) from None
    except ValueNotSecretException as error:
        raise ConfigError(
            f"A secret stands in {error.provider_name}, which is no place for one: people commit"
            f" that file. Move it ({', '.join(SECRETS)}) to .dlt/secrets.toml, or set"
            f" SOURCES__{SECTION.upper()}__API_TOKEN; if it was committed, have another issued."
        ) from None
    except ConfigFieldMissingException as error:
        fields = list(error.fields)
        known = error.config  # what was found before the missing field was missed
        if not known.api_token and not (known.client_id and known.client_secret):
            fields.append("api_token")
        raise ConfigError(_missing(fields, section)) from None


def setting_names() -> list[str]:
    """Get the names of all settings, in the order of the docs."""
    return list(Settings.get_resolvable_fields())


def origins(settings: Settings) -> dict[str, str]:
    """Get where each setting came from that is not as it is unless set, by its name."""
    usual = Settings()
    return {
        name: place_of(name, getattr(settings, name))
        for name in setting_names()
        if getattr(settings, name) != getattr(usual, name)
    }


def _refuse_clear_text(name: str, url: str, allowed: str | None) -> None:
    """Make sure that credentials go to another machine encrypted, unless it is named.

    Raises:
        ConfigError: They would not.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme == "http" and not is_this_machine(host) and host != allowed:
        raise _out_of_range(
            name,
            "starts with https://, or the credentials would leave this machine in clear text"
            " (clear_text_host names a host for which that is meant)",
        )


def _forget_people() -> None:
    # dlt keeps a log of resolved values and writes it into its trace file
    log = get_resolved_traces()
    for values in (log.resolved_traces, log.all_traces):
        values[:] = [value for value in values if value.key not in _NAMING_PEOPLE]


def _missing(fields: list[str], section: tuple[str, ...] = ORGANIZATIONS[:-1]) -> str:
    """Say which settings are missing and each place they may stand in."""
    names = sorted({*fields, "api_token"}) if "api_token" in fields else sorted(fields)
    lines = [f"{' and '.join(names)} {'is' if len(names) == 1 else 'are'} not set."]
    for name in names:
        place = "secrets" if name in SECRETS else "config"
        lines.append(
            f'  {name}: put `{name} = "..."` under [{".".join(section)}] in .dlt/{place}.toml,'
            f" or set {'__'.join((*section, name)).upper()}."
        )
    if "api_token" in names:
        lines.append("  (client_id with client_secret may stand in place of api_token.)")
    lines.append("To try it without an account, run with --sandbox.")
    return "\n".join(lines)


def _duration(name: str, value: str | float) -> timedelta:
    """Turn seconds, or a number with s, m, h or d, into a duration."""
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([smhd]?)\s*", str(value))
    if match and not match[2] and 0 < float(match[1]) < _NEVER_MEANT:
        rule = f"would be {match[1]} seconds: write {match[1]}s, {match[1]}h or {match[1]}d"
        raise _out_of_range(name, rule)
    try:
        age = timedelta(seconds=float(match[1]) * _UNITS[match[2] or "s"] if match else math.nan)
        if age <= _LONGEST:
            return age
    except (ValueError, OverflowError):
        pass
    rule = f'is seconds, or a text such as "90m", "24h" or "7d", from 0 to {_LONGEST.days}d'
    raise _out_of_range(name, rule, value)


def _moment(name: str, value: str) -> datetime:
    """Turn an ISO date or datetime into an aware UTC datetime; without a zone it is UTC."""
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        rule = "is an ISO date or datetime, such as 2026-01-31"
        raise _out_of_range(name, rule, value) from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _type_name(hint: Any) -> str:
    return " or ".join(str(getattr(kind, "__name__", kind)) for kind in _kinds(hint))


def _of_another_type(error: ConfigValueCannotBeCoercedException) -> ConfigError:
    wanted = _type_name(Settings.get_resolvable_fields()[error.field_name])
    rule = f"is a value of the type {wanted}"
    return _out_of_range(error.field_name, rule, error.field_value)


def _check_types(settings: Settings) -> None:
    # what is given in code dlt takes as it is
    for name, hint in Settings.get_resolvable_fields().items():
        value, kinds = getattr(settings, name), _kinds(hint)
        plain = tuple(get_origin(kind) or kind for kind in kinds)
        texts = str in plain and isinstance(value, int | float | date)
        whole = float in plain and isinstance(value, int)
        if value is None or texts or whole or TSecretStrValue in kinds:
            continue
        if not isinstance(value, plain) or (isinstance(value, bool) and bool not in plain):
            raise _out_of_range(name, f"is a value of the type {_type_name(hint)}", value)


def _kinds(hint: Any) -> tuple[Any, ...]:
    kinds = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    return tuple(kind for kind in kinds if kind is not type(None))


def _out_of_range(name: str, rule: str, value: Any = None) -> ConfigError:
    found = ""
    if value is not None and name not in (*_NAMING_PEOPLE, *SECRETS):
        found = f", and not {value!r:.60} ({place_of(name, value)})"
    return ConfigError(
        f"{name} {rule}{found}. Change it in .dlt/config.toml,"
        f" SOURCES__{SECTION.upper()}__{name.upper()} or the call."
    )
