"""The login page."""

from typing import TYPE_CHECKING

import grpc
from authplane.auth.v1.auth_pb2 import LoginRequest
from starlette.requests import Request
from starlette.responses import Response

from gateway.authorization import Authorization
from gateway.cookies import Cookies
from gateway.html import Html
from gateway.parameters import ParameterReader, Parameters
from gateway.rpc import Rpc
from gateway.tickets import TicketKind, Tickets
from shared.errors import Reason
from shared.rpc.failure import failure_of

if TYPE_CHECKING:
    from authplane.auth.v1.auth_pb2_grpc import AuthServiceAsyncStub

_RETYPE = {Reason.CREDENTIALS_INVALID, Reason.INVALID_REQUEST}


class LoginPage:
    """Shows the form, and takes what was typed.

    A refused password is answered 400 with the form, the user name kept: 401 would need a challenge that no form can
    answer (RFC 9110 section 15.5.2), and with a 2xx password managers would offer to save the wrong password.
    """

    def __init__(
        self,
        auth: "AuthServiceAsyncStub",
        rpc: Rpc,
        authorization: Authorization,
        tickets: Tickets,
        cookies: Cookies,
        html: Html,
        reader: ParameterReader,
    ) -> None:
        self._auth = auth
        self._rpc = rpc
        self._authorization = authorization
        self._tickets = tickets
        self._cookies = cookies
        self._html = html
        self._reader = reader

    async def get(self, request: Request) -> Response:
        """Shows the form for a ticket in the query."""
        text = self._reader.query(request).unrepeated().get("ticket")
        browser = self._cookies.browser(request)
        ticket = self._tickets.read(TicketKind.LOGIN, text, browser)
        return self._html.login(ticket, text, self._tickets.csrf_token(text, browser), ticket.login_hint)

    async def post(self, request: Request) -> Response:
        """Checks name and password, begins a session under a new id (ASVS 7.2.4), and goes on with what waited."""
        form = (await self._reader.form(request)).unrepeated()
        text, browser = form.get("ticket"), self._cookies.browser(request)
        ticket = self._tickets.take(TicketKind.LOGIN, text, form.get("csrf_token"), browser)
        credentials = LoginRequest(
            username=form.get("username"),
            password=form.get("password"),
            previous_session_handle=self._cookies.session(request),
        )
        try:
            login = await self._rpc(self._auth.Login, credentials, request)
        except grpc.RpcError as error:
            if failure_of(error).reason not in _RETYPE:
                raise
            return self._html.login(ticket, text, form.get("csrf_token"), form.get("username"), refused=True)
        parameters = Parameters(ticket.parameters)
        response = await self._authorization.advance(request, parameters, login.session_handle, ticket.requested_at)
        self._cookies.set_session(response, login.session_handle)
        return response
