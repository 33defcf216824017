"""The hand-made organization `acme`, with every trap of counting skills in it, and a second one.

Only rows; what is to be counted of them stands in `test_marts_by_hand.py`. The marts are made for
2026-11-24. Employees have short ids (`e01`), so that the figures can be checked with a pencil.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from workforce_source.marts import Alias, Category, Cost, Requirement, Seeds, Target, skill_key

AS_OF = date(2026, 11, 24)
ACME, OTHER = "acme", "other"

_CREATED = datetime(2026, 1, 15, 9, 0, tzinfo=UTC)
_READ = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)
_GONE = datetime(2026, 11, 1, tzinfo=UTC)

_SQL_BASICS = ("template", "t-sql", "t-sql")
_CONTAINER_DAY = ("badge", "Container Day", "Container Day", "Acme Academy")

SEEDS = Seeds(
    aliases=(Alias("k8s", "kubernetes", "Kubernetes", "the usual short form"),),
    targets=(
        # one for every organization, and one of acme's own in its place
        Target("department", "Engineering", "kubernetes", "Kubernetes", min_people=7),
        Target("department", "Engineering", "kubernetes", "Kubernetes", 6, None, ACME),
        Target("team", "Web", "kubernetes", "Kubernetes", None, Decimal("0.9"), ACME),
        Target("team", "Field", "sql", "SQL", 3, None, ACME),
        Target("team", "Nowhere", "sql", "SQL", 1, None, ACME),
        Target("team", "Web", "rust", "Rust", 1, None, ACME),
        Target("all", "all", "sql", "SQL", 2, None, ACME),
        Target("department", "(unknown)", "linux", "Linux", None, Decimal("0.5"), ACME),
        Target("country", "Germany", "kubernetes", "Kubernetes", None, Decimal("0.625"), ACME),
        Target("location", "Moi, Kenya", "sql", "SQL", 1, None, ACME),
    ),
    own_issuers=("Acme Academy", "Acme University"),
    requirements=(
        Requirement(
            *("Orchestration", "department", "Engineering", "skill", "kubernetes", "Kubernetes"),
            fixed_date=date(2026, 10, 31),
            grace_days=30,
            organization_id=ACME,
        ),
        # the 300th day of whoever was created on January 15 is November 11
        Requirement(*("Data", "team", "Field", *_SQL_BASICS), due_days=300, grace_days=10),
        Requirement(
            *("Data", "team", "BI", *_SQL_BASICS),
            fixed_date=date(2026, 6, 30),
            due_days=300,
            grace_days=10,
        ),
        # Engineering is in Germany: the earlier day counts there
        Requirement(
            *("Day", "department", "Engineering", *_CONTAINER_DAY),
            fixed_date=date(2026, 12, 1),
            organization_id=ACME,
        ),
        # one for every organization, and one of acme's own in its place
        Requirement(*("Day", "country", "Germany", *_CONTAINER_DAY), fixed_date=date(2020, 1, 1)),
        Requirement(
            *("Day", "country", "Germany", *_CONTAINER_DAY),
            fixed_date=date(2027, 1, 1),
            organization_id=ACME,
        ),
        Requirement(
            *("Admin", "team", "Web", "badge", "Certified K8s Admin", "Certified K8s Admin"),
            fixed_date=AS_OF,
        ),
        Requirement(*("Safety", "team", "Nowhere", "skill", "rust", "Rust"), due_days=0),
    ),
    categories=(
        Category("kubernetes", "Kubernetes", "Operations"),
        Category("linux", "Linux", "Operations"),
        Category("sql", "SQL", "Data"),
        Category("python", "Python", "Data"),
        Category("cobol", "COBOL", "Data"),  # which nobody ever had
    ),
    costs=(
        Cost(None, "Certified K8s Admin", None, Decimal("300.10"), "USD"),
        Cost(None, "Certified K8s Admin", "Cloud Guild", Decimal("250.20"), "EUR"),
        Cost("t-k3", None, None, Decimal("99.50"), "EUR"),
        Cost(None, "Container Day", "Acme Academy", Decimal(1), "EUR"),  # its id stands before
        Cost(None, "Diploma x07", None, Decimal("40"), "USD"),
        Cost(None, "Diploma x08", "Cloud Guild", Decimal("7"), "USD"),  # Open School's
    ),
)

_STATES = {
    # accepted unless said otherwise
    "pending": (8, 23, 30, 31, 36),
    "rejected": (13, 32),
    "created": (14, 24),
    "archived": (38,),  # a state the API does not document
}
_NUMBERS = tuple(range(1, 39))
DELETED = 37


def _state(number: int) -> str:
    return next((state for state, ns in _STATES.items() if number in ns), "accepted")


def _place(number: int) -> tuple[str | None, str | None]:
    if number <= 8 or number == DELETED:
        return "Engineering", "Platform"
    if number <= 14:
        return "Engineering", "Web"
    if number <= 24:
        return "Data", "BI"
    if number <= 33 or number == 38:
        # no space of any kind around a name, and nothing unseen in it, makes another department
        name = {30: "\u00a0Sales", 31: "\tSales\u3000", 32: "Sa\u200bles", 33: "\ufeffSales\n"}
        return name.get(number, "Sales "), "Field"
    return ("   " if number == 35 else None), None  # blank and null are both unknown


def _manager(number: int) -> str | None:
    """e01 is their own manager, and e09's and e15's; below e09 is e10, and below that e25."""
    if number <= 9 or number == 15:
        return "ext-01"
    below = {
        25: "ext-10",
        **{26: "ext-27", 27: "ext-26", 28: "ext-27"},  # a circle, and who hangs on it
        29: "ext-34",  # which e34 and e35 share
        30: "ext-99",  # who is nobody
        32: "",
        33: f"ext-{DELETED}",
        34: "EXT-01",  # another id than ext-01
    }
    if number in below or number > 28:
        return below.get(number)
    return "ext-09" if number <= 14 else "ext-15"


def _employee(number: int) -> dict[str, Any]:
    department, team = _place(number)
    state = _state(number)
    created = _CREATED
    if number == 24:  # 2026-02-28 in Los Angeles, March in UTC
        created = datetime.fromisoformat("2026-02-28T23:30:00-08:00")
    return {
        "organization_id": ACME,
        "id": f"e{number:02}",
        "email": f"person{number}@acme.example",
        "first_name": "Given",
        "last_name": f"Family{number}",
        "full_name": f"Given Family{number}",
        "zip_code": f"9{number:04}",
        "external_id": None if number in (36, 38) else f"ext-{34 if number == 35 else number:02}",
        "manager_external_id": _manager(number),
        "created_at": created,
        "employee_state": state,
        # who accepted took as many days as the number says
        "employee_state_updated_at": created + timedelta(days=number),
        # e14 was never invited; e24 was, and is `created` all the same
        "last_invitation_sent_at": None if number == 14 else created,
        "department": department,
        "team": team,
        "country": "Germany" if number <= 24 or number == DELETED else "Kenya",
        "location": "Moi, Kenya" if number in (36, 38) else None,
        "removed_at": _GONE if number == DELETED else None,
    }


def _reads() -> list[dict[str, Any]]:
    reads = []
    for number in _NUMBERS:
        # e22 is accepted and has no row at all
        if _state(number) != "accepted" or number == 22:
            continue
        status = "read"
        read_at: datetime | None = _READ
        removed: datetime | None = None
        if number == 7:
            status, read_at = "waiting", None
        if number == 12:
            status, read_at = "unreadable", None
        if number == 21:  # unreadable today, read before: the badges of then are here
            status = "unreadable"
        if number in (33, DELETED):  # a row of bookkeeping that no longer holds
            removed = _GONE
        reads.append(
            {
                "organization_id": ACME,
                "employee_id": f"e{number:02}",
                "badges_read_at": read_at,
                "attempted_at": _READ,
                "read_status": status,
                "removed_at": removed,
            }
        )
    return reads


_TEMPLATES = {
    # id: (name, issuer, skills)
    "t-k1": ("Certified K8s Admin", "Cloud Guild", ("Kubernetes", "kubernetes")),  # one, twice
    "t-k2": ("K8s Developer", "Cloud Guild", (" KUBERNETES", "Linux")),
    "t-k3": ("Container Day", "Acme Academy", ("k8s",)),  # an alias
    "t-sql": ("SQL Basics", "Acme Academy", ("SQL",)),
    "t-py": ("Python I", "Cloud Guild", ("Python",)),
    "t-none": ("Welcome", "Acme Academy", ()),
}


def _template_skills() -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [
        {
            "organization_id": ACME,
            "badge_template_id": template,
            "skill_name": skill,
            "skill_key": skill_key(skill),
        }
        for template, (_, _, skills) in _TEMPLATES.items()
        for skill in skills
    ]
    # SQL Basics once stood for Kubernetes too
    rows.append({**rows[0], "badge_template_id": "t-sql", "removed_at": _GONE})
    return rows


def _badge(
    badge: str,
    employee: str,
    template: str,
    issued: str | None,
    expires: str | None = None,
    **more: Any,
) -> dict[str, Any]:
    return {
        "organization_id": ACME,
        "employee_id": employee,
        "id": badge,
        "badge_template_id": template,
        "issuer_name": _TEMPLATES[template][1],
        "state": "accepted",
        "public": True,
        **_dates(issued, expires),
        **more,
    }


def _dates(issued: str | None, expires: str | None) -> dict[str, Any]:
    dates: dict[str, Any] = {}
    for name, text in (("issued", issued), ("expires", expires)):
        if text:
            dates[f"{name}_at"] = datetime.fromisoformat(f"{text}T12:00:00+00:00")
            dates[f"{name}_at_date"] = date.fromisoformat(text)
    return dates


_BADGES = [
    _badge("b01", "e01", "t-k1", "2025-01-10"),
    _badge("b02", "e02", "t-k2", "2024-05-05", "2027-05-05"),
    _badge("b03", "e03", "t-k3", "2025-11-24", "2026-11-24"),  # today is the last day
    _badge("b04", "e04", "t-k1", "2023-11-23", "2026-11-23"),  # expired yesterday
    _badge("b05", "e05", "t-k1", "2025-01-10", state="revoked"),
    _badge("b06", "e06", "t-k1", "2025-01-10", state="pending"),
    # one template twice, in one month
    _badge("b09a", "e09", "t-k1", "2025-06-01", "2026-12-01"),
    _badge("b09b", "e09", "t-k1", "2025-06-20", "2028-01-01"),
    _badge("b10", "e10", "t-k2", "2025-06-15", public=False),  # private counts
    _badge("b11", "e11", "t-k1", "2025-01-31", "2027-01-31"),  # x11 is the same certificate
    _badge("b15", "e15", "t-k1", "2025-01-10", state="rejected"),
    _badge("b15s", "e15", "t-sql", "2025-01-20"),
    _badge("b17", "e17", "t-k1", "2026-11-25"),  # tomorrow
    _badge("b17p", "e17", "t-py", "2019-06-01", "2020-06-01"),
    # still the 24th in Los Angeles, the 25th in UTC: tomorrow
    _badge(
        "b18",
        "e18",
        "t-k1",
        None,
        issued_at=datetime.fromisoformat("2026-11-24T23:30:00-08:00"),
    ),
    _badge("b19", "e19", "t-k1", None),  # no date of issue: in the past
    # ended on the 23rd in Los Angeles, lasts through the 24th in UTC
    _badge(
        "b20",
        "e20",
        "t-k1",
        "2024-11-24",
        expires_at=datetime.fromisoformat("2026-11-23T16:30:00-08:00"),
    ),
    _badge("b21", "e21", "t-k1", "2025-01-05"),
    _badge("b25", "e25", "t-sql", "2025-12-24", "2026-12-24"),
    _badge("b26", "e26", "t-k1", "2025-01-10", removed_at=_GONE),  # it was, and is gone
    # the date says November, the time December in UTC: December
    _badge(
        "b26s",
        "e26",
        "t-sql",
        "2025-12-01",
        issued_at_date=date(2025, 11, 30),
    ),
    _badge("b27", "e27", "t-sql", "2025-01-10", state="lapsed"),  # an undocumented state
    _badge("b28", "e28", "t-sql", "2026-05-01", "2026-04-01"),  # expired before it was issued
    _badge("b29", "e29", "t-none", "2025-12-10"),
    _badge("b30", "e30", "t-k1", "2025-12-05"),  # of an employee who is not connected
    _badge("b34", "e34", "t-k3", "2025-11-01"),
    _badge("b37", "e37", "t-k1", "2025-01-10"),  # of an employee who was deleted
]


def _external(
    record: str,
    employee: str,
    issued: str | None,
    expires: str | None = None,
    *,
    skill: str = "Kubernetes",
    verified: bool | None = True,
) -> tuple[dict[str, Any], dict[str, Any]]:
    key = {"organization_id": ACME, "employee_id": employee, "credly_record_id": record}
    same_as_b11 = record == "x11"
    badge = {
        **key,
        "badge_name": "Certified K8s Admin" if same_as_b11 else f"Diploma {record}",
        "issuer_name": "Cloud Guild" if same_as_b11 else "Open School",
        "verified": verified,
        **_dates(issued, expires),
    }
    return badge, {**key, "skill_name": skill, "skill_key": skill_key(skill)}


_EXTERNAL = [
    _external("x07", "e07", "2025-12-31", "2026-12-31"),  # connected, not read
    _external("x08", "e08", "2025-06-05", verified=False),  # not connected
    _external("x11", "e11", "2025-01-31", "2027-01-31"),
    _external("x13", "e13", "2024-01-01", "2025-01-01"),
    _external("x16", "e16", None, skill="K8s", verified=False),
    _external("x18", "e18", "2025-02-02", skill="Power BI"),
    _external("x20", "e20", "2025-02-03", skill="PowerBI"),
    _external("x22", "e22", "2025-02-04", skill="Ｋubernetes", verified=None),  # noqa: RUF001 # a wide K
    # nobody sees the zero-width space
    _external("x28", "e28", "2025-12-09", skill="s\u200bql", verified=None),
]

# the second organization uses the ids of the first for other things
_OTHERS: dict[str, list[dict[str, Any]]] = {
    "employees": [
        {
            **_employee(number),
            "organization_id": OTHER,
            "employee_state": "accepted" if number == 1 else "pending",
        }
        for number in (1, 2)
    ],
    "badge_reads": [{**_reads()[0], "organization_id": OTHER}],
    "badge_templates": [{"organization_id": OTHER, "id": "t-k1", "name": "Chef"}],
    "badge_template_skills": [
        {
            "organization_id": OTHER,
            "badge_template_id": "t-k1",
            "skill_name": "Cooking",
            "skill_key": "cooking",
        }
    ],
    "employee_badges": [{**_BADGES[0], "organization_id": OTHER, "issuer_name": "Kitchen"}],
}

ROWS: dict[str, list[dict[str, Any]]] = {
    "employees": [*map(_employee, _NUMBERS), *_OTHERS["employees"]],
    "badge_reads": [*_reads(), *_OTHERS["badge_reads"]],
    "badge_templates": [
        *(
            {"organization_id": ACME, "id": template, "name": name}
            for template, (name, _, _) in _TEMPLATES.items()
        ),
        *_OTHERS["badge_templates"],
    ],
    "badge_template_skills": [*_template_skills(), *_OTHERS["badge_template_skills"]],
    "employee_badges": [*_BADGES, *_OTHERS["employee_badges"]],
    "external_badges": [badge for badge, _ in _EXTERNAL],
    "external_badge_skills": [
        *(skill for _, skill in _EXTERNAL),
        *(
            {**skill, "skill_name": "Docker", "skill_key": "docker"}
            for _, skill in _EXTERNAL
            if skill["credly_record_id"] in ("x11", "x16", "x18", "x20")
        ),
        # nothing of it is to be seen
        {**_EXTERNAL[-1][1], "skill_name": "\u200b\ufeff", "skill_key": skill_key("\u200b\ufeff")},
    ],
    "changes": [
        {
            "organization_id": ACME,
            "table_name": "badge_template_skills",
            "row_key": '["t-sql", "Kubernetes"]',
            "previous_changed_at": _CREATED,
            "changed_at": _GONE,
            "change": "removed",
        }
    ],
}
