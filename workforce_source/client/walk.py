"""The guarded walk through the pages of a list: the first page, then the others concurrently.

Page numbers are counted here; an address out of a body is never followed. Pages may come and go
meanwhile: the newest answer says how many there are.

What may not be in here: how a page is read.
"""

from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import count, takewhile

from workforce_source.client.fanout import fan_out
from workforce_source.client.meaning import NoSuchPage, Page, surprise
from workforce_source.endpoints import Endpoint
from workforce_source.throttle import Cancel

# A list may grow while it is walked, but not without end: this factor and so many pages more, and
# never beyond five million employees.
MOST_GROWTH, MOST_MORE, LONGEST = 2, 100, 100_000


def walk(
    read: Callable[[int, Cancel], Page],
    endpoint: Endpoint,
    *,
    max_workers: int,
    wake: Callable[[], None],
) -> Iterator[Page]:
    """Get all pages of a list, in order.

    Args:
        read: Reads one page; the cancel ends it early.
        endpoint: The list.
        max_workers: Pages read at once, at most.
        wake: Lets waiting requests look whether they are cancelled.

    Raises:
        UnexpectedResponse: A page repeats an earlier one, or their number grows without end.
    """
    cancel = Cancel()
    newest = read(1, cancel)
    most = min(MOST_GROWTH * newest.total_pages + MOST_MORE, LONGEST)
    seen: set[int] = set()

    def checked(page: Page) -> Page:
        if page.total_pages > most:
            raise surprise(endpoint, "metadata.total_pages", "a number that comes to rest")
        # A lone record may move to the next page while we walk; two or more do not.
        if len(page.records) > 1 and page.content in seen:
            raise surprise(endpoint, "data", f"a page of its own: page {page.number} repeats")
        seen.add(page.content)
        return page

    def read_if_there(number: int) -> Page | NoSuchPage:
        try:
            return read(number, cancel)
        except NoSuchPage as error:
            return error

    def end() -> None:
        cancel.cancelled = True
        wake()

    yield checked(newest)
    while newest.number < newest.total_pages:  # again, where a page was added to the last
        pages = fan_out(
            read_if_there,
            takewhile(
                lambda number: number <= newest.total_pages,  # noqa: B023  # the newest by then
                count(newest.number + 1),
            ),
            max_workers=max_workers,
            look_ahead=2 * max_workers,
            on_abort=end,
        )
        with closing(pages):
            for number, page in pages:
                if isinstance(page, NoSuchPage):
                    # Pages went away while we walked: this one was the last, or is beyond it.
                    if number >= newest.total_pages:
                        return
                    raise page
                newest = checked(page)
                yield newest
