"""What people see while a long fan-out runs, with the time injected."""

import fcntl
import io
import os
import pty
import struct
import termios

import pytest

from workforce_source.clock import Clock
from workforce_source.exceptions import Stopped
from workforce_source.job.progress import Progress, duration
from workforce_source.job.saying import fitted
from workforce_source.job.stopping import Stop


class Hands:
    """The hands of a clock, moved by the test."""

    def __init__(self) -> None:
        self.now = 100.0
        self.clock = Clock(monotonic=lambda: self.now)


def reads(progress: Progress, hands: Hands, pace: float, first: int, last: int) -> None:
    """Report each read at an even pace."""
    for done in range(first, last + 1):
        progress("employee_data", done, 3000)
        hands.now += 1 / pace


def test_a_plain_line_comes_every_few_seconds() -> None:
    """Without a terminal each line stands alone: done, all, pace, time left."""
    hands, stream = Hands(), io.StringIO()
    reads(Progress(stream, terminal=False, clock=hands.clock), hands, 100, 1, 1200)
    lines = stream.getvalue().splitlines()
    assert lines == [
        "employee_data: 501 of 3,000, 100 requests/s, 25 s left",
        "employee_data: 1,001 of 3,000, 100 requests/s, 20 s left",
    ]


def test_a_terminal_line_is_redrawn_and_taken_away() -> None:
    """On a terminal one line is drawn over, and nothing of it is left for the summary."""
    hands, stream = Hands(), io.StringIO()
    progress = Progress(stream, terminal=True, clock=hands.clock)
    reads(progress, hands, 100, 1, 300)
    progress.close()
    shown = stream.getvalue()
    assert "\n" not in shown
    assert shown.count("\r") > 20
    assert shown.endswith("\r\x1b[K")


def test_the_pace_forgets_an_outage() -> None:
    """After a long pause the time left follows the pace of the last half minute."""
    hands, stream = Hands(), io.StringIO()
    progress = Progress(stream, terminal=False, clock=hands.clock)
    reads(progress, hands, 100, 1, 500)
    hands.now += 3600
    reads(progress, hands, 10, 501, 1000)
    assert stream.getvalue().splitlines()[-1].endswith(", 10 requests/s, 3 min left")


def test_a_short_load_shows_nothing() -> None:
    """What ends before the first line is due is told by the summary alone."""
    hands, stream = Hands(), io.StringIO()
    reads(Progress(stream, terminal=False, clock=hands.clock), hands, 1000, 1, 500)
    assert stream.getvalue() == ""


def test_a_second_fan_out_starts_its_own_pace() -> None:
    """When the count starts over, the pace does not go below nothing."""
    hands, stream = Hands(), io.StringIO()
    progress = Progress(stream, terminal=False, clock=hands.clock)
    reads(progress, hands, 100, 1, 900)
    reads(progress, hands, 100, 1, 600)
    assert "-" not in stream.getvalue()


def test_a_signal_ends_the_run_at_its_next_step() -> None:
    """The step after a signal raises, with the signal for the exit code."""
    stop = Stop()
    progress = Progress(io.StringIO(), stop.raise_for_signal, terminal=False)
    progress("employee_data", 1, 10)
    stop.signal = 15
    with pytest.raises(Stopped) as stopped:
        progress("employee_data", 2, 10)
    assert stopped.value.exit_status == 143


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(4.4, "4 s"), (89, "89 s"), (720, "12 min"), (12000, "3 h 20 min")],
)
def test_durations_are_said_as_people_say_them(seconds: float, said: str) -> None:
    """Seconds below a minute and a half, then minutes, then hours."""
    assert duration(seconds) == said


def drawn(progress: Progress, stream: io.StringIO) -> str:
    """The line a look leaves on a terminal."""
    stream.seek(0)
    stream.truncate()
    progress.look()
    return stream.getvalue().removeprefix("\r").removesuffix("\x1b[K")


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        (200, "employee_data: 300 of 3,000, 100 requests/s, 27 s left"),
        (60, "employee_data: 300 of 3,000, 100 requests/s, 27 s left"),
        (50, "employee_data: 300 of 3,000, 27 s left"),
        (30, "employee_data: 300 of 3,000"),
        (20, "employee_data: 300 "),
        (0, ""),
    ],
)
def test_a_terminal_line_is_never_wider_than_the_terminal(columns: int, said: str) -> None:
    """Each part is whole or missing, and the last column is left free: nothing wraps, or floods."""
    hands, stream = Hands(), io.StringIO()
    progress = Progress(stream, terminal=True, clock=hands.clock, width=lambda: columns)
    reads(progress, hands, 100, 1, 300)
    lines = [line.removesuffix("\x1b[K") for line in stream.getvalue().split("\r")]
    assert lines[-1] == said.replace("300", "291")
    assert max(map(len, lines)) <= max(columns - 1, 0)


def test_a_terminal_says_for_how_long_nothing_has_come() -> None:
    """The pace of before, and the time left, are not told while they are not true."""
    hands, stream = Hands(), io.StringIO()
    progress = Progress(stream, terminal=True, clock=hands.clock)
    hands.now += 8
    assert drawn(progress, stream) == "nothing yet for 8 s"
    reads(progress, hands, 100, 1, 300)
    hands.now += 4
    assert drawn(progress, stream) == ""
    hands.now += 8
    assert drawn(progress, stream) == "employee_data: 300 of 3,000, nothing new for 12 s"
    progress("employee_data", 300, 3000)  # who uses the answers looks for one
    waits = "employee_data: 300 of 3,000, no answer for 12 s, trying again"
    assert drawn(progress, stream) == waits
    progress("employee_data", 301, 3000)
    assert drawn(progress, stream) == ""


def test_own_work_has_no_requests() -> None:
    """Marts are counted as they are made."""
    hands, stream = Hands(), io.StringIO()
    progress = Progress(stream, terminal=True, clock=hands.clock)
    for made in range(5):
        progress("marts", made, 23)
        hands.now += 1
    assert stream.getvalue().endswith("\rmarts: 4 of 23\x1b[K")


def test_what_is_drawn_goes_with_the_work() -> None:
    """Also where the work fails."""
    stream = io.StringIO()
    hands = Hands()
    progress = Progress(stream, terminal=True, clock=hands.clock)
    reads(progress, hands, 100, 1, 300)
    with pytest.raises(KeyError), progress.watched():
        raise KeyError
    assert stream.getvalue().endswith("\r\x1b[K")


def test_the_last_of_all_is_drawn_at_once_and_what_follows_is_timed() -> None:
    """Rows are written after the last answer, which is no answer that fails to come."""
    hands, stream = Hands(), io.StringIO()
    progress = Progress(stream, terminal=True, clock=hands.clock)
    for done in range(1, 301):
        progress("employee_data", done, 300)
        hands.now += 0.001
    assert "employee_data: 300 of 300" in stream.getvalue()
    hands.now += 12
    assert drawn(progress, stream) == "employee_data: 300 of 300, 12 s on what comes next"


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        (60, "employee_data: 1 of 3,000, no answer for 12 s, trying again"),
        (59, "employee_data: 1 of 3,000, no answer for 12 s"),
        (40, "no answer for 12 s"),
    ],
)
def test_that_nothing_comes_is_told_on_a_narrow_terminal_too(columns: int, said: str) -> None:
    """Before how many have come."""
    hands, stream = Hands(), io.StringIO()
    progress = Progress(stream, terminal=True, clock=hands.clock, width=lambda: columns)
    reads(progress, hands, 1, 0, 1)
    hands.now += 11
    progress("employee_data", 1, 3000)
    assert drawn(progress, stream) == said


def test_sentences_are_folded_between_words_and_columns_are_not() -> None:
    """As wide as the terminal is; what goes to a file or a pipe is left as it is."""
    text = (
        "One sentence of several words.\n  note: 49 active badges stand\n  all         30   40   50"
    )
    text += "\nDESTINATION__DUCKDB__CREDENTIALS\n  Teamwork  70  ████████████"
    main, other = pty.openpty()
    fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 20, 0, 0))
    with open(other, "w", encoding="utf-8") as terminal:  # noqa: PTH123 # it is open already
        assert fitted(text, terminal).split("\n") == [
            "One sentence of",
            "several words.",
            "  note: 49 active",
            "    badges stand",
            "  all         30   40   50",
            "DESTINATION__DUCKDB__CREDENTIALS",
            "  Teamwork  70  ████",
        ]
    os.close(main)
    assert fitted(text, io.StringIO()) == text
