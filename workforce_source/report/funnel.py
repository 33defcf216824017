"""Makes the figures about invitations, with small groups suppressed.

Pure, like `making.py`; which groups have figures was decided there.
"""

from collections.abc import Hashable

from workforce_source.report.alternatives import Sum, narrowed
from workforce_source.report.complements import Groups
from workforce_source.report.facts import Facts, Group
from workforce_source.report.figures import Funnel
from workforce_source.small_groups import SMALL, Rule, Shown

_REST = "the departments without a row"


def invitations_funnel(facts: Facts, groups: Groups, rule: Rule) -> Funnel:
    """Get how far invitations have come; a table that would tell a small group stays empty."""
    return Funnel(_not_connected(facts, rule), tuple(_accepted(facts, groups, rule).values()))


def _not_connected(facts: Facts, rule: Rule) -> tuple[tuple[str, Shown], ...]:
    every = facts.invited.values()
    total = facts.everybody.employees - facts.everybody.connected
    declined = sum(one.rejected for one in every)
    pending = sum(one.pending for one in every)
    counts = {
        "No answer yet": pending,
        "Declined": declined,
        "Not invited, or other": total - declined - pending,
    }
    parts = {name: rule.count(count) for name, count in counts.items()}
    if rule.exact:
        return tuple(parts.items())
    ranges: dict[Hashable, Shown] = dict(parts.items())
    ranges["all"] = Shown(total, total)
    left = narrowed(ranges, [Sum("all", tuple(parts))])
    if any(0 < counts[name] < SMALL and left[name][0] == left[name][1] for name in parts):
        return ()
    return tuple(parts.items())


def _accepted(facts: Facts, groups: Groups, rule: Rule) -> dict[Group, tuple[str, int, Shown]]:
    rows: dict[Group, tuple[str, int, Shown]] = {}
    # everybody connected, and the known people of each group, are told to the person
    connected = facts.everybody.connected
    ranges: dict[Hashable, Shown] = {"all": Shown(connected, connected)}
    employees: dict[Hashable, int] = {}
    for group in groups.shown["department"]:
        size = facts.sizes[group]
        shown = rule.count(size.connected, size.employees)
        rows[group] = (group.value, rule.number(size.employees), shown)
        employees[group] = size.employees
        ranges[group] = Shown(max(shown.low, size.known), min(shown.high, size.employees))
    hidden = [facts.sizes[group] for group in groups.hidden["department"]]
    employees[_REST] = sum(size.employees for size in hidden)
    ranges[_REST] = Shown(sum(size.known for size in hidden), employees[_REST])
    left = narrowed(ranges, [Sum("all", tuple(employees))])
    for part, there in employees.items():
        low, high = left[part]
        if not rule.exact and low == high and (0 < low < SMALL or 0 < there - low < SMALL):
            return {}
    return rows
