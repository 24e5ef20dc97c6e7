"""A small world for the use-cases of the token service: one store, one clock, clients of every kind, and grants."""

import base64
import hashlib
import json
from dataclasses import replace
from random import Random
from typing import Any

from structlog.testing import LogCapture

from services.token.administer_clients import ClientAdministrator
from services.token.authenticate_client import INTERNAL_SERVICE, ClientAuthenticator, PresentedClient
from services.token.callers import CallerIdentifier
from services.token.client_assertion import ClientAssertionVerifier
from services.token.client_credentials import ClientCredentialsGranter
from services.token.introspect import Introspection, Introspector
from services.token.issue import TokenIssuer, TokenLifetimes, Tokens
from services.token.redeem_code import CodeRedeemer
from services.token.refresh_token import RefreshTokenRotator
from services.token.revoke import Revoker
from services.token.rotate_keys import KeyRotator, KeySchedule
from shared.clock import ManualClock
from shared.handles import ID_BYTES, HandleCodec, HandleKind, digest
from shared.records import Client, SigningKey
from shared.store.memory import MemoryStore
from shared.tokens.access_token import AccessTokenVerifier
from shared.tokens.id_token import IdTokenHintVerifier
from shared.tokens.keyring import KeyRing
from shared.tokens.sealing import KeySealer
from tests.contract import examples
from tests.stores import memory_access
from tests.unit.events import events_into

ISSUER = "https://id.example"
NOW = examples.NOW
SECRET = "s" * 32
CALLBACK = "https://web.example/callback"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
LIFETIMES = TokenLifetimes(access_token=600, id_token=300, refresh_token=30 * 86_400)
GRACE = 10.0
SCHEDULE = KeySchedule(overlap=300, longest_token=600)
INTERNAL = PresentedClient("", INTERNAL_SERVICE, "")

OLD_HANDLE_KEY, HANDLE_KEY = b"o" * 32, b"h" * 32

SEALER = KeySealer([b"s" * 32])


def _signing_keys() -> list[SigningKey]:
    store = MemoryStore()
    clock = ManualClock(NOW)
    KeyRotator(store, SEALER, SCHEDULE, clock, events_into(LogCapture())).ensure()
    return list(store.list_signing_keys())


SIGNING_KEYS = _signing_keys()
"""One of each algorithm; making RSA keys takes too long to do it for every test."""

CLIENTS = [
    examples.client("web", scopes=("openid", "email", "profile", "orders:read"), audiences=("api",)),
    examples.client("other"),
    examples.client("api"),
    examples.client("monitor", introspect="any"),
    examples.client("code-only", grant_types=("authorization_code",), id_token_signed_response_alg="ES256"),
    examples.client("app", token_endpoint_auth_method="none", secret_hash=""),
    examples.client("machine", grant_types=("client_credentials",), scopes=("openid", "orders:read", "orders:write")),
]


def claims_of(token: str, part: int = 1) -> dict[str, Any]:
    """The claims of a JWT (or its header, part 0) as they were sent; whether they are genuine is another question."""
    text = token.split(".")[part]
    return dict(json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))))


def presented(client_id: str = "web") -> PresentedClient:
    """What one of the clients rightly presents."""
    if client_id == "app":
        return PresentedClient(client_id, "none", "")
    return PresentedClient(client_id, "client_secret_basic", SECRET)


class World:
    """The use-cases on one store; the user ada is logged in."""

    def __init__(self) -> None:
        self.clock = clock = ManualClock(NOW)
        self.access = memory_access(clock)
        self.store = store = self.access.store
        self.random_bytes = Random(28).randbytes
        self.log = LogCapture()
        self.events = events_into(self.log)
        self.handles = HandleCodec([HANDLE_KEY])
        store.replace_signing_keys(SIGNING_KEYS, {})
        self.keyring = keyring = KeyRing(store, SEALER, clock)
        self.keys = KeyRotator(store, SEALER, SCHEDULE, clock, self.events)
        self.clients = ClientAuthenticator(store, ClientAssertionVerifier(store, [ISSUER], clock))
        callers = CallerIdentifier(self.clients)
        self.verifier = AccessTokenVerifier(keyring, ISSUER, store, self.access.caches)
        self.hints = IdTokenHintVerifier(keyring, ISSUER)
        self.issuer = TokenIssuer(keyring, ISSUER, store, clock, self.random_bytes, LIFETIMES)
        self.redeemer = CodeRedeemer(
            self.clients, store, self.handles, self.issuer, LIFETIMES, clock, self.random_bytes, self.events
        )
        self.rotator = self.rotator_with(self.handles)
        self.granter = ClientCredentialsGranter(self.clients, self.issuer)
        self.introspector = Introspector(callers, self.verifier, store, store, self.handles, ISSUER, self.access.caches)
        self.revoker = Revoker(callers, self.verifier, store, store, self.handles, clock, self.events)
        self.administrator = ClientAdministrator(store, clock, self.events)
        for client in CLIENTS:
            store.insert_client(replace(client, secret_hash=client.secret_hash and digest(SECRET)))
        self.ada = examples.user("ada", claims={"email": "ada@example.com", "name": "Ada Lovelace"})
        self.session = examples.logged_in(store, self.ada)

    def rotator_with(self, handles: HandleCodec) -> RefreshTokenRotator:
        """The use-case with other handle keys."""
        return RefreshTokenRotator(self.clients, self.store, handles, self.issuer, GRACE, self.clock, self.events)

    def code(self, client_id: str = "web", **changes: Any) -> str:
        """A code that was just issued to the client, but for the changes."""
        code = self.handles.mint(HandleKind.CODE, self.random_bytes(ID_BYTES))
        values = {
            "code_hash": digest(code),
            "client_id": client_id,
            "code_challenge": CHALLENGE,
            "requested_claims": {},
            "created_at": self.clock.now(),
            "expires_at": self.clock.now() + 60,
        }
        self.store.insert_code(examples.code(self.session, **{**values, **changes}))
        return code

    def redeem(
        self, code: str, client_id: str = "web", verifier: str = VERIFIER, redirect_uri: str = CALLBACK
    ) -> Tokens:
        return self.redeemer.redeem(presented(client_id), code, redirect_uri, verifier)

    def tokens(self, client_id: str = "web", **changes: Any) -> Tokens:
        """What a fresh grant of the user gives the client."""
        return self.redeem(self.code(client_id, **changes), client_id)

    def refresh(self, refresh_token: str, client_id: str = "web", scope: str = "") -> Tokens:
        return self.rotator.rotate(presented(client_id), refresh_token, scope)

    def machine_token(self) -> str:
        return self.granter.grant(presented("machine"), "").access_token

    def introspect(self, token: str, caller: PresentedClient = INTERNAL) -> Introspection:
        (answer,) = self.introspector.introspect(caller, [token])
        return answer

    def client(self, client_id: str) -> Client:
        return self.administrator.get(client_id)
