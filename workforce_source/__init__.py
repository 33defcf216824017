"""A dlt source that mirrors a Credly Workforce organization into a database.

Public names only; they are imported when first used, so that settings made before (telemetry off,
say) reach dlt, and a command can show its help without it.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workforce_source.exceptions import WorkforceError
    from workforce_source.forgetting import forget, unforget
    from workforce_source.loading.load import load
    from workforce_source.loading.summary import Summary
    from workforce_source.source import workforce

__all__ = ["Summary", "WorkforceError", "forget", "load", "unforget", "workforce"]
__version__ = "0.1.0"

_HOMES = {
    "Summary": "workforce_source.loading.summary",
    "WorkforceError": "workforce_source.exceptions",
    "forget": "workforce_source.forgetting",
    "load": "workforce_source.loading.load",
    "unforget": "workforce_source.forgetting",
    "workforce": "workforce_source.source",
}


def __dir__() -> list[str]:
    return [*__all__, *(name for name in globals() if name.startswith("__"))]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(_HOMES[name]), name)
