"""The grant type authorization_code (RFC 6749 section 4.1.3, RFC 7636)."""

import base64
import hashlib
import re
from collections.abc import Callable

from services.token.authenticate_client import ClientAuthentication, PresentedClient
from services.token.grant_types import require_grant_type
from services.token.issue import TokenIssuer, TokenLifetimes, Tokens
from shared.clock import Clock
from shared.errors import CodeAlreadyUsed, InvalidGrant
from shared.handles import ID_BYTES, Handle, HandleCodec, HandleKind, InvalidHandle, digest
from shared.records import Client, Family
from shared.store import CodeRedemption, CodeStore
from shared.telemetry.events import SecurityEvents

_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}", re.ASCII)


class CodeRedeemer:
    """Exchanges an authorization code for tokens, exactly once.

    All that binds the code (client, redirect URI, challenge) is compared by the store in the step that consumes it, so
    a replay with a wrong verifier can neither use the code nor revoke what came of it.
    """

    def __init__(
        self,
        clients: ClientAuthentication,
        codes: CodeStore,
        handles: HandleCodec,
        issuer: TokenIssuer,
        lifetimes: TokenLifetimes,
        clock: Clock,
        random_bytes: Callable[[int], bytes],
        events: SecurityEvents,
    ) -> None:
        self._clients = clients
        self._codes = codes
        self._handles = handles
        self._issuer = issuer
        self._lifetimes = lifetimes
        self._clock = clock
        self._random_bytes = random_bytes
        self._events = events

    def redeem(self, presented: PresentedClient, code: str, redirect_uri: str, code_verifier: str) -> Tokens:
        """The tokens for the code.

        Raises:
            InvalidClient, UnauthorizedClient: See client authentication.
            InvalidGrant: The code is unknown, has expired, or was issued for another client, redirect URI or challenge.
            CodeAlreadyUsed: It was redeemed before; what it gave is revoked now.
        """
        client = self._clients.authenticate(presented)
        require_grant_type(client, "authorization_code")
        family_handle = Handle(self._random_bytes(ID_BYTES), generation=0)
        refresh_token = self._first_refresh_token(client, family_handle)
        family = self._consume(
            CodeRedemption(
                code_hash=self._code_hash(code),
                client_id=client.client_id,
                redirect_uri=redirect_uri,
                code_challenge=s256(code_verifier),
                family_id=family_handle.id_digest,
                token_hash=digest(refresh_token) if refresh_token else "",
                lifetime=self._lifetimes.of_grant(client),
                now=self._clock.now(),
            )
        )
        return self._issuer.for_user(client, family, family.scopes, refresh_token, family.nonce)

    def _consume(self, redemption: CodeRedemption) -> Family:
        try:
            return self._codes.redeem_code(redemption)
        except CodeAlreadyUsed:
            self._events.code_replayed(client_id=redemption.client_id)
            raise

    def _code_hash(self, code: str) -> str:
        try:
            self._handles.parse(HandleKind.CODE, code)
        except InvalidHandle as error:
            raise InvalidGrant("the authorization code is not valid") from error
        return digest(code)

    def _first_refresh_token(self, client: Client, family: Handle) -> str:
        if "refresh_token" not in client.grant_types:
            return ""
        return self._handles.mint(HandleKind.REFRESH_TOKEN, family.id)


def s256(code_verifier: str) -> str:
    """The code challenge of a verifier (RFC 7636 section 4.2); empty for none.

    Raises:
        InvalidGrant: The verifier has not the form of section 4.1.
    """
    if not code_verifier:
        return ""
    if not _VERIFIER.fullmatch(code_verifier):
        raise InvalidGrant("code_verifier must be 43 to 128 letters, digits or any of - . _ ~")
    return base64.urlsafe_b64encode(hashlib.sha256(code_verifier.encode()).digest()).rstrip(b"=").decode()
