"""The summary people read: what the run did, what is there now, what to do next.

Text only, made from numbers; nothing is counted here.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

from workforce_source import Summary
from workforce_source.exit_codes import ExitCode
from workforce_source.job.holdings import Holdings
from workforce_source.job.progress import duration
from workforce_source.tables import TABLES


def text(summary: Summary, holdings: Holdings | None, where: str, *, debug: bool) -> str:
    """Get the summary of a run.

    Args:
        summary: What the run did.
        holdings: What the destination holds now; None if that could not be read.
        where: The destination, as people would say it.
        debug: Show the ids of unreadable employees.
    """
    parts = [
        [_headline(summary, where)],
        list(_tables(summary, holdings)),
        list(_requests(summary)),
        list(_reads(summary, debug=debug)),
        list(_remarks(summary, holdings)),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part)


def _headline(summary: Summary, where: str) -> str:
    rows = summary.report.rows_written
    what = f"{_many(rows, 'row')} written" if rows else "nothing had changed"
    return f"Loaded into {where} in {_seconds(summary.seconds)}: {what}."


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 60 else duration(seconds)


def _tables(summary: Summary, holdings: Holdings | None) -> Iterator[str]:
    lines: list[tuple[str, ...]] = [("table", "rows", "added", "changed", "removed")]
    for table in TABLES:
        tally = summary.report.tally.get(table.name, Counter())
        now = f"{holdings.rows[table.name]:,}" if holdings else "?"
        counts = [""] * 3
        if not table.bookkeeping:
            counts = [f"{tally.get(kind, 0):,}" for kind in ("added", "changed", "removed")]
        lines.append((table.name, now, *counts))
    yield from aligned(lines)
    if holdings is None:
        yield "(The rows could not be counted; the load itself is done.)"


def _requests(summary: Summary) -> Iterator[str]:
    lines = [("endpoint", "requests")]
    lines += [(name, f"{count:,}") for name, count in sorted(summary.requests.items())]
    lines.append(("all", f"{sum(summary.requests.values()):,}"))
    yield from aligned(lines)
    if summary.retries:
        yield f"{_many(summary.retries, 'of them was a retry', 'of them were retries')}."


def _reads(summary: Summary, *, debug: bool) -> Iterator[str]:
    report = summary.report
    line = f"Badges were due of {report.due_total:,} of {report.accepted:,} connected employees"
    if why := ", ".join(f"{n:,} {reason}" for reason, n in report.due.items() if n):
        line += f" ({why})"
    yield f"{line}; {report.read:,} were read."
    if report.capped:
        yield f"{report.capped:,} more were due and wait for a later run (max_badge_reads)."
    if report.oldest_read_at is not None:
        yield f"The oldest badges were read {_moment(report.oldest_read_at)}."
    if report.never_read:
        yield f"{_many(report.never_read, 'connected employee')} never read so far."
    if report.unreadable:
        kinds = ", ".join(
            f"{count:,} with {status or 'another answer'}"
            for status, count in sorted(report.unreadable.items())
        )
        yield f"Unreadable: {kinds}; they keep the badges they have here and are tried again."
        if debug:
            yield from (f"  {employee_id}" for employee_id in report.unreadable_ids)


def _remarks(summary: Summary, holdings: Holdings | None) -> Iterator[str]:
    if summary.pending:
        yield f"Load packages an earlier run had left behind were {summary.pending}."
    yield from summary.report.notes
    if holdings is not None and holdings.others:
        others = _many(holdings.others, "other organization")
        yield f"The dataset also holds {others}; organization_id tells them apart."
    if summary.report.held_back:
        held = ", ".join(f"{n:,} of {name}" for name, n in summary.report.held_back.items() if n)
        yield (
            f"Removals were held back ({held} rows): more than max_removed_share of what is here."
            " Everything else is loaded. Look at the account first; if they are really gone, run"
            f" once with --allow-removals: it asks for each by itself. (exit {ExitCode.HELD_BACK})"
        )
    elif summary.partial:
        report = summary.report
        yield (
            f"The load is partial: {_many(report.given_up, 'employee')} given up after retries,"
            f" {report.newly_unreadable:,} newly unreadable. Run again later; only they and what is"
            f" due is read. (exit {ExitCode.PARTIAL})"
        )


def aligned(lines: Sequence[tuple[str, ...]], right: Sequence[int] | None = None) -> Iterator[str]:
    """Get lines with their cells below one another; all but the first to the right, or `right`."""
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    numbers = range(1, len(widths)) if right is None else right
    for line in lines:
        cells = (
            cell.rjust(width) if i in numbers else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        yield f"  {'  '.join(cells)}".rstrip()


def _many(count: int, one: str, more: str | None = None) -> str:
    return f"{count:,} {one if count == 1 else more or one + 's'}"


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
