"""The exit codes of the main job, and what each of them means: the one place that has them.

`--help` is made of this table, and the documents are compared with it. What is true of a run is
known elsewhere (`exceptions`, `loading`, `job`). Nothing of the package is imported here.
"""

from collections.abc import Iterable
from enum import IntEnum
from typing import Final


class ExitCode(IntEnum):
    """How a run ended; where several are true, docs/operations.md has the order."""

    meaning: str
    """What it means, in words that stand in `--help` and in the documents."""

    LOADED = 0, "loaded"
    FAILED = 1, "failed, nothing lost; also a destination that is locked or cannot be written"
    UNUSABLE = 2, "a setting or the credentials are wrong"
    PARTIAL = 3, "loaded, but some employees or requests had to be left out"
    UNTRUSTED = 4, "loaded, but the marts failed, or a check found an error; 3 and 5 go first"
    HELD_BACK = 5, "loaded, but so many rows or values would have gone that they were held back"
    INTERRUPTED = 130, "stopped by Ctrl-C or SIGTERM"
    TERMINATED = 143, "stopped by Ctrl-C or SIGTERM"

    def __new__(cls, code: int, meaning: str) -> "ExitCode":
        """Make a member that is the number, and knows what it means."""
        member = int.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member


def meanings() -> list[tuple[str, str]]:
    """Get codes and meanings as people read them, codes of one meaning together: `130, 143`."""
    codes: dict[str, list[str]] = {}
    for code in ExitCode:
        codes.setdefault(code.meaning, []).append(str(code.value))
    return [(", ".join(same), meaning) for meaning, same in codes.items()]


_OF_ROSTERS: Final = {
    ExitCode.LOADED: "planned, or applied",
    ExitCode.FAILED: "failed; what was done has its receipt, the next plan has what is left",
    ExitCode.UNUSABLE: "a setting, the roster or the credentials cannot be used",
    ExitCode.PARTIAL: "the same as 0, but some rows or operations had to be left out",
    ExitCode.HELD_BACK: "the same, but deletions are held back, or it is another plan: look first",
}
"""The same codes where they end the roster command."""


def roster_meanings() -> list[tuple[str, str]]:
    """Get codes and meanings of the roster command, as people read them."""
    stops = [(codes, meaning) for codes, meaning in meanings() if "," in codes]
    return [*((str(code.value), meaning) for code, meaning in _OF_ROSTERS.items()), *stops]


_OF_FORGETTING: Final = {
    ExitCode.LOADED: "removed, and kept out; the receipt says what is left to do",
    ExitCode.FAILED: "failed, or a run is at work: run it again, what is done stays done",
    ExitCode.UNUSABLE: "a setting, a file or the key cannot be used; nothing was removed",
}
"""The same codes where they end the command that forgets a person."""


def forget_meanings() -> list[tuple[str, str]]:
    """Get codes and meanings of the command that forgets a person, as people read them."""
    stops = [(codes, meaning) for codes, meaning in meanings() if "," in codes]
    return [*((str(code.value), meaning) for code, meaning in _OF_FORGETTING.items()), *stops]


_FIRST: Final = (
    ExitCode.TERMINATED,
    ExitCode.INTERRUPTED,
    ExitCode.UNUSABLE,
    ExitCode.FAILED,
    ExitCode.HELD_BACK,
    ExitCode.PARTIAL,
    ExitCode.UNTRUSTED,
    ExitCode.LOADED,
)


def worst(codes: Iterable[int]) -> int:
    """Get the code a run ends with in which several are true.

    A stop says that not all was tried. Then what no later run mends by itself goes before what may
    pass (2, 1), what waits for a decision before what mends itself (5, 3), and figures come last,
    for what goes before may be why they are wrong (4).
    """
    return min(codes, key=lambda code: [*map(int, _FIRST)].index(code), default=ExitCode.LOADED)


def meaning_of(code: int) -> str:
    """Get what a code means; of one that is not the job's own, nothing."""
    return next((known.meaning for known in ExitCode if known == code), "")
