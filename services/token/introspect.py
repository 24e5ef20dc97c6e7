"""Token introspection (RFC 7662)."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from services.token.authenticate_client import PresentedClient
from services.token.callers import CallerIdentifier
from shared.cache.caches import Caches
from shared.cache.recording import Basis, Recording, recording
from shared.errors import InvalidRequest, InvalidToken
from shared.handles import HandleCodec, HandleKind, InvalidHandle, digest
from shared.records import Client
from shared.store import FamilyStore, UserStore
from shared.tokens.access_token import AccessTokenVerifier

MAX_BATCH = 100


@dataclass(frozen=True, slots=True)
class Introspection:
    """The answer about one token (RFC 7662 section 2.2).

    Attributes:
        basis: What it rests on; none when it must not be kept.
    """

    active: bool
    scopes: tuple[str, ...] = ()
    client_id: str = ""
    username: str = ""
    token_type: str = ""
    expires_at: int = 0
    issued_at: int = 0
    sub: str = ""
    audience: tuple[str, ...] = ()
    issuer: str = ""
    jti: str = ""
    auth_time: int = 0
    basis: Basis | None = field(default=None, compare=False)


INACTIVE = Introspection(active=False)


class Introspector:
    """Says whether a token is active and what it allows.

    Tokens show by their form what they are, so that a wrong hint costs nothing and never hides a token. What a caller
    may not see looks to it as if it did not exist.
    """

    def __init__(
        self,
        callers: CallerIdentifier,
        verifier: AccessTokenVerifier,
        families: FamilyStore,
        users: UserStore,
        handles: HandleCodec,
        issuer: str,
        caches: Caches,
    ) -> None:
        self._callers = callers
        self._verifier = verifier
        self._families = families
        self._users = users
        self._handles = handles
        self._issuer = issuer
        self._caches = caches

    def introspect(self, presented: PresentedClient, tokens: Sequence[str]) -> list[Introspection]:
        """One answer for each token, in order.

        Raises:
            InvalidClient: The caller did not prove who it is.
            InvalidRequest: No token, an empty one, or more than 100.
        """
        with recording() as about_caller:
            caller = self._callers.identify_confidential(presented)
        if not 1 <= len(tokens) <= MAX_BATCH or not all(tokens):
            raise InvalidRequest(f"give 1 to {MAX_BATCH} tokens, none of them empty")
        return [self._answer(caller, about_caller, token) for token in tokens]

    def _answer(self, caller: Client, about_caller: Recording, token: str) -> Introspection:
        with recording() as made:
            made.add(about_caller)
            answer = self._visible(caller, self._look_up(token))
            if not answer.active:
                made.end_at(self._caches.end_of_no())
        return replace(answer, basis=made.basis)

    def _look_up(self, token: str) -> Introspection:
        try:
            return self._refresh_token(token)
        except InvalidHandle:
            return self._access_token(token)

    def _access_token(self, token: str) -> Introspection:
        try:
            found = self._verifier.verify(token)
        except InvalidToken:
            return INACTIVE
        return Introspection(
            active=True,
            scopes=found.scopes,
            client_id=found.client_id,
            username=self._username(found.user_id),
            token_type="Bearer",
            expires_at=found.expires_at,
            issued_at=found.issued_at,
            sub=found.sub,
            audience=found.audience,
            issuer=self._issuer,
            jti=found.jti,
            auth_time=found.auth_time,
        )

    def _refresh_token(self, token: str) -> Introspection:
        handle = self._handles.parse(HandleKind.REFRESH_TOKEN, token)
        family = self._families.find_refresh_token(handle.id_digest, digest(token), self._caches.clock.now())
        if family is None:
            return INACTIVE
        return Introspection(
            active=True,
            scopes=family.scopes,
            client_id=family.client_id,
            username=self._username(family.user_id),
            expires_at=int(family.expires_at),
            issued_at=int(family.created_at),
            sub=family.user_id,
            issuer=self._issuer,
            auth_time=int(family.auth_time),
        )

    def _username(self, user_id: str) -> str:
        user = self._users.find_user(user_id) if user_id else None
        return user.username if user else ""

    @staticmethod
    def _visible(caller: Client, answer: Introspection) -> Introspection:
        own = caller.client_id == answer.client_id or caller.client_id in answer.audience
        return answer if caller.introspect == "any" or own else INACTIVE
