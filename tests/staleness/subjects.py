"""Whom the trials are about: a user with a session and tokens, put into the store as the services would."""

import math
import os
from dataclasses import dataclass, field, replace

import structlog

from services.token.issue import TokenIssuer, TokenLifetimes
from shared.clock import SystemClock
from shared.handles import ID_BYTES, Handle, HandleCodec, HandleKind, digest
from shared.records import Client, Session
from shared.settings import CommonSettings
from shared.store import CodeRedemption, Store
from shared.tokens.keyring import KeyRing
from shared.tokens.sealing import KeySealer
from tests.conftest import SECRET
from tests.contract import examples
from tests.staleness.fleet import ISSUER

MONITOR_SECRET = "monitor-secret-at-least-32-characters"
WEB_SECRET = "web-secret-of-at-least-32-characters"
_LIFETIMES = TokenLifetimes(access_token=3600, id_token=600, refresh_token=86_400)


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
        keyring = KeyRing(store, KeySealer(settings.derived_keys("key sealing")), self._clock)
        self._issuer = TokenIssuer(keyring, ISSUER, store, self._clock, os.urandom, _LIFETIMES)
        self._web = examples.client("web", scopes=("openid", "profile", "offline_access"))
        self._log = structlog.get_logger()

    def prepare(self) -> None:
        """Registers the clients that ask and are asked about."""
        for client, secret in ((self._web, WEB_SECRET), (examples.client("monitor", introspect="any"), MONITOR_SECRET)):
            self._store.insert_client(_with_secret(client, secret))

    def make(self) -> Subject:
        """A new one."""
        now = self._clock.now()
        user = examples.user(claims={"name": "Ada"}, user_id=os.urandom(16).hex())
        user = replace(user, username=f"user-{user.user_id}")
        self._store.insert_user(user)
        handle = self._handles.mint(HandleKind.SESSION, os.urandom(ID_BYTES))
        session = Session(digest(handle), user.user_id, now, "1", ("pwd",), now, now + 3600)
        assert self._store.insert_session(session, user.password_hash, "")
        family_handle = Handle(os.urandom(ID_BYTES), generation=0)
        refresh_token = self._handles.mint(HandleKind.REFRESH_TOKEN, family_handle.id)
        code = examples.code(
            session,
            code_hash=os.urandom(32).hex(),
            scopes=("openid", "profile"),
            created_at=now,
            expires_at=now + 60,
            not_after=math.inf,
        )
        self._store.insert_code(code)
        family = self._store.redeem_code(
            CodeRedemption(
                code.code_hash,
                code.client_id,
                code.redirect_uri,
                code.code_challenge,
                family_handle.id_digest,
                digest(refresh_token),
                86_400,
                now,
            )
        )
        tokens = self._issuer.for_user(self._web, family, ("openid", "profile"), refresh_token)
        return Subject(user.user_id, user.username, session.session_id, handle, tokens.access_token, refresh_token)


def _with_secret(client: Client, secret: str) -> Client:
    return replace(client, secret_hash=digest(secret))
