"""Client assertions (RFC 7523 section 3, OpenID Connect Core 9): what proves a client, and what does not."""

import base64
import hmac
import json
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from joserfc.jws import JWSRegistry

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
Json = dict[str, Any]
CLAIMS: Json = {"iss": "jwt", "sub": "jwt", "aud": ISSUER, "exp": NOW + 60, "jti": "once", "iat": NOW}


@pytest.fixture
def authenticator() -> ClientAuthenticator:
    return authenticator_of({**key.as_dict(private=False), "kid": key.thumbprint()} for key in (EC, RSA))


def authenticator_of(keys: Iterable[Json]) -> ClientAuthenticator:
    """Knows the client jwt by these public keys."""
    store = MemoryStore()
    store.insert_client(
        client("jwt", token_endpoint_auth_method="private_key_jwt", secret_hash="", jwks={"keys": list(keys)})
    )
    store.insert_client(client("web"))
    return ClientAuthenticator(store, ClientAssertionVerifier(store, [ISSUER, ENDPOINT], ManualClock(NOW)))


def signed(key: Any = EC, alg: str = "ES256", header: Json | None = None, **changes: Any) -> str:
    claims = {name: value for name, value in {**CLAIMS, **changes}.items() if value is not None}
    kid = {"kid": key.thumbprint()} if hasattr(key, "thumbprint") else {}
    return jwt.encode({"alg": alg, **kid, **(header or {})}, claims, key, algorithms=[alg])


def _confused(public_key: bytes) -> str:
    """HS256 with the public key as the secret, which no library signs knowingly."""
    header = json.dumps({"alg": "HS256", "kid": EC.thumbprint()}).encode()
    parts = [base64.urlsafe_b64encode(part).rstrip(b"=") for part in (header, json.dumps(CLAIMS).encode())]
    parts.append(base64.urlsafe_b64encode(hmac.digest(public_key, b".".join(parts), "sha256")).rstrip(b"="))
    return b".".join(parts).decode()


def _with_header(header: Json) -> str:
    """Rightly signed under a header that no library writes."""
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (header, CLAIMS)]
    signature = JWSRegistry.algorithms["ES256"].sign(b".".join(parts), EC)
    return b".".join([*parts, base64.urlsafe_b64encode(signature).rstrip(b"=")]).decode()


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
        {"aud": {ISSUER: 1}},
        {"aud": []},
        {"aud": [[ISSUER]]},
        {"aud": [{}, None]},
        {"exp": NOW},
        {"exp": None},
        {"exp": "later"},
        {"exp": True},
        {"exp": float("nan")},
        {"exp": float("inf")},
        {"exp": NOW + 3661},
        {"nbf": NOW + 11},
        {"nbf": "now"},
        {"jti": None},
        {"jti": ""},
        {"jti": 7},
        {"jti": ["once"]},
        {"jti": "x" * 256},
    ],
    ids=str,
)
def test_claims_that_do_not_fit_are_refused(authenticator: ClientAuthenticator, changes: Json) -> None:
    """RFC 7523 section 3, items 1 to 9; and the refusal uses nothing up."""
    with pytest.raises(InvalidClient):
        authenticator.authenticate(presented(signed(**changes)))
    assert authenticator.authenticate(presented(signed())).client_id == "jwt"


def test_forged_assertions_are_refused(authenticator: ClientAuthenticator) -> None:
    """Rows 15 and 16: a foreign key, one brought along, the public key as a secret, an unknown crit, garbage."""
    forgeries = [
        signed(FOREIGN, header={"kid": EC.thumbprint()}),
        signed(FOREIGN, header={"jwk": FOREIGN.as_dict(private=False)}),
        _with_header({"alg": "ES256", "crit": ["b64"], "b64": False}),
        _with_header({"alg": "ES256", "crit": ["x"], "x": 1}),
        _with_header({"alg": "ES256", "kid": 7}),
        _with_header({"alg": "RS256", "kid": EC.thumbprint()}),
        _with_header({"alg": "ES384", "kid": EC.thumbprint()}),
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


def public(key: ECKey, **members: str) -> Json:
    """The public key with these further members only."""
    bare = {name: value for name, value in key.as_dict(private=False).items() if name != "kid"}
    return {**bare, **members}


@pytest.mark.parametrize(
    ("keys", "header", "proves"),
    [
        ([public(EC)], {}, True),
        ([public(EC, kid="a")], {}, True),
        ([public(EC, kid="a"), public(FOREIGN, kid="b")], {"kid": "a"}, True),
        ([public(EC, kid="a"), public(FOREIGN, kid="b")], {"kid": "b"}, False),
        ([public(EC, kid="a"), public(FOREIGN, kid="b")], {"kid": "c"}, False),
        ([public(EC, kid="a"), public(FOREIGN, kid="b")], {}, False),
        ([public(FOREIGN), public(EC)], {"kid": EC.thumbprint()}, True),
        ([public(EC, use="enc")], {}, False),
    ],
)
def test_the_key_is_the_one_named(keys: list[Json], header: Json, proves: bool) -> None:
    """OpenID Connect Core 10.1: with several keys the assertion names one; a key without `kid` has its thumbprint."""
    assertion = _with_header({"alg": "ES256", **header})
    if proves:
        assert authenticator_of(keys).authenticate(presented(assertion)).client_id == "jwt"
    else:
        with pytest.raises(InvalidClient):
            authenticator_of(keys).authenticate(presented(assertion))


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
