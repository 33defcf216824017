"""Every file of the dbt package, and writing them.

What is in a file is said by the modules beside this one and by the folder `files`, which is copied
as it is.
"""

from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

import sqlglot
from sqlglot import exp

from workforce_source import __version__
from workforce_source.dbt_package import properties, semantic
from workforce_source.dbt_package.history import history_macro
from workforce_source.dbt_package.integration import FOLDER, raw_properties, raw_seeds
from workforce_source.dbt_package.naming import PACKAGE, PREFIX, SOURCE, twice
from workforce_source.dbt_package.seeds import seed_files
from workforce_source.dbt_package.staging import staging_models
from workforce_source.dbt_package.translating import MADE, model_sql
from workforce_source.dbt_package.warehouses import warehouse_macros
from workforce_source.exceptions import ConfigError
from workforce_source.marts.definitions import CHECKS, MARTS, Check, Mart
from workforce_source.marts.seeds import Seeds

_COPIED: Final = files("workforce_source.dbt_package").joinpath("files")


def package_files() -> dict[str, str]:
    """Get the text of every file of the package by its path.

    Raises:
        ConfigError: The columns of a SELECT are not those `marts.toml` describes.
    """
    for mart in MARTS:
        require_described(mart)
    for name in twice():
        raise ConfigError(f"`{name}` is a raw table and a seed: call the seed something else.")
    staging = f"models/staging/{SOURCE}"
    documents = {
        "dbt_project.yml": properties.project(__version__),
        f"{staging}/_sources.yml": properties.sources(),
        f"{staging}/_staging.yml": properties.staging(),
        "models/intermediate/_intermediate.yml": properties.intermediate(),
        "models/marts/_marts.yml": properties.marts(),
        "models/semantic/_models.yml": semantic.models(),
        "models/semantic/_semantic_layer.yml": semantic.semantic_layer(),
        "seeds/_seeds.yml": properties.seeds(),
        "tests/checks/_checks.yml": properties.checks(),
        f"{FOLDER}/seeds/raw/_raw.yml": raw_properties(),
    }
    texts = dict(_copied(_COPIED, ""))
    texts |= {path: f"# {MADE}\n{properties.yaml_text(d)}" for path, d in documents.items()}
    texts["macros/warehouses.sql"] = warehouse_macros()
    texts["macros/columns_as_observed.sql"] = history_macro()
    texts |= {f"{staging}/{name}.sql": text for name, text in staging_models().items()}
    texts |= {f"models/marts/{PREFIX}{mart.name}.sql": _model(mart) for mart in MARTS}
    texts |= {f"tests/checks/{check.severity}/{check.name}.sql": _check(check) for check in CHECKS}
    texts |= {f"{FOLDER}/seeds/raw/{name}.csv": text for name, text in raw_seeds().items()}
    texts |= {f"seeds/{PREFIX}{name}.csv": text for name, text in seed_files(Seeds()).items()}
    return dict(sorted(texts.items()))


def write_package(folder: Path) -> list[Path]:
    """Write the package, and remove what an earlier one had beside it.

    Args:
        folder: A new or empty folder, or one with the package in it.

    Returns:
        The files written.

    Raises:
        ConfigError: The folder holds something else.
    """
    project = folder / "dbt_project.yml"
    ours = project.is_file() and f"\nname: {PACKAGE}\n" in project.read_text(encoding="utf-8")
    if folder.exists() and not ours and any(folder.iterdir()):
        raise ConfigError(
            f"The folder {folder} holds something else than this package. Name a new or empty one."
        )
    texts = package_files()
    written = []
    for path, text in texts.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")
        written.append(file)
    for kind in ("models", "macros", "seeds", "tests", FOLDER):
        for file in (folder / kind).rglob("*"):
            if file.is_file() and file not in written:
                file.unlink()
    return written


def require_described(mart: Mart) -> None:
    """Check that the columns of a mart's SELECT are those of its metadata, in their order.

    Raises:
        ConfigError: They are not; the message names the first that differ.
    """
    query = sqlglot.parse_one(mart.select, read="duckdb")
    selected = query.named_selects if isinstance(query, exp.Query) else []
    described = list(mart.column_names)
    if missing := [name for name in selected if name not in described]:
        raise ConfigError(
            f"marts.toml does not describe the column `{missing[0]}` of {mart.name}, which its"
            f" SELECT has. Put it into [columns] and the columns of [marts.{mart.name}]."
        )
    if unknown := [name for name in described if name not in selected]:
        raise ConfigError(
            f"marts.toml describes the column `{unknown[0]}` of {mart.name}, which its SELECT does"
            " not have. Take it out, or select it."
        )
    if selected != described:
        raise ConfigError(f"The columns of {mart.name} stand in another order in marts.toml.")


def _model(mart: Mart) -> str:
    sql = model_sql(mart.select).rstrip()
    if mart.snapshot:
        # as the runner does: nobody saw another day
        grain, _, select = sql.partition("\n")
        seen = f"{{{{ {PACKAGE}.as_of_is_today() }}}}"
        config = f"{{{{ config(**{PACKAGE}.one_day_after_the_other('{mart.key[0]}')) }}}}"
        sql = f"{config}\n{grain}\nselect s.*\nfrom (\n{_indented(select)}\n) s\nwhere {seen}"
    return f"{{# {MADE} #}}\n{sql}\n"


def _check(check: Check) -> str:
    sql = _indented(model_sql(check.sql.strip()))
    return (
        f"{{# {MADE} #}}\n"
        "{{ config(fail_calc='coalesce(max(offenders), 0)') }}\n"
        f"select (\n{sql}\n) as offenders\n"
    )


def _indented(sql: str) -> str:
    return "\n".join(f"  {line}".rstrip() for line in sql.splitlines())


def _copied(folder: Traversable, prefix: str) -> Iterator[tuple[str, str]]:
    for entry in folder.iterdir():
        path = f"{prefix}{entry.name}"
        if entry.is_dir():
            yield from _copied(entry, f"{path}/")
        else:
            yield path, entry.read_text(encoding="utf-8")
