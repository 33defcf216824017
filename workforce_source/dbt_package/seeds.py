"""A company's CSV files, which people write, as the seeds of the dbt package, which have keys.

The keys of skills are worked out here, because SQL cannot fold case and width as Python does.
"""

import csv
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from workforce_source.marts.definitions import SEEDS
from workforce_source.marts.seeds import Seeds


def write_seeds(source: Path, target: Path) -> list[Path]:
    """Write `skill_alias.csv`, `skill_target.csv` and `own_issuer.csv` for dbt.

    Args:
        source: The folder of the files a company filled in; one that is not there is empty.
        target: The folder to write into.

    Returns:
        The files written.

    Raises:
        ConfigError: A row cannot be used; the message names file, line and reason.
    """
    seeds = Seeds.read(source)
    rows: dict[str, Sequence[dict[str, Any]]] = {
        "skill_alias": [asdict(alias) for alias in seeds.aliases],
        "skill_target": [asdict(target) for target in seeds.targets],
        "own_issuer": [{"issuer_name": name} for name in seeds.own_issuers],
    }
    target.mkdir(parents=True, exist_ok=True)
    columns = {seed.name: seed.column_names for seed in SEEDS}
    written = []
    for name, some in rows.items():
        path = target / f"{name}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns[name], lineterminator="\n")
            writer.writeheader()
            writer.writerows(some)
        written.append(path)
    return written
