"""Which endpoints the scripts of other origins may call (CORS): those that a public browser client needs."""

from collections.abc import Collection

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send


class CrossOrigin:
    """Opens some paths to every origin. Never with credentials: nothing here is decided by a cookie on those paths.

    Args:
        paths: The open ones; all others stay as browsers treat them by default.
    """

    def __init__(self, app: ASGIApp, paths: Collection[str]) -> None:
        self._closed = app
        self._open = CORSMiddleware(
            app,
            allow_origins=["*"],
            allow_methods=["GET", "POST"],
            allow_headers=["Authorization", "Content-Type", "X-Request-Id"],
            expose_headers=["WWW-Authenticate", "Retry-After", "X-Request-Id"],
            max_age=7200,
        )
        self._paths = frozenset(paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        app = self._open if scope["path"] in self._paths else self._closed
        await app(scope, receive, send)
