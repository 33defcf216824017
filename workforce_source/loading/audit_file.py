"""Rows of `load_audit` that could not be written, kept beside the pipeline until the next run does.

What may not be in here: what is in a row, and when one cannot be written.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import dlt

_MOST: Final = 200
"""Rows that are kept; of a destination that stays away for months, the last."""
_WHERE: Final = "dataset"
_TIME: Final = "$time"


class AuditFile:
    """The rows a pipeline could not write.

    Args:
        pipeline: The pipeline; rows of another destination or dataset stay for that.
    """

    def __init__(self, pipeline: dlt.Pipeline) -> None:
        folder = Path(pipeline.pipelines_dir)
        self._path = folder / f"{pipeline.pipeline_name}.workforce.audit.jsonl"
        self._where = f"{pipeline.destination.destination_name}/{pipeline.dataset_name}"

    def keep(self, row: Mapping[str, Any]) -> None:
        """Keep a row; what cannot be kept either is lost, for it fails no run."""
        with suppress(OSError):
            lines = [*self._lines(), json.dumps({_WHERE: self._where, **row}, default=_encode)]
            self._path.write_text("\n".join(lines[-_MOST:]) + "\n", encoding="utf-8")

    def rows(self) -> list[dict[str, Any]]:
        """Get the rows that are kept for this destination and dataset, the oldest first."""
        found = []
        for line in self._lines():
            with suppress(ValueError):  # a kill cut it off
                row = json.loads(line, object_hook=_decode)
                if row.pop(_WHERE, None) == self._where:
                    found.append(row)
        return found

    def forget(self) -> None:
        """Remove the rows of this destination and dataset: they are written."""
        others = []
        for line in self._lines():
            with suppress(ValueError):
                if json.loads(line).get(_WHERE) != self._where:
                    others.append(line)
        with suppress(OSError):
            if others:
                self._path.write_text("\n".join(others) + "\n", encoding="utf-8")
            else:
                self._path.unlink(missing_ok=True)

    def _lines(self) -> list[str]:
        try:
            return self._path.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            return []


def _encode(value: Any) -> Any:
    return {_TIME: value.isoformat()}


def _decode(value: dict[str, Any]) -> Any:
    return datetime.fromisoformat(value[_TIME]) if value.keys() == {_TIME} else value
