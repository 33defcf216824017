"""What was accepted of the names of skills becomes aliases; what contradicts itself is told."""

from __future__ import annotations

import csv
from pathlib import Path

import dlt
import pytest

from tests.marts import raw
from tests.marts.conftest import Built, Pipelines
from workforce_source.csv_files import meant, written
from workforce_source.exceptions import ConfigError
from workforce_source.marts import Seeds, build_marts, name_skills, run_checks, skill_key
from workforce_source.marts.naming import with_names
from workforce_source.skills import SkillLibrary, SkillNames, SkillReview

HEAD = "skill,proposed,decision\n"
LIBRARY = (
    "skill,aliases,category\n"
    "Kubernetes,k8s|container orchestration,Platform\n"
    "SQL Server,ms sql,Data\n"
    "Docker,container orchestration,Platform\n"
)


def names(
    folder: Path, review: str = "", library: str = LIBRARY, *, accept_listed: bool = False
) -> SkillNames:
    """A library and a review, written as files and read."""
    (folder / "library.csv").write_text(library, encoding="utf-8")
    (folder / "review.csv").write_text(HEAD + review, encoding="utf-8")
    return SkillNames(
        SkillLibrary.read(folder / "library.csv"),
        SkillReview.read(folder / "review.csv"),
        accept_listed=accept_listed,
    )


def seeds(folder: Path, **files: str) -> Seeds:
    """Seeds, written as files and read."""
    folder = folder / "seeds"
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return Seeds.read(folder)


def merged(joined: Seeds) -> dict[str, str]:
    """What becomes what."""
    return {alias.alias_key: alias.skill_name for alias in joined.aliases}


def test_nothing_is_merged_before_somebody_decides(pipelines: Pipelines, tmp_path: Path) -> None:
    """The same spelling, other names and slips are proposed, most held first; nothing else is."""
    held = {"SQLServer": 1, "k8s": 3, "Kubernetes": 2, "Container Orchestration": 1, "Rust": 5}
    pipeline = loaded(pipelines, "proposed", held)
    named = name_skills(pipeline, Seeds(), names(tmp_path))
    assert named.seeds == Seeds()
    assert [(p.skill, p.proposed, p.how) for p in named.proposals] == [
        ("k8s", "Kubernetes", "listed"),
        ("Kubernetes", "Kubernetes", "exact"),
        ("Container Orchestration", "Kubernetes", "listed"),
        ("Container Orchestration", "Docker", "listed"),
        ("SQLServer", "SQL Server", "near"),
    ]
    assert (named.held, named.in_library, named.merged) == (5, 3, 0)


def test_what_is_accepted_is_one_skill_in_the_marts(pipelines: Pipelines, tmp_path: Path) -> None:
    """By the name the library has; people are counted once, and the check counts it no more."""
    pipeline = loaded(pipelines, "accepted", {"SQL Servers": 2, "SQLServer": 1, "Rust": 1})
    build_marts(pipeline)
    assert offenders(pipeline) == 1
    decided = names(tmp_path, "SQLServer,SQL Server,accepted\nSQL Servers,SQL Server,accepted\n")
    built = build_marts(pipeline, seeds=name_skills(pipeline, Seeds(), decided).seeds)
    rows = Built(pipeline, built).rows("dim_skill", "skill_name, spellings")
    assert rows == [("Rust", 1), ("SQL Server", 2)]
    assert offenders(pipeline) == 0


@pytest.mark.search  # in the normal run, what is accepted
def test_what_is_rejected_is_asked_about_no_more(pipelines: Pipelines, tmp_path: Path) -> None:
    """Neither proposed again nor counted by the check, nor merged by the rule."""
    pipeline = loaded(pipelines, "rejected", {"SQLServer": 2, "SQL Server": 1, "k8s": 1})
    review = "SQL Server,SQLServer,rejected\nk8s,Kubernetes,rejected\n"
    decided = names(tmp_path, review, LIBRARY.replace("SQL Server", "Python"), accept_listed=True)
    named = name_skills(pipeline, Seeds(), decided)
    assert decided.review.new(named.proposals) == []
    assert named.seeds == Seeds()
    build_marts(pipeline, seeds=named.seeds)
    checks = run_checks(pipeline, decided=decided.review.rejected)
    assert checks[-1].offenders == 0


def offenders(pipeline: dlt.Pipeline) -> int:
    """How many skills the check finds that are spelled nearly alike."""
    (found,) = (c for c in run_checks(pipeline) if c.name == "skill_spelled_nearly_alike")
    return found.offenders


def test_the_rule_takes_what_is_listed_for_one_skill_and_no_spelling(tmp_path: Path) -> None:
    """A name of two skills waits for a person, and so does every slip."""
    ruled = names(tmp_path, accept_listed=True)
    keys = ("k8s", "kubernetes", "ms sql", "container orchestration", "kuberentes")
    assert merged(with_names(Seeds(), ruled, keys)) == {"k8s": "Kubernetes", "ms sql": "SQL Server"}
    assert ruled.category("kubernetes") == "Platform"
    assert names(tmp_path).category("kubernetes") is None
    assert names(tmp_path, "Kubernetes,Kubernetes,accepted\n").category("kubernetes") == "Platform"


def test_categories_are_the_librarys_where_that_was_accepted(tmp_path: Path) -> None:
    """Of the skill at the end; what a company wrote itself goes before, and must be of one mind."""
    decided = names(tmp_path, "kube,Kubernetes,accepted\nDocker,Docker,accepted\n")
    keys = ("kube", "docker", "sql server")
    joined = with_names(Seeds(), decided, keys)
    assert [(c.skill_name, c.skill_category) for c in joined.categories] == [
        ("Docker", "Platform"),
        ("Kubernetes", "Platform"),
    ]
    own = seeds(tmp_path, skill_category="skill,category\nkube,Ours\n")
    joined = with_names(own, decided, keys)
    assert [(c.skill_key, c.skill_category) for c in joined.categories] == [
        ("kubernetes", "Ours"),
        ("docker", "Platform"),
    ]
    own = seeds(tmp_path, skill_category="skill,category\nkube,Ours\nKubernetes,Theirs\n")
    with pytest.raises(ConfigError, match=r"kube into Ours and Kubernetes into Theirs"):
        with_names(own, decided, keys)


def test_requirements_follow_what_was_accepted(tmp_path: Path) -> None:
    """Of a skill, not of a badge that has the name."""
    head = "requirement,dimension,dimension_value,skill,badge_name,due_date\n"
    rows = "one,all,,K8s,,2027-01-01\ntwo,all,,,k8s,2027-01-01\n"
    own = seeds(tmp_path, requirement=head + rows)
    joined = with_names(own, names(tmp_path, accept_listed=True), ())
    assert [r.required_key for r in joined.requirements] == ["kubernetes", "k8s"]


def test_a_company_goes_before_the_rule_and_decisions_go_before_it(tmp_path: Path) -> None:
    """Its own aliases, a person's decision, and what it lists, in this order; to the last skill."""
    own = seeds(tmp_path, skill_alias="alias,skill\nk8s,Container Platform\nkube,K8s\n")
    ruled = names(tmp_path, "ms sql,T-SQL,accepted\nk9s,kube,accepted\n", accept_listed=True)
    assert merged(with_names(own, ruled, ("k8s", "ms sql", "k9s"))) == {
        **dict.fromkeys(("k8s", "kube", "k9s"), "Container Platform"),
        "ms sql": "T-SQL",
    }
    # who calls it by the short name goes before a library that does not
    short = names(tmp_path, "Kubernetes,K8s,accepted\n", accept_listed=True)
    assert merged(with_names(Seeds(), short, ("k8s", "kubernetes"))) == {"kubernetes": "K8s"}


def test_targets_follow_what_was_accepted(tmp_path: Path) -> None:
    """Also of a skill nobody has; two that become one are told."""
    head = "dimension,dimension_value,skill,min_people\n"
    own = seeds(tmp_path, skill_target=f"{head}team,Platform,K8s,3\n")
    ruled = names(tmp_path, accept_listed=True)
    (target,) = with_names(own, ruled, ()).targets
    assert (target.skill_key, target.skill_name) == ("kubernetes", "K8s")
    own = seeds(tmp_path, skill_target=f"{head}team,A,K8s,3\nteam,A,Kubernetes,4\n")
    with pytest.raises(ConfigError, match=r"team A for K8s and one for Kubernetes, which are one"):
        with_names(own, ruled, ())


@pytest.mark.parametrize(
    ("alias", "review", "said"),
    [
        (
            "k8s,Kubernetes",
            "Go,Golang,open\nK8s,Docker,accepted\n",
            "review.csv, line 3: K8s is accepted as Docker, but skill_alias.csv, line 2, says",
        ),
        (
            "k8s,Kubernetes",
            "K8s,Kubernetes,rejected\n",
            "review.csv, line 2: K8s is rejected as Kubernetes, but skill_alias.csv, line 2, says",
        ),
        (
            "Kubernetes,K8s",
            "K8s,Kubernetes,accepted\n",
            "review.csv, line 2 and skill_alias.csv, line 2 go in a circle",
        ),
    ],
)
def test_files_that_contradict_one_another_are_told_by_their_lines(
    alias: str, review: str, said: str, tmp_path: Path
) -> None:
    """Whoever wrote them has to say which is meant."""
    own = seeds(tmp_path, skill_alias=f"alias,skill\n{alias}\n")
    with pytest.raises(ConfigError) as refused:
        with_names(own, names(tmp_path, review), ())
    assert said in str(refused.value)


def test_a_decision_that_repeats_an_alias_contradicts_nothing(tmp_path: Path) -> None:
    """Also by way of another alias, and whatever is open."""
    own = seeds(tmp_path, skill_alias="alias,skill\nk8s,kube\nkube,Kubernetes\n")
    decided = names(tmp_path, "K8s,Kube,accepted\nkube,Kubernetes,accepted\nK8s,Docker,open\n")
    assert merged(with_names(own, decided, ())) == merged(own)


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "'=", "''+", "\uff1d"])
def test_a_cell_is_no_formula_and_is_read_as_it_was_meant(sign: str, tmp_path: Path) -> None:
    """A spreadsheet runs what begins with such a sign; some skills do begin so."""
    alias, skill = f"{sign}cmd|' /C calc'!A0", f"{sign}cmd"
    path = tmp_path / "skill_alias.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([("alias", "skill"), (written(alias), written(skill))])
    assert all(cell[0] == "'" for cell in (written(alias), written(skill)))
    (read,) = Seeds.read(tmp_path).aliases
    assert (read.alias_key, read.skill_name) == (skill_key(alias), skill)


def test_no_sign_comes_before_a_text_that_is_no_formula() -> None:
    """An apostrophe of its own stays one, and a tab or a line break is no way around."""
    assert [written(text) for text in ("C++", "'s", "\t=x", "\r=x")] == [
        *("C++", "'s", "'\t=x", "'\r=x"),
    ]
    assert meant("'s") == "'s"


def test_without_a_load_there_is_nothing_to_match(pipelines: Pipelines, tmp_path: Path) -> None:
    """The message says what to do first."""
    with pytest.raises(ConfigError, match="First load the organization"):
        name_skills(pipelines("unloaded"), Seeds(), names(tmp_path))


def loaded(pipelines: Pipelines, name: str, people: dict[str, int]) -> dlt.Pipeline:
    """Raw tables in which so many people have each skill, each from an external badge."""
    pipeline = pipelines(name)
    employees, badges, skills = [], [], []
    for skill, count in people.items():
        for number in range(count):
            employee = f"{skill_key(skill)} {number}"
            key = {"organization_id": "o", "employee_id": employee, "credly_record_id": employee}
            employees.append({"organization_id": "o", "id": employee})
            badges.append({**key, "badge_name": skill})
            skills.append({**key, "skill_name": skill, "skill_key": skill_key(skill)})
    raw.write(
        pipeline,
        {"employees": employees, "external_badges": badges, "external_badge_skills": skills},
    )
    return pipeline
