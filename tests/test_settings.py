"""Settings that make no sense are refused by name, before anything is sent."""

from datetime import UTC, datetime, timedelta
from typing import Any

import dlt
import pytest

from workforce_source.exceptions import ConfigError
from workforce_source.settings import SECTION, Settings, resolve_settings, setting_names

ACCOUNT = {"organization_id": "an-organization", "api_token": "a-token"}


def resolved(**settings: Any) -> Settings:
    """The settings of an account with these."""
    return resolve_settings({**ACCOUNT, **settings})


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("badge_max_age", "soon", 'such as "90m"'),
        ("badge_max_age", "9" * 400, 'such as "90m"'),
        ("badge_max_age", "9" * 20 + "d", 'such as "90m"'),
        ("max_badge_reads", -1, "from 0 up"),
        ("checkpoint_every", 0, "from 1 up"),
        ("max_workers", 0, "from 1 up"),
        ("requests_per_second", 0.0, "above 0"),
        ("connect_timeout", 0.0, "seconds above 0"),
        ("read_timeout", -1.0, "seconds above 0"),
        ("give_up_after", 0.0, "seconds above 0"),
        ("max_pause", float("nan"), "seconds above 0"),
        ("max_removed_share", 1.1, "from 0 to 1"),
        ("max_unreadable_share", -0.1, "from 0 to 1"),
        ("base_url", "ftp://api.example", "https://"),
        ("base_url", "http://api.example/v1", "in clear text"),
        ("token_url", "http://api.example/token", "in clear text"),
        ("base_url", "https://api.example/v1 ", "no blank"),
        ("organization_id", " an-organization", "no blank"),
        ("api_token", "a-token\n", "no line break"),
        ("api_token", "a\u200btoken", "nothing invisible"),
        ("badge_max_age", "99999999999d", "from 0 to 3650d"),
        ("badge_max_age", "3651d", "from 0 to 3650d"),
        ("deletions", "none", "`hard` or `soft`"),
        ("employee_filter", {"height": "tall"}, "team, employee_state, name_or_email"),
        ("start_date", "yesterday", "ISO date"),
        ("end_date", "2026-01-31", "needs start_date"),
    ],
)
def test_a_setting_out_of_its_range_is_named_with_what_is_right(
    name: str, value: Any, rule: str
) -> None:
    """The message says where it may stand, too."""
    with pytest.raises(ConfigError) as refused:
        resolved(**{name: value})
    assert name in refused.value.message
    assert rule in refused.value.message
    assert f"SOURCES__WORKFORCE__{name.upper()}" in refused.value.message


@pytest.mark.parametrize("end", ["2026-01-31", "2026-01-30T23:00:00Z", "2026-01-31T01:00:00+02:00"])
def test_a_window_ends_after_it_starts(end: str) -> None:
    """Compared as moments: without a zone a date is UTC."""
    with pytest.raises(ConfigError, match="end_date lies after start_date"):
        resolved(start_date="2026-01-31", end_date=end)
    window = resolved(start_date="2026-01-31", end_date="2026-02-01T00:00:00+02:00").window
    start = datetime(2026, 1, 31, tzinfo=UTC)
    assert window == (start, start + timedelta(hours=22))


def test_a_window_without_an_end_is_the_first_value_of_the_cursors() -> None:
    """`start_date` alone is no backfill."""
    settings = resolved(start_date="2026-01-31")
    assert (settings.window, settings.first_cursor) == (None, datetime(2026, 1, 31, tzinfo=UTC))


@pytest.mark.parametrize(("text", "seconds"), [("0", 0), ("90", 90), ("1.5m", 90), (" 2 h ", 7200)])
def test_an_age_is_seconds_or_a_number_with_its_unit(text: str, seconds: int) -> None:
    """Spaces do not matter."""
    assert resolved(badge_max_age=text).max_age == timedelta(seconds=seconds)


def test_bare_names_of_the_environment_are_another_programs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """`BASE_URL` and `API_TOKEN` never count, in a run or a source; our own names do."""
    for name in setting_names():
        monkeypatch.setenv(name.upper(), "9")
        monkeypatch.setenv(f"SOURCES__{name.upper()}", "8")
    monkeypatch.setenv("SOURCES__WORKFORCE__ORGANIZATION_ID", "mine")
    monkeypatch.setenv("SOURCES__WORKFORCE__API_TOKEN", "ours")
    found: list[Settings] = []

    @dlt.source(name=SECTION, section=SECTION, spec=Settings)
    def source(organization_id: str | None = None, settings: Settings = None) -> Any:  # type: ignore[assignment]  # dlt fills it in
        found.append(settings)
        return dlt.resource([1], name="nothing")

    source()
    found.append(resolve_settings({}))
    for settings in found:
        assert (settings.organization_id, settings.api_token) == ("mine", "ours")
        assert settings.base_url == "https://api.credly.com/v1"
        assert settings.max_workers == 8


@pytest.mark.parametrize("url", ["http://localhost:8080/v1", "http://[::1]/v1", "http://a.example"])
def test_clear_text_is_for_this_machine_and_a_host_that_is_named(url: str) -> None:
    """The credentials go to nobody else unencrypted."""
    assert resolved(base_url=url, clear_text_host="a.example").base_url == url


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("exclude_columns", "employees.bio", "list, and not 'employees.bio'"),
        ("refresh", "somebody@example.org", "refresh is a value of the type list. "),
        ("max_workers", "many", "int, and not 'many' (the call, a flag"),
        ("max_workers", True, "int, and not True"),
        ("checkpoint_every", 2.5, "int, and not 2.5"),
        ("badge_max_age", 24, "would be 24 seconds: write 24s, 24h or 24d"),
        ("badge_max_age", "12", "would be 12 seconds"),
        ("employee_filter", "team::Sales", "employee_filter is a value of the type dict"),
    ],
)
def test_a_value_of_another_type_is_told_with_it_and_its_place(
    name: str, value: Any, said: str
) -> None:
    """Unless it may name somebody."""
    with pytest.raises(ConfigError) as refused:
        resolved(**{name: value})
    assert said in refused.value.message
    assert "example.org" not in refused.value.message


def test_values_of_other_places_are_told_with_their_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The environment, or which file."""
    monkeypatch.setenv("SOURCES__WORKFORCE__MAX_WORKERS", "0")
    with pytest.raises(ConfigError, match=r"and not 0 \(the environment\)"):
        resolved()
    monkeypatch.setenv("SOURCES__WORKFORCE__MAX_WORKERS", "many")
    with pytest.raises(ConfigError, match="max_workers is a value of the type int, and not 'many'"):
        resolved()


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        ("EXCLUDE_COLUMN", "did you mean exclude_columns?"),
        ("ORGANISATION_ID", "did you mean organization_id?"),
        ("APITOKEN", "did you mean api_token?"),
        ("XYZ", "is no setting."),
    ],
)
def test_a_key_nobody_looks_for_is_refused(
    key: str, meant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else 800 e-mails are loaded for a letter that is missing."""
    monkeypatch.setenv(f"SOURCES__WORKFORCE__{key}", "x")
    with pytest.raises(ConfigError) as refused:
        resolved()
    assert f"{key.lower()} (the variable SOURCES__WORKFORCE__{key}) is no" in refused.value.message
    assert meant in refused.value.message


def test_dlts_own_forms_are_no_unknown_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sections below ours, and the filter key by key, as dlt writes nested values."""
    monkeypatch.setenv("SOURCES__WORKFORCE__EXTRACT__WORKERS", "3")
    monkeypatch.setenv("SOURCES__WORKFORCE__MAX_TABLE_NESTING", "0")
    monkeypatch.setenv("SOURCES__WORKFORCE__EMPLOYEE_FILTER__EMPLOYEE_STATE", "accepted")
    assert resolved().employee_filter == {"employee_state": "accepted"}
    monkeypatch.setenv("SOURCES__WORKFORCE__EMPLOYEE_FILTER__HEIGHT", "tall")
    with pytest.raises(ConfigError, match="takes the keys team"):
        resolved()
