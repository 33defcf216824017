"""The text people read when a run ends: what was loaded, what was made of it, what to do next.

Text only, made from numbers. What may not be in here: counting, deciding, asking.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from workforce_source import Summary
from workforce_source.exit_codes import ExitCode
from workforce_source.job.outputs import MOST_SKILLS, Outputs
from workforce_source.job.progress import duration
from workforce_source.job.row_counts import RowCounts
from workforce_source.marts import CheckResult, MartsResult, TopSkill
from workforce_source.small_groups import Rule
from workforce_source.sync.statistics import MOST_TYPES
from workforce_source.tables import TABLES

_BAR = 20
"""Letters of the longest bar."""
_LABELS = {"error": "ERROR", "warn": "warning", "info": "note"}


def load_text(summary: Summary, counts: RowCounts | None, where: str, *, debug: bool) -> str:
    """Get what is to be said of a load.

    Args:
        summary: What the run did.
        counts: The rows the destination has now; None if they could not be counted.
        where: The destination, as people would say it.
        debug: Show the ids of unreadable employees.
    """
    return blocks(
        [headline(summary, where)],
        _tables(summary, counts),
        _requests(summary),
        _reads(summary, debug=debug),
        _signals(summary),
        remarks(summary, counts),
    )


def outputs_text(outputs: Outputs, exit_code: int) -> str:
    """Get what is to be said of the marts; nothing where none were asked for.

    Args:
        outputs: What was made of the tables.
        exit_code: How the run ends.
    """
    return blocks(
        _coverage(outputs.top, outputs.rule),
        _checks(outputs.checks),
        _skills(outputs),
        _written(outputs),
        _outcome(outputs, exit_code),
    )


def blocks(*parts: Iterable[str]) -> str:
    """Get blocks of lines with an empty line between; a block without lines is left out."""
    return "\n\n".join(filter(None, ("\n".join(part) for part in parts)))


def headline(summary: Summary, where: str) -> str:
    """Get the line that says how much was loaded."""
    rows = summary.statistics.rows_written
    what = f"{many(rows, 'row')} written" if rows else "nothing had changed"
    return f"Loaded into {where} in {seconds_text(summary.seconds)}: {what}."


def seconds_text(seconds: float) -> str:
    """Get seconds as a summary says them."""
    return f"{seconds:.1f} s" if seconds < 60 else duration(seconds)


def _tables(summary: Summary, counts: RowCounts | None) -> Iterator[str]:
    lines: list[tuple[str, ...]] = [("table", "rows", "added", "changed", "removed")]
    for table in TABLES:
        tally = summary.statistics.tally.get(table.name, Counter())
        now = f"{counts.by_table[table.name]:,}" if counts else "?"
        changes = ("added", "changed", "removed")
        told = ["" if table.bookkeeping else f"{tally.get(kind, 0):,}" for kind in changes]
        lines.append((table.name, now, *told))
    yield from align(lines)
    if counts is None:
        yield "(The rows could not be counted; the load itself is done.)"


def _requests(summary: Summary) -> Iterator[str]:
    lines = [("endpoint", "requests")]
    lines += [(name, f"{count:,}") for name, count in sorted(summary.requests.items())]
    lines.append(("all", f"{sum(summary.requests.values()):,}"))
    yield from align(lines)
    if summary.retries:
        yield f"{many(summary.retries, 'of them was a retry', 'of them were retries')}."


def _reads(summary: Summary, *, debug: bool) -> Iterator[str]:
    statistics = summary.statistics
    due, accepted = statistics.due_total, statistics.accepted
    line = f"Badges were due of {due:,} of {accepted:,} connected employees"
    if why := ", ".join(f"{n:,} {reason}" for reason, n in statistics.due.items() if n):
        line += f" ({why})"
    yield f"{line}; {statistics.read:,} were read."
    if statistics.capped:
        yield f"{statistics.capped:,} more were due and wait for a later run (max_badge_reads)."
    if statistics.oldest_read_at is not None:
        yield f"The oldest badges were read {statistics.oldest_read_at:%Y-%m-%d %H:%M} UTC."
    if statistics.never_read:
        yield f"{many(statistics.never_read, 'connected employee')} never read so far."
    if statistics.unreadable:
        kinds = ", ".join(
            f"{count:,} with {status or 'another answer'}"
            for status, count in sorted(statistics.unreadable.items())
        )
        yield f"Unreadable: {kinds}; they keep the badges they have here and are tried again."
        if debug:
            yield from (f"  {employee_id}" for employee_id in statistics.unreadable_ids)


def _signals(summary: Summary) -> Iterator[str]:
    counts = summary.statistics.signals
    if counts["new"]:
        yield (
            f"{many(counts['new'], 'event was', 'events were')} new and led to"
            f" {many(counts['employees'], 'employee')}."
        )
    for what, said in (
        ("read since", "of people whose badges had been read since"),
        ("nobody", "of nobody who is connected"),
        ("unknown", "that the API does not know"),
        ("other organization", "of another organization"),
        ("waiting", "that wait for the next run (max_signal_reads)"),
    ):
        if counts[what]:
            yield f"  {counts[what]:,} {said}"
    if types := summary.statistics.signal_types:
        names = ", ".join(sorted(types)[:MOST_TYPES])
        yield f"Of other types than signal_events names: {types.total():,} ({names})."


def remarks(summary: Summary, counts: RowCounts | None = None) -> Iterator[str]:
    """Get what is worth a sentence, one each.

    Args:
        summary: What the run did.
        counts: The rows the destination has now, if they were counted.
    """
    if summary.pending:
        yield f"Load packages an earlier run had left behind were {summary.pending}."
    yield from summary.statistics.notes
    if counts is not None and counts.other_organizations:
        others = many(counts.other_organizations, "other organization")
        yield f"The dataset also has {others}; organization_id tells them apart."
    if summary.statistics.held_back:
        held = ", ".join(
            f"{n:,} of {name}" for name, n in summary.statistics.held_back.items() if n
        )
        yield (
            f"Removals were held back ({held} rows): more than max_removed_share of what is here."
            " Everything else is loaded. Look at the account first; if they are really gone, run"
            f" once with --allow-removals: it asks for each by itself. (exit {ExitCode.HELD_BACK})"
        )
    if names := {*summary.statistics.held_values, *summary.statistics.holds}:
        counts_of = summary.statistics.held_values
        held = ", ".join(
            f"{counts_of[name]:,} of {name}" if counts_of[name] else name for name in sorted(names)
        )
        yield (
            f"Values that vanished from answers were held back ({held}): the rows keep what they"
            " have. Everything else is loaded. The API may have renamed or lost an attribute: look"
            " at an answer, and tell Credly. If the values are really gone, run once with"
            f" --allow-changes. (exit {ExitCode.HELD_BACK})"
        )
    for name, missing in summary.statistics.missed.items():
        yield (
            f"The list {name} changed while it was walked, twice: {many(missing, 'record')} it"
            " counts did not show. Nobody is removed for it; run again when less is going on there."
        )
    if summary.partial and summary.exit_code == ExitCode.PARTIAL:
        statistics = summary.statistics
        yield (
            f"The load is partial: {many(statistics.given_up, 'employee')} given up after retries,"
            f" {statistics.newly_unreadable:,} newly unreadable. Run again later; only they and"
            f" what is due is read. (exit {ExitCode.PARTIAL})"
        )


def _coverage(top: list[TopSkill], rule: Rule) -> Iterator[str]:
    if not top:
        return
    known, employees = rule.number(top[0].known), rule.number(top[0].employees)
    if not rule.tells(top[0].known):
        yield "The badges of few are known: no skill is told of so few (--small-groups show)."
        return
    yield (
        f"The skills held most, among {'the' if rule.exact else 'about'} {known:,} employees whose"
        " badges are known; of all employees between low and high"
        + (":" if rule.exact else ", all of it from numbers to the nearest five:")
    )
    most = max(1, *(rule.count(skill.people, skill.known).rounded for skill in top))
    lines: list[tuple[str, ...]] = [("skill", "people", "coverage", "low", "high", "")]
    for skill in top[:MOST_SKILLS]:
        people = rule.count(skill.people, skill.known)
        shares = (
            rule.share(people.rounded, known),
            rule.share(people.rounded, employees),
            rule.share(people.rounded + employees - known, employees),
        )
        lines.append(
            (
                skill.skill_name,
                people.words,
                *("" if share is None or people.few else share for share in shares),
                "█" * -(-people.rounded * _BAR // most),
            )
        )
    yield from align(lines, right=(1, 2, 3, 4))
    last = [rule.count(skill.people, skill.known).words for skill in top[MOST_SKILLS - 1 :]]
    if len(last) > 1 and last[0] == last[1]:
        yield "Others are held by as many people as the last."


def _checks(checks: list[CheckResult]) -> Iterator[str]:
    found = [check for check in checks if check.offenders]
    if not checks:
        return
    yield f"{len(checks)} checks of the data" + (":" if found else " found nothing.")
    for check in found:
        yield f"  {_LABELS[check.severity]}: {check.offenders:,} {check.message}"
        if check.name == "skill_spelled_nearly_alike":
            yield "    (--skill-review FILE writes them, to be accepted or rejected.)"


def _skills(outputs: Outputs) -> Iterator[str]:
    if (skills := outputs.skills) is None:
        return
    line = f"Of {many(skills.held, 'skill')} {skills.merged:,} are taken for another"
    if skills.in_library is not None:
        line += f", and {skills.in_library:,} have a name that the library knows"
    yield f"{line}."
    if (path := outputs.written.get("review of skills")) is not None:
        new = f" ({skills.new:,} new)" if skills.new else ""
        yield (
            f"{many(skills.waiting, 'proposal')} in {path} wait to be accepted or rejected{new}."
            if skills.waiting
            else f"No proposal in {path} waits to be accepted or rejected."
        )


def _written(outputs: Outputs) -> Iterator[str]:
    if outputs.marts is not None:
        rows = sum(outputs.marts.rows.values())
        yield (
            f"Built {len(outputs.marts.rows)} marts for {outputs.marts.as_of} with {rows:,} rows in"
            f" {outputs.marts.seconds:.1f} s."
        )
        yield from _of_another_day(outputs.marts)
    for what, path in outputs.written.items():
        yield f"Wrote the {what} {path}."
    for what, path in outputs.not_written.items():
        yield f"Did not write the {what} {path}: a check marked ERROR found something."


def _of_another_day(marts: MartsResult) -> Iterator[str]:
    if marts.snapshot:
        return
    times = marts.observed.values()
    if times:
        between = " to ".join(f"{at:%Y-%m-%d %H:%M}" for at in sorted({min(times), max(times)}))
        yield (
            f"  They are what {many(len(times), 'organization')} held as observed on {between} UTC,"
            " and stay until marts are built again."
        )
        if marts.left_out:
            left_out = many(len(marts.left_out), "organization")
            yield f"  Left out, because nobody observed them then: {left_out}."
    else:
        yield (
            "  Only their date is of that day: they are rebuilt from what is loaded now, for no"
            " history was kept. They stay until marts are built again."
        )


def _outcome(outputs: Outputs, exit_code: int) -> Iterator[str]:
    # only the code the run ends with is named: it may be the load's own, which goes first
    ends = f" (exit {exit_code})" if exit_code == outputs.exit_code else ""
    if outputs.not_built is not None:
        yield outputs.not_built
    if outputs.failure is not None:
        yield (
            "The data is loaded, but not everything was made of it. "
            f"{outputs.failure} Then run again: only what is due is read.{ends}"
        )
    elif outputs.exit_code:
        yield (
            "The data is loaded, but a check marked ERROR says that its figures cannot be trusted"
            f" yet. docs/marts.md says what each means.{ends}"
        )
        if outputs.not_written:
            yield "Files of before stay as they were; --despite-errors writes them all the same."


def align(lines: Sequence[tuple[str, ...]], right: Sequence[int] | None = None) -> Iterator[str]:
    """Get lines with their cells below one another; all but the first to the right, or `right`."""
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    numbers = range(1, len(widths)) if right is None else right
    for line in lines:
        cells = (
            cell.rjust(width) if i in numbers else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        yield f"  {'  '.join(cells)}".rstrip()


def many(count: int, one: str, more: str | None = None) -> str:
    """Get a number with its noun, in the plural where it takes one."""
    return f"{count:,} {one if count == 1 else more or one + 's'}"
