"""Authorization codes: single use, short-lived, bound to client, redirect URI, challenge and session."""

import math
from collections.abc import Callable

from services.auth.authorization_request import AuthorizationRequest
from shared.clock import Clock
from shared.handles import ID_BYTES, HandleCodec, HandleKind, digest
from shared.records import AuthorizationCode, Client, Session
from shared.store import CodeStore


class CodeIssuer:
    """Issues authorization codes.

    Args:
        ttl: Seconds for which a code may be redeemed; at most 600 (RFC 6749 section 4.1.2).
    """

    def __init__(
        self, codes: CodeStore, codec: HandleCodec, clock: Clock, random_bytes: Callable[[int], bytes], ttl: float
    ) -> None:
        self._codes = codes
        self._codec = codec
        self._clock = clock
        self._random_bytes = random_bytes
        self._ttl = ttl

    def issue(self, request: AuthorizationRequest, client: Client, session: Session) -> str:
        """Stores what the user granted and returns the code for it.

        Raises:
            StoreFull: There is no room for another code.
        """
        code = self._codec.mint(HandleKind.CODE, self._random_bytes(ID_BYTES))
        now = self._clock.now()
        self._codes.insert_code(
            AuthorizationCode(
                code_hash=digest(code),
                client_id=client.client_id,
                redirect_uri=request.redirect_uri,
                code_challenge=request.code_challenge,
                user_id=session.user_id,
                session_id=session.session_id,
                scopes=request.scopes,
                nonce=request.nonce,
                requested_claims=request.requested_claims.within(client.scopes),
                auth_time=session.auth_time,
                acr=session.acr,
                amr=session.amr,
                created_at=now,
                expires_at=now + self._ttl,
                not_after=math.inf if "offline_access" in request.scopes else session.expires_at,
            )
        )
        return code
