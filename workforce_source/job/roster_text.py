"""A plan and its receipts as people read them: totals first, then examples by line.

Nothing of a person but the API's id is in these words.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from workforce_source.roster import Operation, Plan, Receipts, Trouble

MOST: Final = 10
"""Examples of each kind."""


def plan_text(plan: Plan, *, every: bool = False) -> str:
    """Get a plan as text.

    Args:
        plan: The plan.
        every: Show all operations, not only the first of each kind.
    """
    most = None if every else MOST
    return "\n".join([*_totals(plan), *_examples(plan, most)])


def receipts_text(receipts: Receipts) -> str:
    """Get what was done as text."""
    lines = ["Applied:"]
    for kind, outcomes in receipts.counts().items():
        told = ", ".join(f"{count:,} {outcome}" for outcome, count in outcomes.items())
        lines.append(f"  {kind:<10} {told}")
    if len(lines) == 1:
        lines.append("  nothing: there was nothing to do")
    unsettled = receipts.unsettled
    for one in unsettled[:MOST]:
        where = f"{receipts.plan.unit} {one.line}" if one.line else one.employee_id or "somebody"
        said = receipts.said.get(one.number)
        words = f': "{said}"' if said else ""
        status = f" ({one.status})" if one.status else ""
        lines.append(f"  {one.operation} {where}: {one.outcome.meaning}{status}{words}")
    if len(unsettled) > MOST:
        lines.append(f"  ... and {len(unsettled) - MOST:,} more; the receipts have all of them")
    return "\n".join(lines)


def _totals(plan: Plan) -> Iterator[str]:
    columns = ", ".join(f"{name} {count:,}" for name, count in plan.updated_columns.items())
    rules, missing = plan.rules, plan.missing
    yield f"Plan {plan.digest}: {plan.desired:,} rows, {plan.current:,} people in Credly"
    yield _total("unchanged", plan.unchanged)
    yield _total("update", len(plan.of("update")), columns)
    yield _total("create", len(plan.of("create")))
    later = [
        f"{count:,} {why}"
        for count, why in (
            (plan.cooling, "were invited a short time ago"),
            (plan.capped, "wait for another day"),
        )
        if count
    ]
    yield _total("invite", len(plan.of("invite")), "; ".join(later) if rules.invite else "off")
    kept = [
        f"{count:,} {why}"
        for count, why in (
            (missing.accepted, "accepted and stay"),
            (missing.meant, "stay, because a row that was not for them has a key of theirs"),
            (missing.namesakes, "stay, because a row of their name may be them"),
        )
        if count
    ]
    off = f"of {missing.in_scope:,} in scope" + "".join(f"; {one}" for one in kept)
    yield _total("delete", len(plan.of("delete")), off if rules.delete_missing else "off")
    yield _total("conflicts", len(plan.trouble("conflict")))
    yield _total("rejected", len(plan.trouble("rejected")))
    if missing.held:
        yield f"Deletions held back: {missing.held:,}, because {' and '.join(missing.why)}."
    yield from plan.notes


def _total(what: str, count: int, more: str = "") -> str:
    return f"  {what:<10} {count:>8,}  {more}".rstrip()


def _examples(plan: Plan, most: int | None) -> Iterator[str]:
    keyed = plan.keyed
    parts: list[tuple[str, list[str]]] = [
        ("external_id set, by e-mail", [_operation(plan, one) for one in keyed]),
        ("update", [_operation(plan, one) for one in plan.of("update") if one not in keyed]),
        ("create", [_operation(plan, one) for one in plan.of("create")]),
        ("invite", [_operation(plan, one) for one in plan.of("invite")]),
        ("delete", [_operation(plan, one) for one in plan.of("delete")]),
        ("conflict", [_trouble(plan, one) for one in plan.trouble("conflict")]),
        ("rejected", [_trouble(plan, one) for one in plan.trouble("rejected")]),
    ]
    for title, lines in parts:
        if lines:
            yield f"\n{title}"
            yield from lines[:most]
            if most is not None and len(lines) > most:
                yield f"  ... and {len(lines) - most:,} more (--out FILE has all of them)"


def _operation(plan: Plan, one: Operation) -> str:
    where = f"{plan.unit} {one.line}" if one.line else f"id {one.employee_id}"
    return f"  {where:<10} {', '.join(one.columns)}".rstrip()


def _trouble(plan: Plan, one: Trouble) -> str:
    more = ""
    if one.lines:
        more += f" ({plan.unit}s {_listed(map(str, one.lines))})"
    if one.employee_ids:
        more += f" (ids {_listed(one.employee_ids)})"
    return f"  {plan.unit + ' ' + str(one.line):<10} {one.reason}{more}"


def _listed(words: Iterable[str], most: int = 5) -> str:
    every = list(words)
    return ", ".join([*every[:most], *(["..."] if len(every) > most else [])])
