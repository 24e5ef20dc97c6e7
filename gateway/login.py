"""The login page."""

from typing import TYPE_CHECKING

import grpc
from starlette.requests import Request
from starlette.responses import Response

from authplane.auth.v1.auth_pb2 import LoginRequest
from gateway.authorization import Authorization
from gateway.cookies import Cookies
from gateway.html import Html, TicketForm
from gateway.parameters import ParameterReader, Parameters
from gateway.problems import problem_of
from gateway.rpc import Rpc
from gateway.tickets import TicketKind, Tickets
from shared.errors import Reason
from shared.rpc.failure import failure_of

if TYPE_CHECKING:
    from authplane.auth.v1.auth_pb2_grpc import AuthServiceAsyncStub

_RETYPE = {Reason.CREDENTIALS_INVALID, Reason.INVALID_REQUEST}


class LoginPage:
    """Shows the form, and takes what was typed."""

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
        form = TicketForm(ticket, text, self._tickets.csrf_token(text, browser))
        return self._html.login(form, ticket.login_hint)

    async def post(self, request: Request) -> Response:
        """Checks name and password, begins a session under a new id (ASVS 7.2.4), and goes on with what waited."""
        form = (await self._reader.form(request)).unrepeated()
        text, csrf_token, username = form.get("ticket"), form.get("csrf_token"), form.get("username")
        ticket = self._tickets.take(TicketKind.LOGIN, text, csrf_token, self._cookies.browser(request))
        credentials = LoginRequest(
            username=username,
            password=form.get("password"),
            previous_session_handle=self._cookies.session(request),
        )
        try:
            login = await self._rpc(self._auth.Login, credentials, request)
        except grpc.RpcError as error:
            return self._again(TicketForm(ticket, text, csrf_token), username, error)
        parameters = Parameters(ticket.parameters)
        response = await self._authorization.advance(request, parameters, login.session_handle, ticket.requested_at)
        self._cookies.set_session(response, login.session_handle)
        return response

    def _again(self, form: TicketForm, username: str, error: grpc.RpcError) -> Response:
        """The form again, the user name kept, if that may help."""
        problem = problem_of(error)
        if problem.status == 503:
            return self._html.login_unavailable(form, username, problem)
        if problem.status == 429:
            return self._html.login_limited(form, username, problem)
        if failure_of(error).reason in _RETYPE:
            return self._html.login_refused(form, username)
        raise error
