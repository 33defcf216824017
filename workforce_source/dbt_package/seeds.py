"""A company's CSV files, which people write, as the seeds of the dbt package, which have keys.

The keys of skills are worked out here, because SQL cannot fold case and width as Python does.
"""

import csv
import io
from pathlib import Path
from typing import Final

from workforce_source.dbt_package import properties
from workforce_source.dbt_package.naming import FILLED_IN
from workforce_source.marts.naming import with_names
from workforce_source.marts.seeds import Seeds
from workforce_source.skills import SkillNames

COMPANY: Final = "company_"
"""What a company's seeds begin with: dbt describes a name once, and the package has its own."""


_NO_NAMES: Final = SkillNames()


def write_seeds(source: Path, folder: Path, names: SkillNames = _NO_NAMES) -> list[Path]:
    """Write `company_skill_alias.csv` and the others for dbt, and their properties.

    Args:
        source: The folder of the files a company filled in; one that is not there is empty.
        folder: Where to write.
        names: What the company decided of the names of skills, and the library it decided with.

    Returns:
        The files written.

    Raises:
        ConfigError: A row cannot be used, or contradicts a decision; the message names file, line
            and reason.
    """
    # which skills there are is not asked: an alias of one that nobody has does nothing
    texts = seed_files(with_names(Seeds.read(source), names, names.review.accepted))
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
    """Get the CSV of each seed by its name, for dbt, which takes every letter as it stands."""
    columns = {seed.name: seed.column_names for seed in FILLED_IN}
    texts = {}
    for name, rows in seeds.tables().items():
        text = io.StringIO()
        writer = csv.DictWriter(text, columns[name], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        texts[name] = text.getvalue()
    return texts
