"""One step of an authorization request: ask the auth service, and send the browser where its answer says."""

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from authplane.auth.v1.auth_pb2 import (
    AuthorizationResponse,
    AuthorizeRequest,
    ConsentDecision,
    Interaction,
    InteractionKind,
    ResponseMode,
)
from gateway import paths
from gateway.cookies import Cookies
from gateway.html import Html
from gateway.parameters import Parameters
from gateway.paths import Paths
from gateway.redirects import see_other, with_query
from gateway.rpc import Rpc
from gateway.tickets import Ticket, TicketKind, Tickets, fingerprint

if TYPE_CHECKING:
    from authplane.auth.v1.auth_pb2_grpc import AuthServiceAsyncStub

_PAGES = {
    InteractionKind.INTERACTION_KIND_LOGIN: (TicketKind.LOGIN, paths.LOGIN),
    InteractionKind.INTERACTION_KIND_CONSENT: (TicketKind.CONSENT, paths.CONSENT),
}


class Authorization:
    """Takes an authorization request one step further, again after each thing that the user did for it."""

    def __init__(
        self, auth: "AuthServiceAsyncStub", rpc: Rpc, tickets: Tickets, cookies: Cookies, html: Html, at: Paths
    ) -> None:
        self._auth = auth
        self._rpc = rpc
        self._tickets = tickets
        self._cookies = cookies
        self._html = html
        self._at = at

    async def advance(
        self,
        request: Request,
        parameters: Parameters,
        session_handle: str,
        requested_at: float = 0.0,
        decision: "ConsentDecision.ValueType" = ConsentDecision.CONSENT_DECISION_UNSPECIFIED,
    ) -> Response:
        """Asks what comes next.

        Args:
            requested_at: The `requested_at` of the interaction just completed; 0 when there was none.

        Raises:
            grpc.RpcError: Nothing may be redirected.
        """
        question = AuthorizeRequest(
            parameters=parameters.values,
            repeated_parameters=parameters.repeated,
            session_handle=session_handle,
            interaction_requested_at=requested_at,
            consent_decision=decision,
        )
        answer = await self._rpc(self._auth.Authorize, question, request)
        if answer.WhichOneof("next") == "response":
            return self._deliver(answer.response)
        return self._ask_user(request, parameters, session_handle, answer.interaction)

    def _deliver(self, response: AuthorizationResponse) -> Response:
        parameters = {parameter.name: parameter.value for parameter in response.parameters}
        if response.response_mode == ResponseMode.RESPONSE_MODE_FORM_POST:
            return self._html.form_post(response.redirect_uri, parameters)
        return see_other(with_query(response.redirect_uri, parameters))

    def _ask_user(
        self, request: Request, parameters: Parameters, session_handle: str, interaction: Interaction
    ) -> Response:
        kind, page = _PAGES[interaction.kind]
        browser = self._cookies.browser(request) or self._cookies.new_browser()
        ticket = Ticket(
            parameters=parameters.values,
            redirect_uri=interaction.redirect_uri,
            requested_at=interaction.requested_at,
            session=fingerprint(session_handle),
            client_name=interaction.client_name,
            login_hint=interaction.login_hint,
            username=interaction.username,
            scopes=list(interaction.scopes),
        )
        response = see_other(f"{self._at(page)}?ticket={self._tickets.issue(kind, ticket, browser)}")
        self._cookies.set_browser(response, browser)
        return response
