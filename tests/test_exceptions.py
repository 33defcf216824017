"""The package's errors as values: what they carry, show, and take from one process to another."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Callable

import pytest

from workforce_source.exceptions import (
    ApiError,
    AuthenticationError,
    ConfigError,
    DestinationError,
    GivenUp,
    Locked,
    NotReadable,
    RateLimited,
    Stopped,
    UnexpectedResponse,
    WorkforceError,
)

ERRORS: list[WorkforceError] = [
    WorkforceError("m"),
    ConfigError("m"),
    AuthenticationError("m", status=401),
    ApiError("m", status=400, path="p"),
    NotReadable("m", status=404, path="p"),
    GivenUp("m", status=None, path="p", attempts=3, elapsed=1.5),
    RateLimited("m", path="p", attempts=3, elapsed=1.5, retry_after=2.0),
    UnexpectedResponse("m", path="p", key="k"),
    DestinationError("m"),
    Locked("m"),
    Stopped("m", signal=15),
]
every_error = pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)


def pickled(error: WorkforceError) -> WorkforceError:
    """Get what arrives in another process."""
    arrived: WorkforceError = pickle.loads(pickle.dumps(error))  # noqa: S301
    return arrived


@every_error
@pytest.mark.parametrize("copied", [pickled, copy.copy, copy.deepcopy])
def test_an_error_survives_copying(
    error: WorkforceError, copied: Callable[[WorkforceError], WorkforceError]
) -> None:
    """Message, attributes and class are the same on the other side."""
    again = copied(error)
    assert type(again) is type(error)
    assert (str(again), vars(again)) == (str(error), vars(error))


@every_error
def test_an_error_can_be_kept_in_a_set(error: WorkforceError) -> None:
    """Each is itself: two of one message are two, as exceptions are."""
    assert len({error, error, copy.copy(error)}) == 2


@every_error
def test_an_error_takes_its_message_by_position_or_by_name(error: WorkforceError) -> None:
    """Everything else by name only; without a message it is an empty one."""
    kind = type(error)
    assert [str(kind("m")), str(kind(message="m")), str(kind())] == ["m", "m", ""]
    with pytest.raises(TypeError):
        kind("m", 401)  # type: ignore[call-arg] # the slip


def test_an_error_shows_its_facts() -> None:
    """All of them, by name."""
    assert repr(RateLimited("Later.", path="p", attempts=3)) == (
        "RateLimited(message='Later.', status=429, path='p', attempts=3, elapsed=0.0,"
        " retry_after=None)"
    )


def test_exit_statuses_are_what_shells_expect() -> None:
    """Settings and credentials are 2, everything else 1, signals 128 and their number."""
    assert [error.exit_code for error in ERRORS] == [1, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1]
    assert Stopped(signal=15).exit_status == 143
    assert Stopped().exit_status == 130
