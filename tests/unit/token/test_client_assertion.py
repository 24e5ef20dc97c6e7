"""Client assertions (RFC 7523 section 3, OpenID Connect Core 9): what proves a client, and what does not."""

import base64
import hmac
import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from services.token.authenticate_client import ClientAuthenticator, PresentedClient
from services.token.client_assertion import ClientAssertionVerifier
from shared.clock import ManualClock
from shared.errors import InvalidClient
from shared.store.memory import MemoryStore
from tests.contract.examples import client

ISSUER = "https://id.example"
ENDPOINT = f"{ISSUER}/auth/token"
NOW = 1_800_000_000.0
EC, RSA, FOREIGN = ECKey.generate_key("P-256"), RSAKey.generate_key(2048), ECKey.generate_key("P-256")
CLAIMS: dict[str, Any] = {"iss": "jwt", "sub": "jwt", "aud": ISSUER, "exp": NOW + 60, "jti": "once", "iat": NOW}


@pytest.fixture
def authenticator() -> ClientAuthenticator:
    store = MemoryStore()
    keys = [{**key.as_dict(private=False), "kid": key.thumbprint()} for key in (EC, RSA)]
    store.insert_client(
        client("jwt", token_endpoint_auth_method="private_key_jwt", secret_hash="", jwks={"keys": keys})
    )
    store.insert_client(client("web"))
    return ClientAuthenticator(store, ClientAssertionVerifier(store, [ISSUER, ENDPOINT], ManualClock(NOW)))


def signed(key: Any = EC, alg: str = "ES256", header: dict[str, Any] | None = None, **changes: Any) -> str:
    claims = {name: value for name, value in {**CLAIMS, **changes}.items() if value is not None}
    kid = {"kid": key.thumbprint()} if hasattr(key, "thumbprint") else {}
    return jwt.encode({"alg": alg, **kid, **(header or {})}, claims, key, algorithms=[alg])


def _confused(public_key: bytes) -> str:
    """HS256 with the public key as the secret, which no library signs knowingly."""
    header = json.dumps({"alg": "HS256", "kid": EC.thumbprint()}).encode()
    parts = [base64.urlsafe_b64encode(part).rstrip(b"=") for part in (header, json.dumps(CLAIMS).encode())]
    parts.append(base64.urlsafe_b64encode(hmac.digest(public_key, b".".join(parts), "sha256")).rstrip(b"="))
    return b".".join(parts).decode()


def presented(assertion: str, client_id: str = "jwt") -> PresentedClient:
    return PresentedClient(client_id, "private_key_jwt", assertion)


@pytest.mark.parametrize("key", [EC, RSA], ids=["ES256", "RS256"])
@pytest.mark.parametrize("audience", [ISSUER, ENDPOINT, [ISSUER, "https://other.example"]])
@pytest.mark.parametrize("client_id", ["jwt", ""])
def test_a_good_assertion_proves_the_client(
    authenticator: ClientAuthenticator, key: Any, audience: object, client_id: str
) -> None:
    """With either algorithm, for the issuer or the endpoint; the assertion may name the client alone."""
    assertion = signed(key, "ES256" if key is EC else "RS256", aud=audience)
    assert authenticator.authenticate(presented(assertion, client_id)).client_id == "jwt"


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "web"},
        {"iss": None},
        {"sub": "web"},
        {"sub": None},
        {"aud": "https://other.example"},
        {"aud": None},
        {"aud": 7},
        {"exp": NOW},
        {"exp": None},
        {"exp": "later"},
        {"exp": NOW + 100_000},
        {"nbf": NOW + 60},
        {"nbf": "now"},
        {"jti": None},
        {"jti": ""},
        {"jti": 7},
        {"jti": "x" * 256},
    ],
    ids=str,
)
def test_claims_that_do_not_fit_are_refused(authenticator: ClientAuthenticator, changes: dict[str, Any]) -> None:
    """RFC 7523 section 3, items 1 to 9; and the refusal uses nothing up."""
    with pytest.raises(InvalidClient):
        authenticator.authenticate(presented(signed(**changes)))
    assert authenticator.authenticate(presented(signed())).client_id == "jwt"


def test_forged_assertions_are_refused(authenticator: ClientAuthenticator) -> None:
    """Rows 15 and 16: a foreign key, one brought along, the public key as a secret, an unknown crit, garbage."""
    forgeries = [
        signed(FOREIGN, header={"kid": EC.thumbprint()}),
        signed(FOREIGN, header={"jwk": FOREIGN.as_dict(private=False)}),
        _confused(EC.as_pem(private=False)),
        "eyJhbGciOiJub25lIn0." + signed().split(".")[1] + ".",
        signed()[:-4],
        signed() + "x" * 20_000,
        "garbage",
        "",
    ]
    for forgery in forgeries:
        with pytest.raises(InvalidClient):
            authenticator.authenticate(presented(forgery))


def test_an_assertion_is_used_once(authenticator: ClientAuthenticator) -> None:
    """CVE-2020-5300 and CVE-2020-15222: of 16 threads with the same assertion one gets in."""
    assertion = signed()

    def attempt(_: int) -> bool:
        try:
            return authenticator.authenticate(presented(assertion)).client_id == "jwt"
        except InvalidClient:
            return False

    with ThreadPoolExecutor(16) as threads:
        assert sum(threads.map(attempt, range(16))) == 1
    assert authenticator.authenticate(presented(signed(jti="another"))).client_id == "jwt"


def test_an_assertion_proves_its_own_client_only(authenticator: ClientAuthenticator) -> None:
    """Neither a client that is named beside it, nor one that authenticates otherwise."""
    with pytest.raises(InvalidClient):
        authenticator.authenticate(presented(signed(), "web"))
    with pytest.raises(InvalidClient):
        authenticator.authenticate(presented(signed(iss="web", sub="web"), "web"))


def test_the_clock_is_the_injected_one(authenticator: ClientAuthenticator) -> None:
    """Times are compared with the plane's clock, whatever the machine says."""
    assert abs(time.time() - NOW) > 60
    assert authenticator.authenticate(presented(signed())).client_id == "jwt"
