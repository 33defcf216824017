"""Files that may hold a person: those one is told of.

What may not be in here: SQL, and who the person is.
"""

import json
import os
from collections.abc import Collection, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, Literal

from workforce_source.exceptions import ConfigError, DestinationError
from workforce_source.marts.paths import require_place
from workforce_source.marts.replacing import replace_file

Kind = Literal["duckdb", "html", "receipts", "plan", "absent"]
_PLAN: Final = b'"notice": "This file'


def kinds_of(files: Sequence[Path]) -> dict[Path, Kind]:
    """Get what each file is; nothing is removed of which that is not known.

    Args:
        files: Published files, reports, and receipts or plans of rosters.

    Raises:
        ConfigError: A file is none of these.
        DestinationError: Its folder cannot be written.
    """
    return {file: _kind_of(file) for file in files}


def clear_files(
    kinds: dict[Path, Kind], organization_id: str, ids: Collection[str]
) -> dict[str, str]:
    """Remove the files, or what they have of people; get what became of each, by its name.

    Args:
        kinds: What each file is.
        organization_id: The organization; receipts of others stay.
        ids: The people.

    Raises:
        DestinationError: A file cannot be written or removed.
    """
    found = {}
    for file, kind in kinds.items():
        try:
            if kind == "absent":
                found[file.name] = "not there"
            elif kind == "receipts":
                found[file.name] = f"{_without(file, organization_id, ids)} receipts removed"
            else:
                file.unlink()
                found[file.name] = "removed; make it anew as it was made"
        except OSError as error:
            raise DestinationError(
                f"The file {file.name} cannot be cleared ({error.strerror}). Make it writable, then"
                " run again: what is done already stays done."
            ) from None
    return found


def _kind_of(file: Path) -> Kind:
    if not os.path.lexists(file):
        return "absent"
    head = b""
    with suppress(OSError), file.open("rb") as opened:
        head = opened.read(400)
    if _PLAN in head:
        return "plan"
    if not head:
        return "absent"
    if head.lstrip().startswith(b'{"organization_id"'):
        return "receipts"
    kind: Literal["duckdb", "html"] = "duckdb" if head[8:12] == b"DUCK" else "html"
    try:
        require_place(file, "--file", kind)
    except ConfigError:
        raise ConfigError(
            f"{file.name} is no published file, no report, and no receipts or plan of a roster: it"
            " was left as it is, and nothing was removed. Look after it yourself, and leave it out."
        ) from None
    return kind


def _without(file: Path, organization_id: str, ids: Collection[str]) -> int:
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if _person_in(line, organization_id) not in ids]
    # whoever may read it now, and nobody else
    with replace_file(file, mode=file.stat().st_mode & 0o777) as part:
        part.write_text("".join(kept), encoding="utf-8")
    return len(lines) - len(kept)


def _person_in(line: str, organization_id: str) -> str | None:
    with suppress(ValueError, AttributeError):  # a kill cut it off
        values = json.loads(line)
        if values.get("organization_id") == organization_id:
            found: str | None = values.get("employee_id")
            return found
    return None
