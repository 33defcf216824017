"""The badge templates of the generated population, and who issues them.

Who earns them is in `populate.py`.
"""

from random import Random

from workforce_source.sandbox import vocabulary as words
from workforce_source.sandbox.model import Issuer, Template, random_uuid

_VALID_DAYS = (None, None, 365, 730, 1095)


def catalogue(rng: Random) -> list[Template]:
    """Get a couple of hundred templates: the employer's own and those of other issuers."""
    employer = Issuer(words.EMPLOYER, _image("issuer", rng), employer=True)
    others = [
        Issuer(name, None if i % 5 == 4 else _image("issuer", rng))
        for i, name in enumerate(words.ISSUERS)
    ]
    templates = []
    for number, (topic, skills) in enumerate(words.TOPICS.items()):
        for level, level_name in enumerate(words.TOPIC_LEVELS):
            issuer = employer if (number + level) % 3 == 0 else rng.choice(others)
            templates.append(_template(rng, f"{topic}: {level_name}", topic, skills, issuer))
        templates.append(
            _template(rng, f"{words.EMPLOYER} {topic} Day", topic, skills[:1], employer)
        )
        if number % 2:
            again = rng.choice(others)
            templates.append(
                _template(rng, f"Certified {topic} Professional", topic, skills, again)
            )
    _make_awkward(templates)
    return templates


def _template(
    rng: Random, name: str, topic: str, skills: tuple[str, ...], issuer: Issuer
) -> Template:
    named = [_spelled(rng, skill) for skill in skills]
    if rng.random() < 0.4:
        named.append(rng.choice(("Communication", "Teamwork", "Problem Solving", "Documentation")))
    identifier = random_uuid(rng)
    return Template(
        id=identifier,
        name=name,
        description=f"Earners have shown what {topic} asks of them, in work and in an assessment.",
        skills=list(dict.fromkeys(named)),
        issuer=issuer,
        image_url=_image("template", rng),
        image=None if rng.random() < 0.5 else f"templates/{identifier}/image.png",
        valid_days=rng.choice(_VALID_DAYS),
    )


def _spelled(rng: Random, skill: str) -> str:
    spellings = words.SPELLINGS.get(skill)
    return rng.choice(spellings) if spellings and rng.random() < 0.3 else skill


def _image(kind: str, rng: Random) -> str:
    return f"https://images.badges.example/{kind}/{rng.getrandbits(64):016x}.png"


def _make_awkward(templates: list[Template]) -> None:
    """Give a few templates what real ones may have; the first are earned by the first employees."""
    templates[0].skills = ["Machine Learning", "machine learning", "Machine  Learning", "Statistik"]
    templates[1].skills = []
    templates[1].description = None
    templates[2].skills = ["SQL", "SQL", "Häfen, Wege & „Zölle“"]
    templates[2].description = "Two\nlines, a \"quote\", a 'tick', a \\ and an emoji 🎓"
    templates[3].image = templates[3].image_url = None
    templates[4].name = templates[3].name  # two templates, one name
