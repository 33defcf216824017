"""The committed dbt package against the marts it is made from, without dbt."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jinja2
import pytest
import yaml

from tests.dbt_package.project import CHECKOUT, PACKAGE
from workforce_source.dbt_package import package_files, write_package, write_seeds
from workforce_source.dbt_package.naming import FILLED_IN
from workforce_source.dbt_package.package import require_described
from workforce_source.dbt_package.seeds import seed_files
from workforce_source.dbt_package.semantic import METRICS
from workforce_source.dbt_package.translating import model_sql
from workforce_source.exceptions import ConfigError
from workforce_source.marts import CHECKS, MARTS, Mart, Seeds
from workforce_source.tables import TABLE_BY_NAME
from workforce_source.tables.own import AUDIT

generated = cache(package_files)
"""Gets the files of the package, generated once: no test changes them."""

COPIED = CHECKOUT / "workforce_source" / "dbt_package" / "files"
"""What is written by hand, and copied as it is."""

every_mart = pytest.mark.parametrize("mart", MARTS, ids=lambda mart: mart.name)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder by its path."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_the_committed_package_is_what_the_generator_writes() -> None:
    """Byte for byte, and no file more or less: CONTRIBUTING.md has the command."""
    made = {path: text.encode("utf-8") for path, text in generated().items()}
    assert contents(PACKAGE) == made


def test_every_properties_file_says_who_made_it_and_repeats_itself_in_full() -> None:
    """People read these files: each begins with the command, and none has an alias to look up."""
    texts = {path: text for path, text in generated().items() if path.endswith(".yml")}
    written = {path.relative_to(COPIED).as_posix() for path in COPIED.rglob("*.yml")}
    assert written < texts.keys()
    for path, text in texts.items():
        made = text.startswith("# Made by `python -m workforce_source.dbt_package package FOLDER`")
        assert made is (path not in written), path
        assert not any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text))


@every_mart
def test_a_column_taken_out_of_the_metadata_is_missed(mart: Mart) -> None:
    """Whatever column of a SELECT the metadata lacks is named, with what to do."""
    for column in mart.columns:
        less = replace(mart, columns=tuple(c for c in mart.columns if c != column))
        with pytest.raises(
            ConfigError, match=f"describe the column `{column.name}` of {mart.name}"
        ):
            require_described(less)


def test_a_column_deleted_from_the_file_stops_the_command(tmp_path: Path) -> None:
    """In a copy of the package whose marts.toml has lost one, nothing is written."""
    shutil.copytree(CHECKOUT / "workforce_source", tmp_path / "workforce_source")
    metadata = tmp_path / "workforce_source" / "marts" / "marts.toml"
    text = metadata.read_text(encoding="utf-8")
    assert '"depth_band", "as_of",\n]' in text
    metadata.write_text(text.replace('"depth_band", "as_of",\n]', '"as_of",\n]'), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "workforce_source.dbt_package", "package", "made"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 2
    assert "marts.toml does not describe the column `depth_band` of mart_skill_cov" in done.stderr
    assert not (tmp_path / "made").exists()


def test_a_column_no_select_has_or_another_order_is_refused() -> None:
    """The metadata may not promise what a table does not have."""
    first, second = MARTS[:2]
    with pytest.raises(ConfigError, match="which its SELECT does not have"):
        require_described(replace(first, columns=(*first.columns, second.columns[1])))
    with pytest.raises(ConfigError, match="in another order"):
        require_described(replace(first, columns=first.columns[::-1]))


def test_every_relation_a_model_or_check_reads_is_one_of_the_package() -> None:
    """Each `ref` names the package and a model of it, each `source` a raw table, none is bare.

    One of a single name would be answered by a company's table that is called so.
    """
    texts = generated()
    models = {Path(path).stem for path in texts if path.endswith((".sql", ".csv"))}
    tables = {*TABLE_BY_NAME, AUDIT}
    for path, text in texts.items():
        if path.endswith(".sql") and not path.startswith(("macros/", "integration_tests/")):
            given = re.findall(r"ref\(var\('workforce_(\w+)'\)\)", text)
            assert {f"stg_workforce__{name}" for name in given} <= {Path(path).stem}
            own = re.findall(r"ref\('workforce_source', '(\w+)'\)", text)
            assert set(own) <= models, path
            assert len(given) + len(own) == text.count("ref("), path
            assert set(re.findall(r"source\('workforce_source', '(\w+)'\)", text)) <= tables
            assert not re.search(r"\b(raw|marts)\.|\$", text), path
        if path.endswith(".yml"):
            assert text.count("ref(") == len(re.findall(r"ref\('+workforce_source'+,", text)), path


def test_every_name_of_a_model_seed_and_variable_is_prefixed() -> None:
    """A company's own tables and settings have plain names; ours never are."""
    texts = generated()
    for path in texts:
        if re.match(r"(models|seeds)/.*\.(sql|csv)$", path):
            assert re.match(r"(stg_|int_)?workforce__", Path(path).name), path
    (variables,) = yaml.safe_load(texts["dbt_project.yml"])["vars"].values()
    assert all(name.startswith("workforce_") for name in variables)
    # dbt looks for what is dispatched in the company's project first
    dispatched = re.findall(r"adapter\.dispatch\('(\w+)'", texts["macros/warehouses.sql"])
    assert dispatched
    assert all(name.startswith("workforce__") for name in dispatched)


def test_only_staging_reads_raw_tables() -> None:
    """Staging leaves removed rows out, so the marts above it need not: no condition is left."""
    for path, text in generated().items():
        if "removed_at is not null" in text:
            continue  # whose badges were revoked is told by what is removed
        if path.endswith(".sql") and not path.startswith(("models/staging/", "macros/")):
            assert "source(" not in text, path
            assert "as_observed(" not in text, path
            assert "removed_at" not in text, path


@pytest.mark.parametrize(
    "sql",
    [
        "select id from raw.employees",
        "select id, removed_at from raw.employees where removed_at is not null",
        "select e.id from raw.employees e join raw.badge_reads r on r.removed_at is null",
        "select e.id from raw.employees e left join raw.badge_reads r on r.employee_id = e.id"
        " where e.removed_at is null and r.removed_at is null",
        "select id from raw.employees where removed_at is null or team = 'Web'",
        "select id from (select * from raw.employees) e where e.removed_at is null",
    ],
)
def test_what_may_mean_removed_rows_reads_the_raw_tables(sql: str) -> None:
    """Whatever does not plainly leave removed rows out stays as it is."""
    made = model_sql(sql)
    assert "{{ workforce_source.as_observed('employees') }}" in made
    assert made.count("removed_at") == sql.count("removed_at")


@pytest.mark.parametrize(
    ("sql", "made"),
    [
        ("select id from raw.employees where removed_at is null", "select id from EMPLOYEES"),
        (
            "select id from raw.employees where removed_at is null and team = 'Web'",
            "select id from EMPLOYEES where team = 'Web'",
        ),
        (
            "select id from raw.employees where team = 'Web'\n  and removed_at is null",
            "select id from EMPLOYEES where team = 'Web'",
        ),
        (
            "select e.id from raw.employees e join raw.badge_reads r on r.employee_id = e.id"
            " where r.removed_at is null and e.removed_at is null group by e.id",
            "select e.id from EMPLOYEES e join READS r on r.employee_id = e.id group by e.id",
        ),
        ("select change from raw.changes", "select change from CHANGES"),
    ],
)
def test_conditions_on_removed_rows_are_left_to_staging(sql: str, made: str) -> None:
    """The SELECT of a model reads as if there had never been a removed row."""
    text = model_sql(sql)
    for name, table in (
        ("EMPLOYEES", "employees"),
        ("READS", "badge_reads"),
        ("CHANGES", "changes"),
    ):
        text = text.replace(f"{{{{ ref('workforce_source', 'stg_workforce__{table}') }}}}", name)
    assert text == made


@pytest.mark.parametrize(
    ("adapter", "strategy", "partition"),
    [
        ("duckdb", "delete+insert", None),
        ("postgres", "delete+insert", None),
        ("snowflake", "delete+insert", None),
        ("redshift", "delete+insert", None),
        ("databricks", "delete+insert", None),
        ("bigquery", "insert_overwrite", {"field": "snapshot_date", "data_type": "date"}),
        ("spark", "insert_overwrite", ["snapshot_date"]),
    ],
)
def test_a_day_is_replaced_in_the_way_the_adapter_has(
    adapter: str, strategy: str, partition: Any
) -> None:
    """One configuration for each, from the type of the target, and the table is never dropped."""
    given: list[dict[str, Any]] = []
    rendered = jinja2.Environment(extensions=["jinja2.ext.do"]).from_string(  # noqa: S701 # no HTML
        generated()["macros/one_day_after_the_other.sql"]
        + "{% set _ = one_day_after_the_other('snapshot_date') %}"
    )
    rendered.render({"target": SimpleNamespace(type=adapter), "return": given.append})
    (config,) = given
    assert config["incremental_strategy"] == strategy
    assert config.get("partition_by") == partition
    assert (config["unique_key"], config["full_refresh"]) == ("snapshot_date", False)


@pytest.mark.parametrize(
    ("adapter", "text", "double", "timestamp"),
    [
        ("duckdb", "string", "double precision", "timestamptz"),
        ("snowflake", "string", "double precision", "timestamptz"),
        ("bigquery", "string", "float64", "timestamp"),
        ("databricks", "string", "double", "timestamp"),
    ],
)
def test_a_contract_has_the_types_of_the_warehouse(
    adapter: str, text: str, double: str, timestamp: str
) -> None:
    """Each column of a mart has a type, and those that are spelled differently are."""
    columns = {}
    for model in yaml.safe_load(generated()["models/marts/_marts.yml"])["models"]:
        for column in model["columns"]:
            made = jinja2.Template(column["data_type"]).render(target=SimpleNamespace(type=adapter))
            columns[column["name"]] = made
    assert columns["full_name"] == text
    assert columns["coverage"] == double
    assert columns["created_at"] == timestamp
    assert {columns[name] for name in ("is_known", "people", "as_of")} == {"int", "bigint", "date"}


def test_a_seed_of_the_metadata_that_nobody_reads_is_missed() -> None:
    """Which field of `Seeds` a seed is, its columns say: none is left out without a word."""
    texts = seed_files(Seeds(own_issuers=("Acme Academy",)))
    assert texts.keys() == {seed.name for seed in FILLED_IN}
    assert texts["own_issuer"] == "issuer_name\nAcme Academy\n"


def test_the_metrics_are_off_and_complete() -> None:
    """Each metric is described and prefixed; a company's project gets none unless it asks."""
    texts = generated()
    settings = yaml.safe_load(texts["dbt_project.yml"])
    for kind in ("semantic-models", "metrics"):
        assert settings[kind] == {"workforce_source": {"+enabled": False}}
    assert settings["models"]["workforce_source"]["semantic"]["+enabled"] is False
    layer = yaml.safe_load(texts["models/semantic/_semantic_layer.yml"])
    assert tuple(metric["name"] for metric in layer["metrics"]) == METRICS
    assert all(metric["description"] for metric in layer["metrics"])
    named = [*layer["semantic_models"], *layer["metrics"]]
    named += [entity for model in layer["semantic_models"] for entity in model["entities"]]
    named += [
        measure for model in layer["semantic_models"] for measure in model.get("measures", ())
    ]
    assert all(each["name"].startswith("workforce_") for each in named)


def test_every_check_is_a_test_of_its_severity() -> None:
    """No check is forgotten, and its folder says how severe it is."""
    found = {path for path in generated() if re.fullmatch(r"tests/checks/.*\.sql", path)}
    assert found == {f"tests/checks/{check.severity}/{check.name}.sql" for check in CHECKS}


@pytest.mark.parametrize(
    "sql",
    [
        "select $as_of",
        "select date_diff('month', a, b)",
        "select a at time zone 'CET'",
        "select * from marts.mart_of_nobody",
    ],
)
def test_what_cannot_be_translated_is_refused(sql: str) -> None:
    """Nothing reaches the package that only the runner understands."""
    with pytest.raises(ConfigError):
        model_sql(sql)


def test_nested_arguments_become_arguments_of_macros() -> None:
    """Commas and parentheses within an argument stay in it."""
    sql = "select date_diff('day', cast($as_of as date), greatest(t.a, cast(t.b as date))) from t"
    assert model_sql(sql) == (
        "select {{ workforce_source.days_between(workforce_source.as_of(),"
        ' "greatest(t.a, cast(t.b as date))") }} from t'
    )


def test_a_folder_with_something_else_in_it_is_left_alone(tmp_path: Path) -> None:
    """A mistyped folder loses nothing."""
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(ConfigError, match="holds something else"):
        write_package(tmp_path)
    assert contents(tmp_path) == {"thesis.txt": b"years of work"}


@pytest.mark.search  # generates twice
def test_an_older_package_is_replaced(tmp_path: Path) -> None:
    """A model that is no mart any more is gone after the next writing."""
    write_package(tmp_path / "package")
    (tmp_path / "package" / "models" / "marts" / "mart_of_yesterday.sql").write_text("select 1")
    write_package(tmp_path / "package")
    assert contents(tmp_path / "package") == contents(PACKAGE)


def test_seeds_of_a_company_get_their_keys(tmp_path: Path) -> None:
    """Spellings become keys as the loader makes them, and a target follows the aliases."""
    (tmp_path / "skill_alias.csv").write_text("alias,skill\n K8S ,Kubernetes\n", encoding="utf-8")
    (tmp_path / "skill_target.csv").write_text(
        "dimension,dimension_value,skill,min_people,min_coverage\nall,,k8s,3,0.5\n",
        encoding="utf-8",
    )
    write_seeds(tmp_path, tmp_path / "seeds")
    made = {name: text.decode() for name, text in contents(tmp_path / "seeds").items()}
    assert made["company_skill_alias.csv"].splitlines()[1:] == ["k8s,kubernetes,Kubernetes,"]
    assert made["company_skill_target.csv"].splitlines()[1:] == [",all,all,kubernetes,k8s,3,0.5"]
    assert made["company_own_issuer.csv"] == "issuer_name\n"
    assert "column_types" in made["company_seeds.yml"]


def test_what_a_review_accepts_is_in_the_seeds(tmp_path: Path) -> None:
    """As the runner takes it: as the library writes it, its category, targets too."""
    files = {
        "skill_target.csv": "dimension,dimension_value,skill,min_people\nall,,Kuberentes,3\n",
        "review.csv": (
            "skill,proposed,decision\n"
            "Kuberentes,kubernetes,accepted\nSQL,SQL Server,rejected\nRust,Go,open\n"
        ),
        "library.csv": "skill,category\nKubernetes,Platform\nGo,Languages\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    flags = ("--skill-review", "review.csv", "--skill-library", "library.csv")
    written = subprocess.run(
        [sys.executable, "-m", "workforce_source.dbt_package", "seeds", ".", "seeds", *flags],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        check=True,
        capture_output=True,
        text=True,
    )
    assert written.stdout == "7 files written.\n"
    made = {name: text.decode() for name, text in contents(tmp_path / "seeds").items()}
    assert made["company_skill_alias.csv"].splitlines()[1:] == [
        "kuberentes,kubernetes,Kubernetes,accepted"
    ]
    assert made["company_skill_target.csv"].splitlines()[1:] == [
        ",all,all,kubernetes,Kuberentes,3,"
    ]
    assert made["company_skill_category.csv"].splitlines()[1:] == ["kubernetes,Kubernetes,Platform"]


def test_a_bad_row_of_a_seed_is_named(tmp_path: Path) -> None:
    """The command says file, line and reason, and writes nothing."""
    (tmp_path / "skill_alias.csv").write_text("alias,skill\n,Kubernetes\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"skill_alias\.csv, line 2: alias is empty"):
        write_seeds(tmp_path, tmp_path / "seeds")
    assert not (tmp_path / "seeds").exists()
