"""Telling a follower what was invalidated."""

from shared.cache.log import News, Position
from shared.cache.view import View
from shared.errors import InvalidRequest, Unavailable

_MOST_AT_ONCE = 1000


def sync_invalidations(view: View, since: Position | None, limit: int) -> News:
    """What follows a position in this process's view of the log, however fresh that is: `age` says it.

    Raises:
        InvalidRequest: The limit or the version is negative.
        Unavailable: This process is itself out of touch with the store, which may come back with another history.
    """
    if limit < 0 or (since is not None and since.version < 0):
        raise InvalidRequest("limit and version must not be negative")
    if not view.in_touch:
        raise Unavailable("the store's log cannot be followed at present; try again")
    return view.news(since, min(limit or _MOST_AT_ONCE, _MOST_AT_ONCE))
