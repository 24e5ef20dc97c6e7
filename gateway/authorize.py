"""The authorization endpoint (RFC 6749 section 3.1, OpenID Connect Core 3.1.2.1)."""

from starlette.requests import Request
from starlette.responses import Response

from gateway.authorization import Authorization
from gateway.cookies import Cookies
from gateway.parameters import ParameterReader
from gateway.redirects import by_get


class AuthorizationEndpoint:
    """Begins an authorization request. Repeated parameters are passed on, because only the auth service can tell
    whether the client may be told of them by a redirect.
    """

    def __init__(self, authorization: Authorization, cookies: Cookies, reader: ParameterReader) -> None:
        self._authorization = authorization
        self._cookies = cookies
        self._reader = reader

    async def get(self, request: Request) -> Response:
        """Takes the request from the query."""
        return await self._authorization.advance(request, self._reader.query(request), self._cookies.session(request))

    async def post(self, request: Request) -> Response:
        """Takes the request from the body."""
        form = await self._reader.form(request)
        session = self._cookies.session(request)
        return by_get(request, form) or await self._authorization.advance(request, form, session)
