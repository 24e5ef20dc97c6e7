"""Answering authorization requests (RFC 6749 section 4.1, OpenID Connect Core 3.1.2)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from services.auth.authorization_request import (
    AuthorizationRequest,
    echoed_state,
    parse_authorization_request,
    requested_response_mode,
)
from services.auth.authorization_response import AuthorizationRefused, AuthorizationResponse, ReturnAddress
from services.auth.consent import ConsentKeeper, scopes_to_consent
from services.auth.interaction import ConsentDecision, Interaction, InteractionKind, needs_login
from services.auth.issue_code import CodeIssuer
from services.auth.nobody import NOBODY
from services.auth.passwords import ACR
from services.auth.plain_text import is_plain
from services.auth.redirect_uri import verified_redirect_uri
from services.auth.validate_session import SessionValidator
from shared.clock import Clock
from shared.errors import ClientUnknown, InvalidRequest
from shared.records import Client, Session
from shared.store import ClientStore, UserStore
from shared.tokens.id_token import IdTokenHintVerifier

_LONGEST_CLIENT_ID = 255


@dataclass(frozen=True, slots=True)
class AuthorizationAttempt:
    """An authorization request as it came, and what is known of the browser that brought it.

    Attributes:
        repeated: Names of parameters that came more than once; they are not in `parameters`.
        interaction_requested_at: `Interaction.requested_at` of the interaction that was just completed; 0 before any.
    """

    parameters: Mapping[str, str]
    repeated: Collection[str] = ()
    session_handle: str = ""
    interaction_requested_at: float = 0.0
    consent_decision: ConsentDecision = ConsentDecision.NOT_ASKED


class Authorizer:
    """Answers authorization requests.

    Args:
        issuer: The `iss` of every response (RFC 9207).
    """

    def __init__(
        self,
        clients: ClientStore,
        users: UserStore,
        sessions: SessionValidator,
        hints: IdTokenHintVerifier,
        consents: ConsentKeeper,
        codes: CodeIssuer,
        clock: Clock,
        issuer: str,
    ) -> None:
        self._clients = clients
        self._users = users
        self._sessions = sessions
        self._hints = hints
        self._consents = consents
        self._codes = codes
        self._clock = clock
        self._issuer = issuer

    def authorize(self, attempt: AuthorizationAttempt) -> AuthorizationResponse | Interaction:
        """The response for the client, or what the user owes first.

        Raises:
            ClientUnknown: As below.
            RedirectUriMismatch: As below.
            InvalidRequest: It is not certain where an answer may go, so nothing may be redirected (RFC 6749 section
                4.1.2.1).
            StoreFull: There is no room for another code.
        """
        # A parameter without a value counts as omitted (RFC 6749 section 3.1).
        parameters = {name: value for name, value in attempt.parameters.items() if value}
        client = self._find_client(parameters, attempt.repeated)
        address = ReturnAddress(
            redirect_uri=verified_redirect_uri(parameters, client),
            response_mode=requested_response_mode(parameters),
            state=echoed_state(parameters),
            issuer=self._issuer,
        )
        try:
            request = parse_authorization_request(parameters, attempt.repeated, client)
            return self._answer(attempt, request, client, address)
        except AuthorizationRefused as refusal:
            return address.error(refusal)

    def _find_client(self, parameters: Mapping[str, str], repeated: Collection[str]) -> Client:
        for name in ("client_id", "redirect_uri"):
            if name in repeated:
                raise InvalidRequest(f"{name} must not be repeated")
        client_id = parameters.get("client_id", "")
        is_possible = 0 < len(client_id) <= _LONGEST_CLIENT_ID and is_plain(client_id)
        client = self._clients.find_client(client_id) if is_possible else None
        if client is None or client.disabled:
            raise ClientUnknown("client_id names no client")
        return client

    def _answer(
        self, attempt: AuthorizationAttempt, request: AuthorizationRequest, client: Client, address: ReturnAddress
    ) -> AuthorizationResponse | Interaction:
        if request.requested_claims.need_other_acr(ACR):
            raise AuthorizationRefused("unmet_authentication_requirements", "only acr 1 can be provided")
        wanted_user_id = self._wanted_user_id(request.id_token_hint)
        now = self._clock.now()
        since = attempt.interaction_requested_at
        requested_at = since if since > 0 else now
        session = self._sessions.validate(attempt.session_handle)
        if session is None or needs_login(request, session, wanted_user_id, since, now):
            return self._ask_for_login(request, client, address, requested_at)
        if self._consents.needs_consent(request, client, session.user_id, attempt.consent_decision):
            return self._ask_for_consent(request, client, address, session, requested_at)
        return address.success(self._codes.issue(request, client, session))

    def _wanted_user_id(self, hint: str) -> str:
        try:
            return self._hints.verify(hint).sub if hint else ""
        except InvalidRequest:
            raise AuthorizationRefused("invalid_request", "id_token_hint is no ID token of this issuer") from None

    def _ask_for_login(
        self, request: AuthorizationRequest, client: Client, address: ReturnAddress, requested_at: float
    ) -> Interaction:
        if request.is_silent:
            raise AuthorizationRefused("login_required", "the user has to log in")
        return Interaction(
            InteractionKind.LOGIN,
            requested_at,
            client.client_name,
            address.redirect_uri,
            login_hint=request.login_hint,
        )

    def _ask_for_consent(
        self,
        request: AuthorizationRequest,
        client: Client,
        address: ReturnAddress,
        session: Session,
        requested_at: float,
    ) -> Interaction:
        if request.is_silent:
            raise AuthorizationRefused("consent_required", "the user has to agree")
        return Interaction(
            InteractionKind.CONSENT,
            requested_at,
            client.client_name,
            address.redirect_uri,
            scopes=scopes_to_consent(request, client),
            username=(self._users.find_user(session.user_id) or NOBODY).username,
        )
