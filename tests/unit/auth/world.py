"""A small world for the use-cases of the auth service: one store, one clock, and requests to start from."""

import math
from collections.abc import Mapping
from dataclasses import replace
from random import Random
from typing import Any

import argon2
from joserfc.jwk import ECKey
from structlog.testing import LogCapture

from services.auth.authorization_response import AuthorizationResponse
from services.auth.authorize import AuthorizationAttempt, Authorizer
from services.auth.consent import ConsentKeeper
from services.auth.create_user import UserCreator
from services.auth.get_user import UserFinder
from services.auth.interaction import Interaction
from services.auth.issue_code import CodeIssuer
from services.auth.login import PasswordLogin
from services.auth.logout import Logout
from services.auth.passwords import PasswordHasher
from services.auth.session_handles import SessionHandles
from services.auth.validate_session import SessionValidator
from shared.clock import ManualClock
from shared.handles import HandleCodec, digest
from shared.records import Client, Family, Session, SigningKey
from shared.store import CodeRedemption
from shared.tokens.id_token import IdTokenHintVerifier
from shared.tokens.keyring import KeyRing
from shared.tokens.sealing import KeySealer
from tests.stores import memory_access
from tests.unit.events import events_into

ISSUER = "https://id.example.com"
CALLBACK = "https://app.example.com/callback"
GOODBYE = "https://app.example.com/goodbye"
PASSWORD = "correct horse battery staple"
SESSION_TTL, CODE_TTL = 3600.0, 60.0
START = 1_700_000_000.0
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

REQUEST = {
    "client_id": "web",
    "redirect_uri": CALLBACK,
    "response_type": "code",
    "scope": "openid profile",
    "state": "af0ifjsldkj",
    "nonce": "n-0S6_WzA2Mj",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}
"""An authorization request to which a logged-in user owes nothing."""

CHEAP = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""Hashing that costs next to nothing."""

_SIGNING_KEY = ECKey.generate_key("P-256")


def client(**changes: Any) -> Client:
    """A first-party web client, but for the changes."""
    web = Client(
        client_id="web",
        client_name="Web shop",
        token_endpoint_auth_method="client_secret_basic",
        secret_hash=digest("web-secret"),
        jwks={},
        redirect_uris=(CALLBACK,),
        post_logout_redirect_uris=(GOODBYE,),
        grant_types=("authorization_code", "refresh_token"),
        scopes=("openid", "profile", "email", "address", "phone", "offline_access", "orders:read"),
        id_token_signed_response_alg="RS256",
        require_pkce=True,
        consent="skip",
        introspect="own",
        audiences=(),
        disabled=False,
        epoch=0,
        created_at=START,
    )
    return replace(web, **changes)


class World:
    """The use-cases on one store; the user ada can log in."""

    def __init__(self) -> None:
        self.clock = ManualClock(START)
        self.access = memory_access(self.clock)
        self.store = store = self.access.store
        self.random_bytes = Random(28).randbytes
        self.passwords = passwords = PasswordHasher(CHEAP, self.random_bytes)
        self.log = LogCapture()
        self.events = events_into(self.log)
        self.codec = HandleCodec([b"h" * 32])
        self.handles = SessionHandles(self.codec, self.random_bytes)
        self.sessions = SessionValidator(store, self.handles, self.clock)
        self.finder = UserFinder(store)
        sealer = KeySealer([b"s" * 32])
        store.replace_signing_keys([_signing_key(sealer)], {})
        self.keyring = KeyRing(store, sealer, self.clock)
        self.hints = IdTokenHintVerifier(self.keyring, ISSUER)
        self.login = self.login_with(passwords)
        self.authorizer = Authorizer(
            store,
            store,
            self.sessions,
            self.hints,
            ConsentKeeper(store, self.clock),
            CodeIssuer(store, self.codec, self.clock, self.random_bytes, CODE_TTL),
            self.clock,
            ISSUER,
        )
        self.logout = Logout(store, store, self.sessions, self.hints, self.clock, self.events)
        self.creator = UserCreator(store, passwords, self.clock, self.random_bytes, self.events)
        self.ada = self.creator.create("ada", PASSWORD, {"email": "Ada@Example.com", "name": "Ada Lovelace"})
        self.log.entries.clear()  # That there is a user is where tests begin.

    def login_with(self, passwords: PasswordHasher) -> PasswordLogin:
        """The login use-case with another way of checking passwords."""
        return PasswordLogin(self.store, self.store, passwords, self.handles, self.clock, self.events, SESSION_TTL)

    def log_in(self, username: str = "ada", previous: str = "") -> str:
        """The handle of a new session."""
        return self.login.log_in(username, PASSWORD, previous).handle

    def session(self, handle: str) -> Session:
        """The live session of a handle."""
        session = self.sessions.validate(handle)
        assert session is not None
        return session

    def response(self, attempt: AuthorizationAttempt) -> AuthorizationResponse:
        """What goes to the client; it is an error of the test when the user owes something first."""
        answer = self.authorizer.authorize(attempt)
        assert isinstance(answer, AuthorizationResponse), answer
        return answer

    def interaction(self, attempt: AuthorizationAttempt) -> Interaction:
        """What the user owes; it is an error of the test when a response goes to the client."""
        answer = self.authorizer.authorize(attempt)
        assert isinstance(answer, Interaction), answer
        return answer

    def outcome(self, attempt: AuthorizationAttempt) -> str:
        """In a word: the interaction that is owed, "code", or the error."""
        answer = self.authorizer.authorize(attempt)
        if isinstance(answer, Interaction):
            return answer.kind.name
        return dict(answer.parameters).get("error", "code")

    def redeem(self, code: str, redirect_uri: str = CALLBACK, code_challenge: str = CHALLENGE) -> Family:
        """What the code of an ordinary request gives, for as long as it may last."""
        return self.store.redeem_code(
            CodeRedemption(
                code_hash=digest(code),
                client_id="web",
                redirect_uri=redirect_uri,
                code_challenge=code_challenge,
                family_id=digest(f"family of {code}"),
                token_hash="",
                lifetime=math.inf,
                now=self.clock.now(),
            )
        )

    def family_for(self, parameters: Mapping[str, str], handle: str) -> Family:
        """What a client ends up with that gets its code at once."""
        response = self.response(AuthorizationAttempt(parameters, session_handle=handle))
        return self.redeem(dict(response.parameters)["code"])

    def id_token(self, **changes: Any) -> str:
        """An ID token that this issuer signed for the client web, but for the changes to its claims."""
        claims = {"iss": ISSUER, "sub": self.ada.user_id, "aud": "web", "exp": START + 600, "iat": START}
        return self.keyring.sign("ES256", "JWT", claims | changes)


def _signing_key(sealer: KeySealer) -> SigningKey:
    return SigningKey(
        kid=_SIGNING_KEY.thumbprint(),
        alg="ES256",
        sealed=sealer.seal(_SIGNING_KEY),
        created_at=START - 60,
        activates_at=START - 60,
    )
