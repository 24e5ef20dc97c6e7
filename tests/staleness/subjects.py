"""Whom the trials are about: a user with a session and tokens, put into the store as the services would."""

import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import structlog

from services.token.issue import TokenIssuer, TokenLifetimes
from services.token.redeem_code import s256
from shared.clock import SystemClock
from shared.handles import ID_BYTES, Handle, HandleCodec, HandleKind, digest
from shared.records import Client, Family, Session, SigningKey, User
from shared.settings import CommonSettings
from shared.store import CodeRedemption, Store
from shared.tokens.keyring import KeyRing
from shared.tokens.sealing import KeySealer
from tests.conftest import SECRET
from tests.contract import examples
from tests.staleness.fleet import ISSUER

MONITOR_SECRET = "monitor-secret-at-least-32-characters"
WEB_SECRET = "web-secret-of-at-least-32-characters"
VERIFIER = "a-verifier-of-at-least-forty-three-characters"
REDIRECT_URI = "https://web.example/callback"
_LIFETIMES = TokenLifetimes(access_token=3600, id_token=600, refresh_token=86_400)


@dataclass(frozen=True)
class Begun:
    """A user who has logged in and has no tokens yet."""

    user: User
    session: Session
    session_handle: str = field(repr=False)


@dataclass(frozen=True)
class Subject:
    """One user with one session and what was issued from it."""

    user_id: str
    username: str
    session_id: str
    session_handle: str = field(repr=False)
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)


class Subjects:
    """Makes subjects on a store whose signing keys are there."""

    def __init__(self, store: Store) -> None:
        settings = CommonSettings(issuer=ISSUER, secret=SECRET)
        self._store = store
        self._clock = SystemClock()
        self._handles = HandleCodec(settings.derived_keys("handles"))
        self._sealer = KeySealer(settings.derived_keys("key sealing"))
        keyring = KeyRing(store, self._sealer, self._clock)
        self._issuer = TokenIssuer(keyring, ISSUER, store, self._clock, os.urandom, _LIFETIMES)
        self._web = examples.client("web", scopes=("openid", "profile", "offline_access"))
        self._log = structlog.get_logger()

    def prepare(self) -> None:
        """Registers the clients that ask and are asked about."""
        for client, secret in ((self._web, WEB_SECRET), (examples.client("monitor", introspect="any"), MONITOR_SECRET)):
            self._store.insert_client(_with_secret(client, secret))

    def begin(self) -> Begun:
        """A new user, logged in."""
        now = self._clock.now()
        user = examples.user(claims={"name": "Ada"}, user_id=os.urandom(16).hex())
        user = replace(user, username=f"user-{user.user_id}")
        self._store.insert_user(user)
        handle = self._handles.mint(HandleKind.SESSION, os.urandom(ID_BYTES))
        session = Session(digest(handle), user.user_id, now, "1", ("pwd",), now, now + 3600)
        assert self._store.insert_session(session, user.password_hash, "")
        return Begun(user, session, handle)

    def issue_code(self, begun: Begun) -> str:
        """A code for the client "web", to be redeemed with `VERIFIER`."""
        code, now = self._handles.mint(HandleKind.CODE, os.urandom(ID_BYTES)), self._clock.now()
        self._store.insert_code(
            examples.code(
                begun.session,
                code_hash=digest(code),
                code_challenge=s256(VERIFIER),
                scopes=("openid", "profile"),
                created_at=now,
                expires_at=now + 600,  # However slow the machine: a second use after its end is refused, and no more.
                not_after=math.inf,
            )
        )
        return code

    def make(self) -> Subject:
        """A new one."""
        begun, family, refresh_token = self._granted()
        tokens = self._issuer.for_user(self._web, family, family.scopes, refresh_token)
        return Subject(
            begun.user.user_id,
            begun.user.username,
            begun.session.session_id,
            begun.session_handle,
            tokens.access_token,
            refresh_token,
        )

    def mint(self) -> Callable[[], str]:
        """Of a new subject: makes one access token after another, without asking the store."""
        _, family, refresh_token = self._granted()
        keys = _Remembered(self._store.list_signing_keys())
        keyring = KeyRing(keys, self._sealer, self._clock)
        issuer = TokenIssuer(keyring, ISSUER, self._store, self._clock, os.urandom, _LIFETIMES)
        # Nobody sees the ID tokens, so they need not say much, nor be signed with care.
        family, web = replace(family, requested_claims={}), replace(self._web, id_token_signed_response_alg="ES256")
        return lambda: issuer.for_user(web, family, family.scopes, refresh_token).access_token

    def _granted(self) -> tuple[Begun, Family, str]:
        begun = self.begin()
        family_handle = Handle(os.urandom(ID_BYTES), generation=0)
        refresh_token = self._handles.mint(HandleKind.REFRESH_TOKEN, family_handle.id)
        redemption = CodeRedemption(
            digest(self.issue_code(begun)),
            self._web.client_id,
            REDIRECT_URI,
            s256(VERIFIER),
            family_handle.id_digest,
            digest(refresh_token),
            86_400,
            self._clock.now(),
        )
        return begun, self._store.redeem_code(redemption), refresh_token


@dataclass(frozen=True)
class _Remembered:
    keys: Sequence[SigningKey]

    def list_signing_keys(self) -> Sequence[SigningKey]:
        return self.keys


def _with_secret(client: Client, secret: str) -> Client:
    return replace(client, secret_hash=digest(secret))
