"""Logging out at the wish of a client (OpenID Connect RP-Initiated Logout 1.0)."""

from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from services.auth.plain_text import plain_text
from services.auth.validate_session import SessionValidator
from shared.clock import Clock
from shared.errors import ClientUnknown, InvalidRequest, RedirectUriMismatch
from shared.records import Session
from shared.store import ClientStore, SessionStore
from shared.telemetry.events import SecurityEvents
from shared.tokens.id_token import IdTokenHint, IdTokenHintVerifier

_LONGEST_CLIENT_ID = 255
_LONGEST_STATE = 4096

_NO_HINT = IdTokenHint(sub="", client_id="", session_id="")


@dataclass(frozen=True, slots=True)
class LogoutAttempt:
    """A logout request as it came, the browser's session handle, and whether the user has confirmed."""

    session_handle: str = ""
    id_token_hint: str = ""
    client_id: str = ""
    post_logout_redirect_uri: str = ""
    state: str = ""
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class LogoutOutcome:
    """What came of it.

    Attributes:
        logged_out: Whether the browser has no session any more; if not, the user has to confirm.
        redirect_uri: Where the browser goes once it has none, `state` included; empty when nowhere.
        client_name: Who asked; empty when nobody said.
    """

    logged_out: bool
    redirect_uri: str
    client_name: str


@dataclass(frozen=True, slots=True)
class _Asker:
    name: str = ""
    redirect_uris: tuple[str, ...] = ()


class Logout:
    """Ends the session of a browser, with all that was issued from it."""

    def __init__(
        self,
        sessions: SessionStore,
        clients: ClientStore,
        validator: SessionValidator,
        hints: IdTokenHintVerifier,
        clock: Clock,
        events: SecurityEvents,
    ) -> None:
        self._sessions = sessions
        self._clients = clients
        self._validator = validator
        self._hints = hints
        self._clock = clock
        self._events = events

    def log_out(self, attempt: LogoutAttempt) -> LogoutOutcome:
        """Ends the session when the user confirmed, or when the hint proves that the client is part of it.

        Raises:
            InvalidRequest: The hint is no ID token of this issuer, or contradicts `client_id`.
            ClientUnknown: The client is unknown or disabled.
            RedirectUriMismatch: The redirect URI is not registered, or it is not said for which client. Nothing has
                ended then.
        """
        hint = self._hints.verify(attempt.id_token_hint) if attempt.id_token_hint else _NO_HINT
        asker = self._find_asker(attempt.client_id, hint)
        redirect_uri = _verified(attempt, asker)
        session = self._validator.validate(attempt.session_handle)
        if session is not None and not attempt.confirmed and not _belongs_to(hint, session):
            return LogoutOutcome(False, redirect_uri, asker.name)
        if session is not None:
            self._sessions.end_session(session.session_id, self._clock.now())
            self._events.sessions_ended(cause="logout", user_id=session.user_id, ended=1)
        return LogoutOutcome(True, redirect_uri, asker.name)

    def _find_asker(self, client_id: str, hint: IdTokenHint) -> _Asker:
        if client_id and hint.client_id not in ("", client_id):
            raise InvalidRequest("id_token_hint was issued to another client than client_id names")
        asking = client_id or hint.client_id
        if not asking:
            return _Asker()
        client = self._clients.find_client(plain_text("client_id", asking, _LONGEST_CLIENT_ID))
        if client is None or client.disabled:
            raise ClientUnknown("client_id names no client")
        return _Asker(client.client_name, client.post_logout_redirect_uris)


def _belongs_to(hint: IdTokenHint, session: Session) -> bool:
    # Anything less has to be confirmed (RP-Initiated Logout 1.0 section 2), or other sites could log users out.
    return (hint.sub, hint.session_id) == (session.user_id, session.session_id)


def _verified(attempt: LogoutAttempt, asker: _Asker) -> str:
    uri, state = attempt.post_logout_redirect_uri, plain_text("state", attempt.state, _LONGEST_STATE, shortest=0)
    if uri and uri not in asker.redirect_uris:
        raise RedirectUriMismatch("post_logout_redirect_uri is not registered for this client")
    if not uri or not state:
        return uri
    parts = urlsplit(uri)
    return parts._replace(query="&".join(filter(None, (parts.query, urlencode({"state": state}))))).geturl()
