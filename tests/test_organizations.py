"""Several organizations in the configuration: their names, and whose settings are whose."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import dlt
import pytest

from workforce_source.exceptions import ConfigError
from workforce_source.settings import organization_names, resolve_settings

Configured = Callable[..., None]
VARIABLE = "SOURCES__WORKFORCE__ORGANIZATIONS"
TWO = """
[sources.workforce]
api_token = "shared"
max_workers = 3
[sources.workforce.organizations.globex]
organization_id = "id-of-globex"
api_token = "its own"
employee_filter = {team = "Sales"}
[sources.workforce.organizations.acme]
organization_id = "id-of-acme"
"""


@pytest.fixture
def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Configured]:
    """Write dlt's files, as a person does, and set variables."""

    def write(secrets: str = "", config: str = "", **variables: str) -> None:
        (tmp_path / ".dlt").mkdir()
        (tmp_path / ".dlt" / "secrets.toml").write_text(secrets, encoding="utf-8")
        (tmp_path / ".dlt" / "config.toml").write_text(config, encoding="utf-8")
        monkeypatch.chdir(tmp_path)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        dlt.current.run_context().reload()

    yield write
    monkeypatch.undo()
    dlt.current.run_context().reload()


def test_names_are_in_the_order_of_the_files(configured: Configured) -> None:
    """First those of the secrets, then what only the configuration has."""
    config = '[sources.workforce.organizations.initech]\norganization_id = "x"\n'
    configured(TWO, config + "[sources.workforce.organizations.acme]\nmax_workers = 2\n")
    assert organization_names() == ("globex", "acme", "initech")


def test_there_are_none_unless_there_are_sections(configured: Configured) -> None:
    """One organization is what it always was."""
    configured('[sources.workforce]\norganization_id = "x"\napi_token = "y"\n')
    assert organization_names() == ()
    assert resolve_settings({}).organization_id == "x"


def test_an_organization_has_its_own_values_before_what_all_share(configured: Configured) -> None:
    """Also where the shared one stands in the environment, which dlt would ask first."""
    configured(
        TWO,
        "[sources.workforce.organizations.acme]\nmax_workers = 2\n",
        SOURCES__WORKFORCE__API_TOKEN="of the environment",
        SOURCES__WORKFORCE__ORGANIZATIONS__ACME__EMPLOYEE_FILTER='{"team": "Research"}',
        SOURCES__WORKFORCE__ORGANIZATIONS__ACME__READ_TIMEOUT="5",
    )
    acme, globex = (resolve_settings({"max_pause": 9.0}, name) for name in ("acme", "globex"))
    assert (acme.organization_id, globex.organization_id) == ("id-of-acme", "id-of-globex")
    assert (acme.api_token, globex.api_token) == ("of the environment", "its own")
    assert (acme.employee_filter, globex.employee_filter) == (
        {"team": "Research"},
        {"team": "Sales"},
    )
    assert (acme.max_workers, globex.max_workers) == (2, 3)
    assert (acme.read_timeout, globex.read_timeout) == (5.0, 60.0)
    assert (acme.max_pause, globex.max_pause) == (9.0, 9.0)
    assert resolve_settings({"max_workers": 7}, "acme").max_workers == 7


def test_the_environment_alone_is_enough(configured: Configured) -> None:
    """It names the organizations, for nobody can ask it what it holds."""
    own = {f"{VARIABLE}__{name}__ORGANIZATION_ID": name for name in ("ACME", "GLOBEX")}
    configured(**{VARIABLE: '["acme", "globex"]', "SOURCES__WORKFORCE__API_TOKEN": "x"}, **own)
    assert organization_names() == ("acme", "globex")
    assert resolve_settings({}, "globex").organization_id == "GLOBEX"


@pytest.mark.parametrize(
    ("secrets", "said"),
    [
        (TWO.replace("globex]", "Globex]"), "'Globex' under sources.workforce.organizations"),
        (TWO.replace("globex]", "my_sandbox]"), "not `sandbox` at the end"),
        (TWO.replace("of-globex", "of-acme"), "globex and acme have the same organization_id"),
        (TWO.replace("max_workers", 'organization_id = "other"\nmax_workers'), "not be loaded any"),
        ('[sources.workforce]\norganizations = "acme"\n', "give each organization a section"),
    ],
    ids=["capital", "reserved", "twins", "left out", "no sections"],
)
def test_sections_that_would_load_the_wrong_thing_are_refused(
    configured: Configured, secrets: str, said: str
) -> None:
    """Names that cannot be told apart elsewhere, one organization twice, or one not at all."""
    configured(secrets)
    for attempt in (organization_names, lambda: resolve_settings({}, "acme")):
        with pytest.raises(ConfigError) as refused:
            attempt()
        assert said in refused.value.message


def test_what_is_wrong_with_one_organization_names_it_and_its_section(
    configured: Configured,
) -> None:
    """And leaves the others as they are; an id is never shared."""
    configured(
        TWO.replace('organization_id = "id-of-acme"', 'max_pause = "long"')
        + '[sources.workforce.organizations.initech]\norganization_id = "z"\nmax_workers = 0\n'
        + "[sources.workforce.organizations.hooli]\n"
    )
    for name, said in (
        ("acme", "max_pause is a value of the type float"),
        ("initech", "max_workers is a whole number from 1 up"),
        ("hooli", 'put `organization_id = "..."` under [sources.workforce.organizations.hooli]'),
        ("hooli", f"or set {VARIABLE}__HOOLI__ORGANIZATION_ID"),
        ("nobody", "The names are globex, acme, initech, hooli."),
    ):
        with pytest.raises(ConfigError) as refused:
            resolve_settings({}, name)
        assert said in refused.value.message
        assert name in refused.value.message
    with pytest.raises(ConfigError, match="leave one of them out"):
        resolve_settings({"organization_id": "another"}, "globex")
    assert resolve_settings({}, "globex").organization_id == "id-of-globex"


def test_tokens_of_sections_are_not_in_the_log_that_becomes_a_file(
    configured: Configured,
) -> None:
    """Dlt writes the values it has resolved into its trace."""
    configured(TWO)
    resolve_settings({}, "globex")
    from dlt.common.configuration.utils import get_resolved_traces

    noted = [trace for trace in get_resolved_traces().all_traces if trace.value is not None]
    assert [trace for trace in noted if "its own" in str(trace.value)] == []
    assert "its own" not in str(dict(os.environ))
