"""The two cookies: the login session, and the browser that a ticket is bound to."""

import base64
import re
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response

_NONCE_BYTES = 16
_NONCE = re.compile(r"[A-Za-z0-9_-]{22}", re.ASCII)


class Cookies:
    """Reads and sets the cookies.

    They are HttpOnly, SameSite=Lax and end with the browser. On https they are Secure with the `__Host-` prefix, so
    that no other host, and nobody on the wire, can plant one; on an http loopback issuer they are neither, because
    plain clients would not send them back.
    """

    def __init__(self, https: bool, random_bytes: Callable[[int], bytes]) -> None:
        prefix = "__Host-" if https else ""
        self._secure = https
        self._session_name = f"{prefix}authplane_session"
        self._browser_name = f"{prefix}authplane_browser"
        self._random_bytes = random_bytes

    def session(self, request: Request) -> str:
        """The session handle, unverified; empty when there is none."""
        return request.cookies.get(self._session_name, "")

    def set_session(self, response: Response, session_handle: str) -> None:
        """Makes the session that of the browser, in place of any other."""
        self._set(response, self._session_name, session_handle)

    def clear_session(self, response: Response) -> None:
        """Makes the browser forget its session."""
        response.delete_cookie(self._session_name, secure=self._secure, httponly=True, samesite="lax")

    def browser(self, request: Request) -> str:
        """The browser's nonce; empty when it has none."""
        nonce = request.cookies.get(self._browser_name, "")
        return nonce if _NONCE.fullmatch(nonce) else ""

    def new_browser(self) -> str:
        """A nonce for a browser that has none."""
        return base64.urlsafe_b64encode(self._random_bytes(_NONCE_BYTES)).decode().rstrip("=")

    def set_browser(self, response: Response, nonce: str) -> None:
        """Makes the nonce that of the browser."""
        self._set(response, self._browser_name, nonce)

    def _set(self, response: Response, name: str, value: str) -> None:
        response.set_cookie(name, value, secure=self._secure, httponly=True, samesite="lax")
