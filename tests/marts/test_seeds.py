"""The files a company fills in: what is read from them, and what is said about a bad row."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from workforce_source.exceptions import ConfigError
from workforce_source.marts import Alias, Category, Cost, Requirement, Seeds, Target, skill_key
from workforce_source.tables import values


def folder_with(tmp_path: Path, **files: str) -> Path:
    """A folder with these CSV files."""
    for name, text in files.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")
    return tmp_path


def test_all_files_are_read(tmp_path: Path) -> None:
    """Spaces, a byte order mark, empty lines and quoted commas do no harm."""
    folder = folder_with(
        tmp_path,
        skill_alias="\ufeffalias,skill,note\nK8s ,Kubernetes,short form\n,,\n",
        skill_target=(
            "dimension,dimension_value,skill,min_people,min_coverage\n"
            'department,"Häfen, Wege",k8s,2,\n'
            "all,,SQL,,0.25\n"
        ),
        own_issuer="issuer_name\nAcme Academy\nAcme Academy\n",
        requirement=(
            "requirement,dimension,dimension_value,skill,badge_name,issuer_name,template_id,due_date,"
            "due_days,grace_days\n"
            "Orchestration,team,Web,k8s,,,,2026-10-31,,30\n"
            "Orchestration,team,Core,Kubernetes,,,,,14,\n"
            "Day,all,,,Container Day,Acme Academy,,,0,\n"
            "Basics,all,,,,,t-1,2026-01-01,90,\n"
        ),
        badge_cost=(
            "template_id,badge_name,issuer_name,amount,currency\n"
            "t-1,,,1250,EUR\n,First Aid,,99.5,usd\n,First Aid,Guild,0,EUR\n"
        ),
        skill_category="skill,category\nK8S,Operations\nSQL,Data\n",
    )
    assert Seeds.read(folder) == Seeds(
        aliases=(Alias("k8s", "kubernetes", "Kubernetes", "short form"),),
        targets=(
            Target("department", "Häfen, Wege", "kubernetes", "k8s", 2),
            Target("all", "all", "sql", "SQL", None, Decimal("0.25")),
        ),
        own_issuers=("Acme Academy",),
        requirements=(
            Requirement(
                *("Orchestration", "team", "Web", "skill", "kubernetes", "k8s"),
                fixed_date=date(2026, 10, 31),
                grace_days=30,
            ),
            Requirement(
                *("Orchestration", "team", "Core", "skill", "kubernetes", "Kubernetes"),
                due_days=14,
            ),
            Requirement(
                *("Day", "all", "all", "badge", "Container Day", "Container Day", "Acme Academy"),
                due_days=0,
            ),
            Requirement(
                *("Basics", "all", "all", "template", "t-1", "t-1", None, date(2026, 1, 1), 90),
            ),
        ),
        categories=(
            Category("kubernetes", "K8S", "Operations"),  # by the skill it is an alias of
            Category("sql", "SQL", "Data"),
        ),
        costs=(
            Cost("t-1", None, None, Decimal(1250), "EUR"),
            Cost(None, "First Aid", None, Decimal("99.5"), "USD"),
            Cost(None, "First Aid", "Guild", Decimal(0), "EUR"),
        ),
    )


def test_files_that_are_not_there_are_empty(tmp_path: Path) -> None:
    """A company may fill in one of them only, or none."""
    assert Seeds.read(tmp_path) == Seeds()


def test_an_alias_of_an_alias_leads_to_the_last_skill(tmp_path: Path) -> None:
    """Lines may be in any order."""
    folder = folder_with(tmp_path, skill_alias="alias,skill\nkube,k8s\nk8s,Kubernetes\n")
    found = Seeds.read(folder).aliases
    assert {(a.alias_key, a.skill_key, a.skill_name) for a in found} == {
        ("kube", "kubernetes", "Kubernetes"),
        ("k8s", "kubernetes", "Kubernetes"),
    }


ALIAS, TARGET = "alias,skill\n", "dimension,dimension_value,skill,min_people,min_coverage\n"
COST = "template_id,badge_name,issuer_name,amount,currency\n"
REQUIREMENT = (
    "requirement,dimension,dimension_value,skill,badge_name,issuer_name,template_id,due_date,due_days,"
    "grace_days\n"
)


@pytest.mark.parametrize(
    ("name", "text", "line", "reason"),
    [
        ("skill_alias", "alias\nx\n", 1, "the column skill is missing"),
        ("skill_alias", "alias,skill,why\n", 1, "the column `why` is not one of alias, skill"),
        ("skill_alias", ALIAS + "a,b\nc,\n", 3, "skill is empty"),
        ("skill_alias", ALIAS + "a,b,c\n", 2, "does not have 2 values"),
        ("skill_alias", ALIAS + "a\n", 2, "does not have 2 values"),
        ("skill_alias", ALIAS + "SQL, sql\n", 2, "the same but for case"),
        ("skill_alias", ALIAS + "a,b\nA,c\n", 3, "in an earlier line"),
        ("skill_alias", ALIAS + "a,b\nb,c\nc,a\n", 4, "in a circle"),
        ("skill_target", TARGET + "squad,x,SQL,1,\n", 2, "dimension is one of all, department"),
        ("skill_target", TARGET + "team,,SQL,1,\n", 2, "dimension_value is empty"),
        ("skill_target", TARGET + "team,x,SQL,,\n", 2, "neither min_people nor min_coverage"),
        ("skill_target", TARGET + "team,x,SQL,few,\n", 2, "min_people is a whole number"),
        ("skill_target", TARGET + "team,x,SQL,0,\n", 2, "min_people is a whole number"),
        ("skill_target", TARGET + "team,x,SQL,,25%\n", 2, "min_coverage is a share"),
        ("skill_target", TARGET + "team,x,SQL,,25\n", 2, "min_coverage is a share"),
        ("skill_target", TARGET + "team,x,SQL,,NaN\n", 2, "min_coverage is a share"),
        ("skill_target", TARGET + "team,x,SQL,1,\nteam,x,sql,2,\n", 3, "in an earlier line"),
        ("own_issuer", "issuer_name\n\n,\n", 3, "does not have 1 values"),
        ("badge_cost", COST + ",B,,,EUR\n", 2, "amount is empty"),
        ("badge_cost", COST + ",B,,1.234,EUR\n", 2, "amount is an amount of money"),
        ("badge_cost", COST + ",B,,-1,EUR\n", 2, "amount is an amount of money"),
        ("badge_cost", COST + ',B,,"1,50",EUR\n', 2, "amount is an amount of money"),
        ("badge_cost", COST + ",B,,1e12,EUR\n", 2, "amount is an amount of money"),
        ("badge_cost", COST + ",B,,NaN,EUR\n", 2, "amount is an amount of money"),
        ("badge_cost", COST + ",B,,1,euro\n", 2, "currency is three letters"),
        ("badge_cost", COST + ",B,,1,\n", 2, "currency is empty"),
        ("badge_cost", COST + "t,B,,1,EUR\n", 2, "one of template_id and badge_name"),
        ("badge_cost", COST + ",,I,1,EUR\n", 2, "one of template_id and badge_name"),
        ("badge_cost", COST + "t,,I,1,EUR\n", 2, "beside badge_name only"),
        ("badge_cost", COST + ",B,,1,EUR\n,B,,2,USD\n", 3, "in an earlier line"),
        ("skill_category", "skill,category\nSQL,\n", 2, "category is empty"),
        ("skill_category", "skill,category\nSQL,a\nsql,b\n", 3, "in an earlier line"),
        ("requirement", REQUIREMENT + ",all,,SQL,,,,,1,\n", 2, "requirement is empty"),
        ("requirement", REQUIREMENT + "r,squad,x,SQL,,,,,1,\n", 2, "dimension is one of all,"),
        ("requirement", REQUIREMENT + "r,team,,SQL,,,,,1,\n", 2, "dimension_value is empty"),
        ("requirement", REQUIREMENT + "r,all,,SQL,B,,,,1,\n", 2, "one of skill, badge_name"),
        ("requirement", REQUIREMENT + "r,all,,,,I,,,1,\n", 2, "one of skill, badge_name"),
        ("requirement", REQUIREMENT + "r,all,,SQL,,I,,,1,\n", 2, "beside badge_name only"),
        ("requirement", REQUIREMENT + "r,all,,SQL,,,,,,\n", 2, "neither due_date nor due_days"),
        ("requirement", REQUIREMENT + "r,all,,SQL,,,,31.12.2026,,\n", 2, "due_date is a day such"),
        ("requirement", REQUIREMENT + "r,all,,SQL,,,,20261231,,\n", 2, "due_date is a day such"),
        ("requirement", REQUIREMENT + "r,all,,SQL,,,,,-1,\n", 2, "due_days is a whole number of"),
        ("requirement", REQUIREMENT + "r,all,,SQL,,,,,1.5,\n", 2, "due_days is a whole number of"),
        ("requirement", REQUIREMENT + "r,all,,SQL,,,,,9,1826\n", 2, "grace_days is a whole number"),
        (
            "requirement",
            REQUIREMENT + "r,all,,SQL,,,,,1,\nr,all,,sql,,,,,2,\n",
            *(3, "the same requirement of the same group is in an earlier line"),
        ),
        (
            "requirement",
            REQUIREMENT + "r,all,,SQL,,,,,1,\nr,team,x,Go,,,,,1,\n",
            *(3, "an earlier line of the same requirement asks for something else"),
        ),
    ],
)
def test_a_bad_row_gives_its_line_and_the_reason(
    name: str, text: str, line: int, reason: str, tmp_path: Path
) -> None:
    """The message names the file, the line as an editor counts it, and what is wrong."""
    with pytest.raises(ConfigError) as raised:
        Seeds.read(folder_with(tmp_path, **{name: text}))
    assert str(raised.value).startswith(f"{name}.csv, line {line}: ")
    assert reason in str(raised.value)


def test_a_file_in_another_encoding_is_refused(tmp_path: Path) -> None:
    """The usual accident of spreadsheets has its own message."""
    (tmp_path / "own_issuer.csv").write_bytes("issuer_name\nMünchen\n".encode("cp1252"))
    with pytest.raises(ConfigError, match=r"own_issuer\.csv is not UTF-8"):
        Seeds.read(tmp_path)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """A mistyped path is not an empty folder."""
    with pytest.raises(ConfigError, match="is not there"):
        Seeds.read(tmp_path / "sedes")


@pytest.mark.parametrize(
    "name",
    ["SQL", "  Machine\u00a0 Learning ", "\uff2b\uff55be", "STRASSE ß", "İstanbul", "a\tb\nc", ""],
)
def test_keys_are_those_of_the_raw_tables(name: str) -> None:
    """A skill in a CSV file finds the one in the tables, which another room made the key of."""
    assert skill_key(name) == values.skill_key(name)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("skill_aliases.csv", "skill_alias.csv"),
        ("skill_alias (1).csv", "skill_alias.csv"),
        ("Skill_Alias.csv", "skill_alias.csv"),
        ("skill_alias.xlsx", "skill_alias.csv"),
        ("skill-target.csv", "skill_target.csv"),
        ("own_issuers.csv", "own_issuer.csv"),
        ("requirements.csv", "requirement.csv"),
        ("other.csv", "none of"),
    ],
)
def test_a_file_that_would_not_be_read_is_named(name: str, meant: str, tmp_path: Path) -> None:
    """What it says would be taken back without a word."""
    (tmp_path / name).write_text("alias,skill\nk8s,Kubernetes\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=f"{re.escape(name)}.*{meant}|{meant}.*{name}"):
        Seeds.read(tmp_path)


def test_other_files_beside_the_seeds_are_nobodys_business(tmp_path: Path) -> None:
    """A folder of dbt's seeds has more than ours."""
    (tmp_path / "own_issuer.csv").write_text("issuer_name\nAcme\n", encoding="utf-8")
    for name in (
        "country_codes.csv",
        "company_skill_alias.csv",
        "own_issuer.xlsx",
        "README.md",
        ".DS_Store",
    ):
        (tmp_path / name).touch()
    assert Seeds.read(tmp_path).own_issuers == ("Acme",)


@pytest.mark.parametrize(("separator", "called"), [(";", "semicolons"), ("\t", "tabs")])
def test_another_separator_than_commas_is_named(
    separator: str, called: str, tmp_path: Path
) -> None:
    """Spreadsheets of half the world write semicolons."""
    text = f"alias{separator}skill\nk8s{separator}Kubernetes\n"
    (tmp_path / "skill_alias.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=f"separated by {called}; save it with commas"):
        Seeds.read(tmp_path)


def test_a_group_is_found_however_its_letters_were_typed(tmp_path: Path) -> None:
    """`ü` as two letters, and spaces of any kind and number, are as in the tables."""
    (tmp_path / "skill_target.csv").write_text(
        "dimension,dimension_value,skill,min_people\nteam,Zu\u0308rich\u00a0 West,SQL,1\n",
        encoding="utf-8",
    )
    assert Seeds.read(tmp_path).targets[0].dimension_value == "Zürich West"
