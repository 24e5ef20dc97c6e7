"""The consent page."""

from starlette.requests import Request
from starlette.responses import Response

from authplane.auth.v1.auth_pb2 import ConsentDecision
from gateway.authorization import Authorization
from gateway.cookies import Cookies
from gateway.html import Html, TicketForm
from gateway.parameters import ParameterReader, Parameters
from gateway.tickets import Ticket, TicketKind, Tickets, fingerprint
from shared.errors import InvalidRequest

_DECISIONS = {
    "grant": ConsentDecision.CONSENT_DECISION_GRANTED,
    "deny": ConsentDecision.CONSENT_DECISION_DENIED,
}


class ConsentPage:
    """Asks the user whether the client may have what it asks for. Only the session that was asked may answer."""

    def __init__(
        self, authorization: Authorization, tickets: Tickets, cookies: Cookies, html: Html, reader: ParameterReader
    ) -> None:
        self._authorization = authorization
        self._tickets = tickets
        self._cookies = cookies
        self._html = html
        self._reader = reader

    async def get(self, request: Request) -> Response:
        """Asks."""
        text = self._reader.query(request).unrepeated().get("ticket")
        browser = self._cookies.browser(request)
        ticket = self._of_this_session(request, self._tickets.read(TicketKind.CONSENT, text, browser))
        return self._html.consent(TicketForm(ticket, text, self._tickets.csrf_token(text, browser)))

    async def post(self, request: Request) -> Response:
        """Takes the answer, and goes on with what waited for it."""
        form = (await self._reader.form(request)).unrepeated()
        ticket = self._of_this_session(
            request,
            self._tickets.take(
                TicketKind.CONSENT, form.get("ticket"), form.get("csrf_token"), self._cookies.browser(request)
            ),
        )
        decision = _DECISIONS.get(form.get("decision"))
        if decision is None:
            raise InvalidRequest("decision must be grant or deny")
        return await self._authorization.advance(
            request, Parameters(ticket.parameters), self._cookies.session(request), ticket.requested_at, decision
        )

    def _of_this_session(self, request: Request, ticket: Ticket) -> Ticket:
        if ticket.session != fingerprint(self._cookies.session(request)):
            raise InvalidRequest("the session has changed since this page was shown; start again")
        return ticket
