"""A company's CSV files, which people write, as the seeds of the dbt package, which have keys.

The keys of skills are worked out here, because SQL cannot fold case and width as Python does.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import asdict, fields, is_dataclass
from pathlib import Path
from typing import Any, Final, get_args, get_type_hints

from workforce_source.dbt_package import properties
from workforce_source.dbt_package.naming import FILLED_IN
from workforce_source.exceptions import ConfigError
from workforce_source.marts.definitions import Mart
from workforce_source.marts.seeds import Seeds

COMPANY: Final = "company_"
"""What a company's seeds begin with: dbt describes a name once, and the package has its own."""


def write_seeds(source: Path, folder: Path) -> list[Path]:
    """Write `company_skill_alias.csv` and the others for dbt, and their properties.

    Args:
        source: The folder of the files a company filled in; one that is not there is empty.
        folder: Where to write.

    Returns:
        The files written.

    Raises:
        ConfigError: A row cannot be used; the message names file, line and reason.
    """
    texts = seed_files(Seeds.read(source))
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in texts.items():
        path = folder / f"{COMPANY}{name}.csv"
        path.write_text(text, encoding="utf-8", newline="\n")
        written.append(path)
    described = folder / f"{COMPANY}seeds.yml"
    text = properties.yaml_text(properties.seeds(COMPANY))
    described.write_text(text, encoding="utf-8", newline="\n")
    return [*written, described]


def seed_files(seeds: Seeds) -> dict[str, str]:
    """Get the CSV of each seed by its name, for dbt, which takes every letter as it stands.

    Raises:
        ConfigError: A seed of `marts.toml` is not one of `Seeds`, or the other way round.
    """
    texts = {}
    for seed, rows in _rows(seeds):
        text = io.StringIO()
        writer = csv.DictWriter(text, seed.column_names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        texts[seed.name] = text.getvalue()
    if missing := sorted({seed.name for seed in FILLED_IN} - texts.keys()):
        raise ConfigError(f"What the seed `{missing[0]}` holds is not among the fields of Seeds.")
    return texts


def _rows(seeds: Seeds) -> Iterator[tuple[Mart, list[dict[str, Any]]]]:
    """Get the rows of each seed; which seed a field is, its columns say."""
    by_columns = {frozenset(seed.column_names): seed for seed in FILLED_IN}
    for name, hint in get_type_hints(Seeds).items():
        values, (kind, *_) = getattr(seeds, name), get_args(hint)
        if is_dataclass(kind):
            columns = frozenset(field.name for field in fields(kind))
            rows = [asdict(value) for value in values]
        else:
            (column,) = (f for f in by_columns if len(f) == 1)
            columns, rows = column, [dict.fromkeys(column, value) for value in values]
        if columns not in by_columns:
            raise ConfigError(f"The field `{name}` of Seeds has other columns than every seed.")
        yield by_columns[columns], rows
