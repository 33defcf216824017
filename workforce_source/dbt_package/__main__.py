"""Writes the dbt package, or a company's seeds in the form it reads.

    python -m workforce_source.dbt_package package FOLDER
    python -m workforce_source.dbt_package seeds FROM INTO [--skill-review FILE]

The command only; what is written is in the modules beside it.
"""

import argparse
import sys
from pathlib import Path

from workforce_source.dbt_package import write_package, write_seeds
from workforce_source.exceptions import ConfigError
from workforce_source.skills import SkillLibrary, SkillNames, SkillReview


def main(arguments: list[str]) -> int:
    """Write what was asked for and say what was written."""
    parser = argparse.ArgumentParser(
        prog="python -m workforce_source.dbt_package",
        description=(__doc__ or "").partition("\n")[0],
    )
    commands = parser.add_subparsers(dest="command", required=True)
    package = commands.add_parser("package", help="write the dbt package into a folder")
    package.add_argument("folder", type=Path, help="a new folder, or one with the package in it")
    seeds = commands.add_parser("seeds", help="write a company's CSV files as seeds of dbt")
    seeds.add_argument("source", type=Path, metavar="FROM", help="skill_alias.csv and the others")
    seeds.add_argument("folder", type=Path, metavar="INTO", help="the seeds of your dbt project")
    seeds.add_argument(
        "--skill-review", type=Path, metavar="FILE", help="aliases of what it accepts, too"
    )
    seeds.add_argument(
        "--skill-library", type=Path, metavar="FILE", help="as it names those skills, by category"
    )
    given = parser.parse_args(arguments)
    try:
        if given.command == "package":
            written = write_package(given.folder)
        else:
            names = SkillNames(
                SkillLibrary.read(given.skill_library) if given.skill_library else SkillLibrary(),
                SkillReview.read(given.skill_review) if given.skill_review else SkillReview(),
            )
            written = write_seeds(given.source, given.folder, names)
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{len(written)} files written.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
