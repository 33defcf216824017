"""Objects that are older than a run are not searched for garbage while it lasts."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from workforce_source.loading.garbage import freeze_older_objects


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
    with freeze_older_objects():
        newer = unused()
        gc.collect()
        assert (older() is None, newer() is None) == (False, True)
    gc.collect()
    assert older() is None


def test_a_failure_ends_it_too() -> None:
    """An error inside leaves nothing frozen, and the search as frequent as it was."""
    before = gc.get_threshold()
    with pytest.raises(LookupError) as failure, freeze_older_objects():
        raise LookupError(gc.get_threshold())
    assert failure.value.args > (before,)
    assert (gc.get_freeze_count(), gc.get_threshold()) == (0, before)


def test_a_process_without_the_search_goes_on_without() -> None:
    """Where somebody switched the search off by its threshold, it stays off."""
    before = gc.get_threshold()
    gc.set_threshold(0)
    try:
        with freeze_older_objects():
            assert gc.get_threshold()[0] == 0
        assert gc.get_threshold()[0] == 0
    finally:
        gc.set_threshold(*before)


def test_what_the_process_froze_stays_frozen() -> None:
    """Objects that somebody else froze are neither thawed nor joined by more."""
    frozen = unused()
    gc.freeze()
    with freeze_older_objects():
        newer = unused()
        gc.collect()
    gc.collect()
    assert (frozen() is None, newer() is None) == (False, True)
