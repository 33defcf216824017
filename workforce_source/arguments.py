"""Settings as arguments of a function: their types, and what `help()` says of each.

What a setting means stands beside its field in `Settings`, and is read from there. What may not be
in here: values, defaults, and where a setting comes from.
"""

import ast
import inspect
import itertools
from collections.abc import Callable
from functools import cache
from typing import Final, TypedDict, TypeVar

from dlt.common.typing import TSecretStrValue

from workforce_source.settings import Settings

TAKEN: Final = "**settings:"
"""Begins what a docstring says of all settings; what is said of each is put below."""
Function = TypeVar("Function", bound=Callable[..., object])


class GivenSettings(TypedDict, total=False):
    """The settings that may be given in code, by their names; None counts as not given."""

    organization_id: str | None
    api_token: TSecretStrValue | None
    client_id: str | None
    client_secret: TSecretStrValue | None
    token_url: str | None
    base_url: str | None
    badge_max_age: str | None
    max_badge_reads: int | None
    refresh: list[str] | None
    refresh_from: list[str] | None
    signal_events: list[str] | None
    max_signal_reads: int | None
    checkpoint_every: int | None
    max_workers: int | None
    requests_per_second: float | None
    connect_timeout: float | None
    read_timeout: float | None
    give_up_after: float | None
    max_pause: float | None
    start_date: str | None
    end_date: str | None
    employee_filter: dict[str, str] | None
    exclude_columns: list[str] | None
    pseudonymize: list[str] | None
    pseudonym_key: TSecretStrValue | None
    deletions: str | None
    max_removed_share: float | None
    unguarded_columns: list[str] | None
    max_unreadable_share: float | None
    clear_text_host: str | None
    wait_for_lease: float | None
    audit_retention: str | None
    history: bool | None
    history_retention: str | None
    api_token_issued: str | None


def takes_settings(function: Function) -> Function:
    """Let `help()` and prompts show each setting of a function that takes `**settings`."""
    signature = inspect.signature(function)
    named = list(signature.parameters.values())[:-1]
    named += [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=kind)
        for name, kind in GivenSettings.__annotations__.items()
    ]
    function.__signature__ = signature.replace(parameters=named)  # type: ignore[attr-defined]
    function.__doc__ = _with_each_setting(inspect.getdoc(function) or "")
    return function


def _with_each_setting(doc: str) -> str:
    before, taken, after = doc.partition(f"    {TAKEN}")
    said, end, after = after.partition("\n\n")
    each = [f"        {name}: {meaning}" for name, meaning in _meanings().items()]
    return "\n".join([before + taken + said, *each]) + end + after


@cache
def _meanings() -> dict[str, str]:
    """What stands below each field of `Settings`; nothing where Python came without sources."""
    try:
        (body,) = (node.body for node in ast.parse(inspect.getsource(Settings)).body)  # type: ignore[attr-defined]
    except OSError:
        return {}
    return {
        ast.unparse(field.target): " ".join(ast.literal_eval(below.value).split())
        for field, below in itertools.pairwise(body)
        if isinstance(field, ast.AnnAssign) and isinstance(below, ast.Expr)
    }
