"""Sections of dlt's configuration, one for each organization: their names, and what each has.

dlt finds the value of one setting, in any of several sections. Which sections there are, and what
stands in one and not in those around it, has to be asked of its providers.

What may not be in here: what a setting but `organization_id` means.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import dlt
from dlt.common.configuration.exceptions import ConfigValueCannotBeCoercedException
from dlt.common.configuration.specs import extract_inner_hint
from dlt.common.configuration.utils import deserialize_value

from workforce_source.exceptions import ConfigError

Path = tuple[str, ...]

_NAME: Final = re.compile(r"[a-z0-9]+([_-][a-z0-9]+)*")
"""Becomes a part of pipeline names and of environment variables, where `__` divides sections."""
_RESERVED: Final = re.compile(r"(.*_)?sandbox")
"""Pipelines of such names load invented people."""
_ID: Final = "organization_id"


def ids_below(path: Path) -> dict[str, str | None]:
    """Get the ids of the organizations by their names, in the order of the files.

    The environment cannot be asked what there is in it, so it has to name them: as a list in JSON.

    Args:
        path: The section that has theirs, from the outside in.

    Raises:
        ConfigError: A name cannot be used, two are of the same organization, or the section they
            share has another one that no run would load.
    """
    place = ".".join(path)
    names = _names(path)
    ids = {name: _id((*path, name)) for name in names}
    for name in names:
        if not _NAME.fullmatch(name) or _RESERVED.fullmatch(name):
            raise ConfigError(
                f"{name!r} under {place} cannot be the name of an organization. Use small letters"
                " and digits, with single - or _ between, and not `sandbox` at the end."
            )
        twins = [other for other in names if ids[other] == ids[name] is not None]
        if len(twins) > 1:
            raise ConfigError(
                f"{' and '.join(twins)} have the same {_ID}, and one organization is loaded once:"
                f" remove one of these sections below {place}, or correct its {_ID}."
            )
    if names and _id(path[:-1]) not in (None, *ids.values()):
        variable = "__".join((*path[:-1], _ID)).upper()
        raise ConfigError(
            f"The {_ID} of [{'.'.join(path[:-1])}] (or {variable}) would not be loaded any more,"
            f" because there are sections below {place}: give it one, too, or remove it."
        )
    return ids


def values_of(
    path: Path, hints: Mapping[str, Any], providers: Iterable[Any] | None = None
) -> dict[str, Any]:
    """Get the values a section itself has: of each setting the first that dlt would find there.

    Args:
        path: The section, from the outside in.
        hints: The type of each setting, by its name.
        providers: Who is asked; those that dlt asks unless given.

    Raises:
        ConfigValueCannotBeCoercedException: A value is of another type.
    """
    found: dict[str, Any] = {}
    for name, hint in hints.items():
        value = next(_held(path, name, hint, providers), None)
        if value is not None:
            found[name] = deserialize_value(name, value, extract_inner_hint(hint))
    return found


def _names(path: Path) -> tuple[str, ...]:
    names: dict[str, None] = {}
    try:
        for held in _held(path[:-1], path[-1], dict):
            listed = held if isinstance(held, Mapping) else deserialize_value(path[-1], held, list)
            names |= dict.fromkeys(map(str, listed))
    except ConfigValueCannotBeCoercedException:
        raise ConfigError(
            f"{'.'.join(path)} cannot be read: give each organization a section,"
            f" [{'.'.join(path)}.acme], or name them in the environment,"
            f" {'__'.join(path).upper()}='[\"acme\"]'."
        ) from None
    return tuple(names)


def _id(path: Path) -> str | None:
    found: str | None = values_of(path, {_ID: str}).get(_ID)
    return found


def _held(
    path: Path, name: str, hint: Any, providers: Iterable[Any] | None = None
) -> Iterator[Any]:
    # dlt's own look-up would note the values in a log that it writes into a file, tokens in clear
    for provider in dlt.config.config_providers if providers is None else providers:
        value, _ = provider.get_value(name, hint, "", *path)
        if value is not None:
            yield value
