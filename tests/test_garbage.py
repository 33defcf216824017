"""Objects that are older than a run are not searched for garbage while it lasts."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from workforce_source.garbage import older_objects_kept


class Ring:
    """An object that only the search for garbage can find to be unused."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def nothing_frozen() -> Iterator[None]:
    """Begin and end with nothing frozen."""
    gc.unfreeze()
    yield
    gc.unfreeze()


def unused() -> "weakref.ref[Ring]":
    """Get a reference to an object that is already garbage."""
    return weakref.ref(Ring())


def test_older_objects_rest_and_newer_ones_are_collected() -> None:
    """Garbage made meanwhile goes; what was there before waits, and goes afterwards."""
    older = unused()
    with older_objects_kept():
        newer = unused()
        gc.collect()
        assert (older() is None, newer() is None) == (False, True)
    gc.collect()
    assert older() is None


def test_a_failure_ends_it_too() -> None:
    """An error inside leaves nothing frozen."""
    with pytest.raises(LookupError), older_objects_kept():
        raise LookupError
    assert gc.get_freeze_count() == 0


def test_what_the_process_froze_stays_frozen() -> None:
    """Objects that somebody else froze are neither thawed nor joined by more."""
    frozen = unused()
    gc.freeze()
    with older_objects_kept():
        newer = unused()
        gc.collect()
    gc.collect()
    assert (frozen() is None, newer() is None) == (False, True)
