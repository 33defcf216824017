"""The guarded walk through the pages of a list: the first page, then the others concurrently.

Page numbers are counted here; an address out of a body is never followed. Pages may come and go
meanwhile: the newest answer says how many there are.

What may not be in here: how a page is read.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import closing

from workforce_source.client.documented import Page, surprise
from workforce_source.client.fanout import fan_out
from workforce_source.client.requesting import NoSuchPage
from workforce_source.endpoints import Endpoint
from workforce_source.throttle import Cancel

# A list may grow while it is walked, but not without end: this factor and so many pages more, and
# never beyond five million employees.
MOST_GROWTH, MOST_MORE, LONGEST = 2, 100, 100_000


def walk(
    read: Callable[[int, Cancel | None], Page],
    endpoint: Endpoint,
    *,
    max_workers: int,
    wake: Callable[[], None],
) -> Iterator[Page]:
    """Get all pages of a list, in order.

    Args:
        read: Reads one page; the cancel, if any, ends it early.
        endpoint: The list.
        max_workers: Pages read at once, at most.
        wake: Lets waiting requests look whether they are cancelled.

    Raises:
        UnexpectedResponse: A page repeats an earlier one, or their number grows without end.
    """
    page = read(1, None)
    most = min(MOST_GROWTH * page.total_pages + MOST_MORE, LONGEST)
    seen = {page.content}
    _check_length(page, most, endpoint)
    yield page
    while page.number < page.total_pages:
        way = _Way(page)
        with closing(way.pages(read, max_workers, wake)) as pages:
            for number, result in pages:
                if isinstance(result, NoSuchPage):
                    # Pages went away while we walked: this one was the last, or is beyond it.
                    if number >= way.newest.total_pages:
                        return
                    raise result
                _check_length(result, most, endpoint)
                # A lone record may move to the next page while we walk; two or more do not.
                if len(result.records) > 1 and result.content in seen:
                    raise surprise(endpoint, "data", f"a page of its own: page {number} repeats")
                seen.add(result.content)
                way.newest = result
                yield result
        page = way.newest


class _Way:
    """What lies ahead: the newest page says how far it goes."""

    def __init__(self, page: Page) -> None:
        self.newest = page

    def pages(
        self,
        read: Callable[[int, Cancel | None], Page],
        max_workers: int,
        wake: Callable[[], None],
    ) -> Generator[tuple[int, Page | NoSuchPage]]:
        cancel = Cancel()

        def end() -> None:
            cancel.cancelled = True
            wake()

        return fan_out(
            lambda number: read(number, cancel),
            self._numbers(),
            max_workers=max_workers,
            look_ahead=2 * max_workers,
            skippable=NoSuchPage,
            on_abort=end,
        )

    def _numbers(self) -> Iterator[int]:
        number = self.newest.number + 1
        while number <= self.newest.total_pages:
            yield number
            number += 1


def _check_length(page: Page, most: int, endpoint: Endpoint) -> None:
    if page.total_pages > most:
        raise surprise(endpoint, "metadata.total_pages", "a number that comes to rest")
