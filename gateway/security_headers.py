"""Response headers that every answer carries, and those of documents that anyone may keep."""

from collections.abc import Mapping

from starlette.types import ASGIApp, Message, Receive, Scope, Send

PUBLIC: Mapping[str, str] = {"cache-control": "public, max-age=300", "vary": "Origin"}
"""For what is the same for everyone: caches may keep it for 5 minutes."""

_ALWAYS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
}
_UNLESS_PUBLIC = {"cache-control": "no-store", "pragma": "no-cache"}
_UNLESS_PAGE = {
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
}
_ONE_YEAR = 31_536_000


class SecurityHeaders:
    """Adds what keeps browsers and caches from doing more than they should (ASVS 3.4, RFC 9700 section 4.16).

    Args:
        https: Whether the issuer is reached by https, so that browsers may be told to stay there.
    """

    def __init__(self, app: ASGIApp, https: bool) -> None:
        hsts = {"strict-transport-security": f"max-age={_ONE_YEAR}"} if https else {}
        self._app = app
        self._always = _encoded({**_ALWAYS, **hsts})
        self._unless_public = _encoded(_UNLESS_PUBLIC)
        self._unless_page = _encoded(_UNLESS_PAGE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message["headers"]
                names = {name for name, _ in headers}
                headers += self._always
                headers += self._unless_public if b"cache-control" not in names else []
                headers += self._unless_page if b"content-security-policy" not in names else []
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in headers.items()]
