"""The logout endpoint (OpenID Connect RP-Initiated Logout 1.0)."""

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from authplane.auth.v1.auth_pb2 import LogoutRequest, LogoutResponse
from gateway.cookies import Cookies
from gateway.html import Html, TicketForm
from gateway.parameters import ParameterReader, Parameters
from gateway.redirects import by_get, see_other
from gateway.rpc import Rpc
from gateway.tickets import Ticket, TicketKind, Tickets

if TYPE_CHECKING:
    from authplane.auth.v1.auth_pb2_grpc import AuthServiceAsyncStub


class LogoutPage:
    """Logs the browser out, after asking the user where the request alone does not prove enough."""

    def __init__(
        self,
        auth: "AuthServiceAsyncStub",
        rpc: Rpc,
        tickets: Tickets,
        cookies: Cookies,
        html: Html,
        reader: ParameterReader,
    ) -> None:
        self._auth = auth
        self._rpc = rpc
        self._tickets = tickets
        self._cookies = cookies
        self._html = html
        self._reader = reader

    async def get(self, request: Request) -> Response:
        """Takes a logout request from the query."""
        return await self._begin(request, self._reader.query(request).unrepeated())

    async def post(self, request: Request) -> Response:
        """Takes a logout request from the body, or the user's confirmation of one."""
        form = (await self._reader.form(request)).unrepeated()
        if not form.get("ticket"):
            return by_get(request, form) or await self._begin(request, form)
        browser = self._cookies.browser(request)
        ticket = self._tickets.take(TicketKind.LOGOUT, form.get("ticket"), form.get("csrf_token"), browser)
        return self._done(await self._logout(request, Parameters(ticket.parameters), confirmed=True))

    async def _begin(self, request: Request, parameters: Parameters) -> Response:
        answer = await self._logout(request, parameters, confirmed=False)
        return self._done(answer) if answer.logged_out else self._ask_user(request, parameters, answer)

    async def _logout(self, request: Request, parameters: Parameters, confirmed: bool) -> LogoutResponse:
        question = LogoutRequest(
            session_handle=self._cookies.session(request),
            id_token_hint=parameters.get("id_token_hint"),
            client_id=parameters.get("client_id"),
            post_logout_redirect_uri=parameters.get("post_logout_redirect_uri"),
            state=parameters.get("state"),
            confirmed=confirmed,
        )
        return await self._rpc(self._auth.Logout, question, request)

    def _ask_user(self, request: Request, parameters: Parameters, answer: LogoutResponse) -> Response:
        browser = self._cookies.browser(request) or self._cookies.new_browser()
        ticket = Ticket(parameters=parameters.values, redirect_uri=answer.redirect_uri, client_name=answer.client_name)
        text = self._tickets.issue(TicketKind.LOGOUT, ticket, browser)
        form = TicketForm(ticket, text, self._tickets.csrf_token(text, browser))
        response = self._html.logout_confirmation(form)
        self._cookies.set_browser(response, browser)
        return response

    def _done(self, answer: LogoutResponse) -> Response:
        response = see_other(answer.redirect_uri) if answer.redirect_uri else self._html.logged_out(answer.client_name)
        self._cookies.clear_session(response)
        return response
