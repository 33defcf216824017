"""The parts of the main job that are commands of their own, and the flags of each.

What may not be in here: what a flag means, or does.
"""

from typing import Final

from workforce_source.job.arguments import FLAGS
from workforce_source.job.flags import Part

_ALL: Final = [flag.split()[0] for lines in FLAGS.values() for flag in lines]
_WHERE: Final = ("--destination", "--dataset", "--pipelines-dir", "--organization")
_HOW: Final = ("--verbose", "--debug")
_OTHERS: Final = ("--check", "--load-test", "--cost", "--rate", "--status", "--no-load")
_MADE: Final = [
    flag.split()[0]
    for flag in FLAGS["what to make of it"]
    if flag not in ("--no-marts", "--no-load")
]

PARTS: Final = (
    Part(
        "load",
        "mirror the organization, and make of it what is asked for",
        own=tuple(flag for flag in _ALL if flag not in _OTHERS),
    ),
    Part(
        "check",
        "try account and destination; load nothing",
        own=("--sandbox", "--employees", *_WHERE, "--load-test", *_HOW),
        implied="--check",
    ),
    Part(
        "cost",
        "what a first and an hourly run would ask of the API",
        own=(
            *("--sandbox", "--employees", "--organization", "--badge-max-age"),
            *("--rate", "--json", *_HOW),
        ),
        implied="--cost",
    ),
    Part(
        "status",
        "how the last runs ended, and as of when the tables are",
        own=("--sandbox", *_WHERE, "--json", *_HOW),
        implied="--status",
    ),
    Part(
        "marts",
        "build and check the marts of what is loaded",
        own=("--sandbox", *_WHERE, *_MADE, "--json", *_HOW),
        implied="--no-load",
    ),
    Part(
        "report",
        "write the report of what is loaded as one HTML file",
        own=("--sandbox", *_WHERE, *_MADE, "--json", *_HOW),
        implied="--no-load",
        file="--report",
    ),
    Part(
        "publish",
        "write the marts of what is loaded into one DuckDB file",
        own=("--sandbox", *_WHERE, *_MADE, "--json", *_HOW),
        implied="--no-load",
        file="--publish",
    ),
)
"""Every such part; the main job by itself has all flags."""
