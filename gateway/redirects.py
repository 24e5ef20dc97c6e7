"""Redirects. Each is a 303, after which no browser sends a body again (RFC 9700 section 4.12)."""

from collections.abc import Mapping
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.parameters import Parameters

MAX_PATH_CHARACTERS = 7200
"""Longest path and query that we redirect to ourselves with: common proxies take request lines of 8 KiB."""


def see_other(url: str) -> Response:
    """A redirect that is always followed by GET."""
    return RedirectResponse(url, 303)


def with_query(uri: str, parameters: Mapping[str, str]) -> str:
    """The URI with parameters added to its query, which is retained (RFC 6749 section 3.1.2)."""
    return f"{uri}{'&' if '?' in uri else '?'}{urlencode(parameters)}"


def by_get(request: Request, form: Parameters) -> Response | None:
    """A redirect to the same request by GET, if it was posted by a page of another site; else None.

    Browsers withhold SameSite=Lax cookies from such a POST, so that the session would not be seen, and send them with
    the GET. What is too long for a URL, and what is refused anyway, is left as it is.
    """
    url = with_query(request.scope["path"], form.values)
    if request.headers.get("sec-fetch-site") != "cross-site" or form.repeated or len(url) > MAX_PATH_CHARACTERS:
        return None
    return see_other(url)
