"""A library of skills: a company's own file, and files of the form ESCO hands out."""

from __future__ import annotations

from pathlib import Path

import pytest

from workforce_source.exceptions import ConfigError
from workforce_source.skills import SkillLibrary, files_of_library

SKILLS = "conceptType,conceptUri,skillType,reuseLevel,preferredLabel,altLabels,hiddenLabels,status"
SKILLS += ",modifiedDate,scopeNote,definition,inScheme,description\n"
COLLECTION = "conceptType,conceptUri,preferredLabel,status,skillType,reuseLevel,altLabels"
COLLECTION += ",description,broaderConceptUri,broaderConceptPT\n"


def write(folder: Path, **files: str) -> Path:
    """Write CSV files into a folder."""
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def test_a_library_of_ones_own_has_skills_aliases_and_categories(tmp_path: Path) -> None:
    """Aliases are separated by bars or line breaks; only the skill itself must be there."""
    text = 'skill,aliases,category\nKubernetes,"k8s|kube\nK8S",Platform\nSQL,,\n'
    library = SkillLibrary.read(write(tmp_path, own=text) / "own.csv")
    assert {k: (s.name, s.category) for k, s in library.skills.items()} == {
        "kubernetes": ("Kubernetes", "Platform"),
        "sql": ("SQL", None),
    }
    assert library.listed == {"k8s": ("kubernetes",), "kube": ("kubernetes",)}
    write(tmp_path, short="skill\nSQL\n")
    assert list(SkillLibrary.read(tmp_path / "short.csv").skills) == ["sql"]


def test_escos_skills_get_the_nearest_group_above_them(tmp_path: Path) -> None:
    """Of the files beside them; a skill below another skill gets that one's."""
    python = "python (computer programming)"
    rows = [
        f'K,uri:py,knowledge,cross-sector,{python.title()},"Python 3\nPy",Pyton,released',
        "K,uri:dj,knowledge,sector-specific,Django,,,released",
        "K,uri:no,knowledge,sector-specific,loose,Python 3,,released",
    ]
    write(
        tmp_path,
        skills_en=SKILLS + "".join(f"{row},2024-01-01,,,scheme,What it is.\n" for row in rows),
        broaderRelationsSkillPillar_en=(
            "conceptType,conceptUri,broaderType,broaderUri\n"
            "K,uri:py,SkillGroup,uri:coding\nK,uri:dj,K,uri:py\nK,uri:no,K,uri:gone\n"
            "SkillGroup,uri:coding,SkillGroup,uri:all\nK,uri:gone,K,uri:no\n"
        ),
        skillGroups_en=(
            "conceptType,conceptUri,preferredLabel,altLabels\n"
            "SkillGroup,uri:coding,computer programming,\nSkillGroup,uri:all,knowledge,\n"
        ),
    )
    library = SkillLibrary.read(tmp_path / "skills_en.csv")
    assert {skill.name: skill.category for skill in library.skills.values()} == {
        "Python (Computer Programming)": "computer programming",
        "Django": "computer programming",
        "loose": None,
    }
    assert library.listed == {
        "python 3": (python, "loose"),
        "py": (python,),
        "pyton": (python,),
    }
    assert [file.name for file in files_of_library(tmp_path / "skills_en.csv")] == [
        *("skills_en.csv", "broaderRelationsSkillPillar_en.csv", "skillGroups_en.csv"),
    ]
    (tmp_path / "skillGroups_en.csv").unlink()
    alone = SkillLibrary.read(tmp_path / "skills_en.csv")
    assert {skill.category for skill in alone.skills.values()} == {None}


def test_a_collection_of_esco_says_its_groups_itself(tmp_path: Path) -> None:
    """Its other names and groups stand between bars."""
    row = "K,uri:h,Haskell,released,knowledge,sector-specific,Haskell techniques | GHC,What it is."
    row += ",uri:1 | uri:2,computer programming | software\n"
    write(tmp_path, digitalSkillsCollection_en=COLLECTION + row)
    library = SkillLibrary.read(tmp_path / "digitalSkillsCollection_en.csv")
    assert library.skills["haskell"].category == "computer programming"
    assert set(library.listed) == {"haskell techniques", "ghc"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name,aliases\nSQL,\n", "line 1: the column skill is missing"),
        ("skill;aliases\nSQL;\n", "line 1: its values are separated by semicolons"),
        (
            "skill,alias\nSQL,\n",
            "line 1: the column `alias` is not one of skill, aliases, category",
        ),
        ("skill,aliases\nSQL,\n,x\n", "line 3: skill is empty"),
        ("skill\n\u200b\u200dx\n\u2062-\n\x07\n", "line 4: nothing is to be seen of the name"),
    ],
)
def test_a_row_that_cannot_be_used_is_told_by_its_line(
    text: str, said: str, tmp_path: Path
) -> None:
    """As in the other files a company fills in."""
    with pytest.raises(ConfigError, match=r"^library\.csv, ") as refused:
        SkillLibrary.read(write(tmp_path, library=text) / "library.csv")
    assert said in str(refused.value)


def test_a_library_that_is_not_there_is_said(tmp_path: Path) -> None:
    """A misspelt name is no empty library."""
    with pytest.raises(ConfigError, match="There is no library of skills"):
        SkillLibrary.read(tmp_path / "gone.csv")
