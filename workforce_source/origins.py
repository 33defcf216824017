"""Where settings came from: which place had a value, and keys of a section that are no settings.

dlt takes what it looks for, and says nothing of a key that nobody looks for. What may not be in
here: what a setting means.
"""

import os
from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, Final

import dlt
from dlt.common.configuration.utils import get_resolved_traces

from workforce_source.exceptions import ConfigError

_OTHERS: Final = frozenset(
    {"max_table_nesting", "root_key", "schema_contract", "notify", "organizations"}
)
"""Keys of the section that are dlt's own, and names of sections below it."""
_ENVIRONMENT: Final = "Environment Variables"


def place_of(name: str, value: Any) -> str:
    """Get where the value of a setting was found, as people say it: `config.toml`, say."""
    for trace in reversed(get_resolved_traces().resolved_traces):
        # dlt's log is the process's: another value is one of an earlier run
        if trace.key == name and (isinstance(value, list | dict) or str(trace.value) == str(value)):
            return "the environment" if trace.provider_name == _ENVIRONMENT else trace.provider_name
    return "the call, a flag or an organization's section"


def nested(section: tuple[str, ...], name: str) -> dict[str, str]:
    """Get what the environment has below a setting, in dlt's form: `..._EMPLOYEE_FILTER__TEAM`."""
    prefix = "__".join((*section, name, "")).upper()
    return {
        key[len(prefix) :].lower(): value
        for key, value in os.environ.items()
        if key.upper().startswith(prefix)
    }


def refuse_unknown(section: tuple[str, ...], known: Collection[str]) -> None:
    """Refuse keys of a section that are no settings: what they say would be ignored.

    Args:
        section: The section, from the outside in.
        known: The names of the settings; whatever is a section itself is not looked into.

    Raises:
        ConfigError: There are such keys; the message says what each may have meant.
    """
    lines = []
    for key, place in _keys(section):
        if key not in known and key not in _OTHERS:
            near = get_close_matches(key, known, n=1, cutoff=0.6)
            meant = f": did you mean {near[0]}?" if near else "."
            lines.append(f"{key} ({place}) is no setting{meant}")
    if lines:
        raise ConfigError(
            "\n".join(lines) + "\nNothing was read. Correct or remove it; docs/settings.md has all"
            " settings."
        )


def _keys(section: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    prefix = "__".join((*section, "")).upper()
    for variable in sorted(os.environ):
        key = variable[len(prefix) :].lower()
        if variable.upper().startswith(prefix) and key and "__" not in key:
            yield key, f"the variable {variable}"
    *outer, last = section
    for provider in dlt.config.config_providers:
        if provider.name == _ENVIRONMENT:
            continue
        held: Any = None
        try:
            held, _ = provider.get_value(last, dict, "", *outer)
        except Exception:  # noqa: S112  # a vault that cannot be asked for a whole section
            continue
        if isinstance(held, Mapping):
            for key, value in held.items():
                if not isinstance(value, Mapping):
                    yield str(key), f"{provider.name}, [{'.'.join(section)}]"
