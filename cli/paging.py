"""Lists that come a page at a time (AIP-158)."""

from collections.abc import Callable, Iterator
from typing import Any


def all_pages(page: Callable[[str], Any], items: str) -> Iterator[Any]:
    """The items of all pages.

    Args:
        page: Fetches the page of a page token; the first has the empty one.
        items: The field of the answer that holds the items.
    """
    token = ""
    while True:
        answer = page(token)
        yield from getattr(answer, items)
        token = answer.next_page_token
        if not token:
            return
