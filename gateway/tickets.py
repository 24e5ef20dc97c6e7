"""What the gateway remembers from one page to the next. The browser keeps it, and can neither change nor lend it."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum

from itsdangerous import BadData, Signer, URLSafeSerializer

from shared.clock import Clock
from shared.errors import InvalidRequest

MAX_TICKET_CHARACTERS = 7000
"""Common proxies take request lines of 8 KiB; a longer ticket would not arrive."""


def fingerprint(credential: str) -> str:
    """What stands for a credential in a ticket, which anyone may read who sees a URL."""
    return hashlib.sha256(credential.encode()).hexdigest()


class TicketKind(StrEnum):
    """What is to be done with a ticket; one of one kind is none of another."""

    LOGIN = "login"
    CONSENT = "consent"
    LOGOUT = "logout"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A request that waits for the user.

    Attributes:
        parameters: Those of the authorization or logout request. They are never read from anywhere else again, so that
            nothing that was checked can be exchanged afterwards.
        redirect_uri: Where the answer will go; the page has to name its origin as a target of its form.
        requested_at: The `requested_at` of the interaction, in seconds since the epoch.
        session: Fingerprint of the handle of the session that is asked; empty when any may answer.
        client_name, login_hint, username, scopes: What the page shows.
    """

    parameters: Mapping[str, str]
    redirect_uri: str = ""
    requested_at: float = 0.0
    session: str = ""
    client_name: str = ""
    login_hint: str = ""
    username: str = ""
    scopes: Sequence[str] = field(default=())


class Tickets:
    """Issues tickets and takes them back.

    A ticket holds for one browser, the one whose nonce it was issued for (hydra#770), and for a while.

    Args:
        keys: The first one signs; all verify.
        lifetime: Seconds.
    """

    def __init__(self, keys: Sequence[bytes], lifetime: float, clock: Clock) -> None:
        newest_last = list(reversed(keys))
        signing = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
        self._serializers = {
            kind: URLSafeSerializer(newest_last, salt=f"ticket {kind}", signer_kwargs=signing) for kind in TicketKind
        }
        self._csrf = Signer(newest_last, salt="csrf", key_derivation="hmac", digest_method=hashlib.sha256)
        self._lifetime = lifetime
        self._clock = clock

    def issue(self, kind: TicketKind, ticket: Ticket, browser: str) -> str:
        """Writes the ticket for the browser with this nonce.

        Raises:
            InvalidRequest: The request is too long to be remembered.
        """
        expires_at = self._clock.now() + self._lifetime
        text = self._serializers[kind].dumps([expires_at, fingerprint(browser), asdict(ticket)])
        if len(text) > MAX_TICKET_CHARACTERS:
            raise InvalidRequest("the parameters are too long")
        return str(text)

    def read(self, kind: TicketKind, text: str, browser: str) -> Ticket:
        """Reads a ticket that came with a safe method: it may be shown, and nothing may be done.

        Raises:
            InvalidRequest: It was not issued here, for this browser, for this purpose, or it has expired.
        """
        try:
            expires_at, bound_to, content = self._serializers[kind].loads(text)
            ticket = Ticket(**content)
        except (BadData, ValueError, TypeError) as error:
            raise InvalidRequest("this page cannot be opened by itself; start again") from error
        if expires_at <= self._clock.now():
            raise InvalidRequest("this page has expired; start again")
        if not browser or bound_to != fingerprint(browser):
            raise InvalidRequest("this page was opened in another browser, or cookies are blocked; start again")
        return ticket

    def csrf_token(self, text: str, browser: str) -> str:
        """What a form has to bring with the ticket, to show that it is ours and was shown in this browser."""
        return self._csrf.get_signature(f"{browser}.{text}").decode()

    def take(self, kind: TicketKind, text: str, csrf_token: str, browser: str) -> Ticket:
        """Takes back a ticket that came with a form.

        Raises:
            InvalidRequest: As for `read`, or the CSRF token is not that of the ticket and the browser.
        """
        ticket = self.read(kind, text, browser)
        if not self._csrf.verify_signature(f"{browser}.{text}", csrf_token):
            raise InvalidRequest("this form was not sent from its own page; start again")
        return ticket
