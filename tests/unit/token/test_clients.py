"""Clients: who authenticates how, what may be registered, and what disabling ends."""

from dataclasses import replace
from typing import Any

import pytest
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey
from structlog.testing import LogCapture

from services.token.authenticate_client import ClientAuthenticator, PresentedClient
from services.token.client_assertion import ClientAssertionVerifier
from services.token.client_settings import validate
from services.token.register_client import ClientRegistrar
from shared.clock import ManualClock
from shared.errors import AuthplaneError, InvalidClient, InvalidRequest
from shared.handles import digest
from shared.records import Client
from shared.store.memory import MemoryStore
from tests.contract.examples import client
from tests.unit.events import events_into

SECRET = "s" * 32
METHODS = ("client_secret_basic", "client_secret_post", "none")


@pytest.fixture
def store() -> MemoryStore:
    store = MemoryStore()
    for method in METHODS:
        store.insert_client(
            client(method, token_endpoint_auth_method=method, secret_hash="" if method == "none" else digest(SECRET))
        )
    return store


@pytest.fixture
def authenticator(store: MemoryStore) -> ClientAuthenticator:
    return ClientAuthenticator(store, ClientAssertionVerifier(store, ["https://id.example"], ManualClock(0)))


@pytest.fixture
def registrar(store: MemoryStore) -> ClientRegistrar:
    return ClientRegistrar(store, ManualClock(7), lambda size: b"r" * size, events_into(LogCapture()))


@pytest.mark.parametrize("registered", METHODS)
@pytest.mark.parametrize("method", [*METHODS, "private_key_jwt", "internal", "magic"])
def test_only_the_registered_method_proves(authenticator: ClientAuthenticator, registered: str, method: str) -> None:
    """OpenID Connect Core 9: a right secret by another method is refused."""
    proof = "" if method == "none" else SECRET
    attempt = PresentedClient(registered, method, proof)
    if method == registered:
        assert authenticator.authenticate(attempt).client_id == registered
    else:
        with pytest.raises(InvalidClient):
            authenticator.authenticate(attempt)


def test_all_refusals_are_alike(store: MemoryStore, authenticator: ClientAuthenticator) -> None:
    """Row 26: unknown, disabled, wrong secret, no secret, wrong method: one answer."""
    store.insert_client(client("disabled", secret_hash=digest(SECRET)))
    store.disable_client("disabled", 0)
    answers = set()
    for attempt in (
        PresentedClient("unknown", "client_secret_basic", SECRET),
        PresentedClient("disabled", "client_secret_basic", SECRET),
        PresentedClient("client_secret_basic", "client_secret_basic", "wrong"),
        PresentedClient("client_secret_basic", "client_secret_basic", ""),
        PresentedClient("client_secret_basic", "client_secret_post", SECRET),
        PresentedClient("none", "none", SECRET),
        PresentedClient("", "none", ""),
    ):
        with pytest.raises(InvalidClient) as refusal:
            authenticator.authenticate(attempt)
        answers.add(refusal.value.message)
    assert len(answers) == 1


GOOD = client("web")


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": ""},
        {"client_id": "a b"},
        {"client_id": "x" * 256},
        {"client_name": "\x1b[2J"},
        {"token_endpoint_auth_method": "magic"},
        {"id_token_signed_response_alg": "none"},
        {"consent": "maybe"},
        {"introspect": "all"},
        {"grant_types": ()},
        {"grant_types": ("password",)},
        {"grant_types": ("refresh_token",)},
        {"grant_types": ("authorization_code",), "redirect_uris": ()},
        {"scopes": ("a b",)},
        {"scopes": ('"',)},
        {"redirect_uris": ("http://web.example/callback",)},
        {"redirect_uris": ("https://web.example/callback#x",)},
        {"redirect_uris": ("https://*.example/callback",)},
        {"redirect_uris": ("https://user@web.example/",)},
        {"redirect_uris": ("javascript:alert(1)",)},
        {"redirect_uris": ("myapp:/callback",)},
        {"redirect_uris": ("/callback",)},
        {"redirect_uris": ("https://web.example/" + "x" * 3000,)},
        {"redirect_uris": tuple(f"https://web.example/{n}" for n in range(101))},
        {"token_endpoint_auth_method": "none", "require_pkce": False},
        {"token_endpoint_auth_method": "none", "grant_types": ("client_credentials",)},
        {"token_endpoint_auth_method": "private_key_jwt"},
        {"jwks": {"keys": [{"kty": "EC"}]}},
    ],
    ids=str,
)
def test_settings_that_cannot_work_are_refused(changes: dict[str, Any]) -> None:
    """Each is an InvalidRequest that names the setting."""
    validate(GOOD)
    with pytest.raises(InvalidRequest) as refusal:
        validate(replace(GOOD, **changes))
    message = refusal.value.message
    assert any(name.split("_")[0] in message or str(value) in message for name, value in changes.items())


EC, RSA = ECKey.generate_key("P-256").as_dict(private=False), RSAKey.generate_key(2048).as_dict(private=False)


@pytest.mark.parametrize(
    "keys",
    [
        [],
        5,
        ["EC"],
        [None],
        [{}],
        [{"kty": "EC"}],
        [{**EC, "x": "AA"}],
        [{**EC, "kid": 7.0}],
        [ECKey.generate_key("P-384").as_dict(private=False)],
        [EC, ECKey.generate_key("P-256").as_dict(private=True)],
        [OKPKey.generate_key("Ed25519").as_dict(private=False)],
        [OctKey.generate_key().as_dict()],
    ],
    ids=[
        "none",
        "a number",
        "a text",
        "null",
        "empty",
        "no point",
        "no such point",
        "kid is a number",
        "another curve",
        "a private key among them",
        "Ed25519",
        "symmetric",
    ],
)
def test_key_sets_that_cannot_work_are_refused(keys: object) -> None:
    """RFC 7517: public keys only, for ES256 or RS256, which are the algorithms that are accepted."""
    signer = replace(GOOD, token_endpoint_auth_method="private_key_jwt")
    validate(replace(signer, jwks={"keys": [EC, RSA]}))
    with pytest.raises(InvalidRequest, match="jwks"):
        validate(replace(signer, jwks={"keys": keys}))


@pytest.mark.filterwarnings("ignore:Key size")
def test_a_short_rsa_key_is_refused() -> None:
    """RFC 7518 section 3.3: a key of 2048 bits or more must be used."""
    short = RSAKey.generate_key(1024).as_dict(private=False)
    with pytest.raises(InvalidRequest, match="2048"):
        validate(replace(GOOD, token_endpoint_auth_method="private_key_jwt", jwks={"keys": [EC, short]}))


@pytest.mark.parametrize(
    "uri", ["https://web.example/cb?a=b", "http://127.0.0.1/cb", "http://[::1]:1/", "com.example.app:/cb"]
)
def test_redirect_uris_that_can_work_are_taken(uri: str) -> None:
    """https, loopback http, and private-use schemes of a domain (RFC 8252 section 7)."""
    validate(replace(GOOD, redirect_uris=(uri,)))


def test_a_secret_is_made_where_one_is_needed(store: MemoryStore, registrar: ClientRegistrar) -> None:
    """256 random bits, told once, and only the digest is stored."""
    registered, secret = registrar.register(client("new"), "")
    assert len(secret) == 43
    assert (registered.secret_hash, registered.created_at) == (digest(secret), 7)
    rotated = registrar.rotate_secret(registered)
    found = store.find_client("new")
    assert found is not None
    assert found.secret_hash == digest(rotated)
    public = replace(client("app"), token_endpoint_auth_method="none", secret_hash="")
    assert registrar.register(public, "") == (replace(public, created_at=7), "")


@pytest.mark.parametrize(
    ("changes", "secret"),
    [({}, "short"), ({}, "x" * 1025), ({}, "é" * 40), ({"token_endpoint_auth_method": "none"}, SECRET)],
)
def test_secrets_that_are_none_are_refused(registrar: ClientRegistrar, changes: dict[str, Any], secret: str) -> None:
    """Row 6: at least 32 characters, and none for a client that uses none."""
    new: Client = replace(client("new"), **changes)
    with pytest.raises(AuthplaneError, match="client_secret"):
        registrar.register(new, secret)
