"""Metadata and keys."""

from collections.abc import Iterator

import grpc
import httpx2 as httpx
import pytest
from google.protobuf.struct_pb2 import Struct

from authplane.token.v1 import token_pb2
from shared.tokens.user_claims import CLAIMS_BY_SCOPE
from tests.gateway.answers import form_of, login_needed, set_cookies
from tests.gateway.conftest import Gateway, run_gateway

DOCUMENTS = ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"]


@pytest.fixture(scope="module")
def tenant() -> Iterator[Gateway]:
    """A gateway whose issuer has a path."""
    yield from run_gateway(issuer="https://login.example.com/tenant")


@pytest.mark.parametrize("path", DOCUMENTS)
def test_the_documents_say_what_clients_must_know(http: httpx.Client, path: str) -> None:
    """Row 17: issuer, S256 alone, RS256 among the ID token algorithms (RFC 8414 section 2, OpenID Discovery 3)."""
    document = http.get(path).json()

    assert "http://127.0.0.1:8080" == document["issuer"]
    assert ["S256"] == document["code_challenge_methods_supported"]
    assert "RS256" in document["id_token_signing_alg_values_supported"]
    assert ["code"] == document["response_types_supported"]
    assert (False, False) == (document["request_parameter_supported"], document["request_uri_parameter_supported"])


def test_responses_are_said_to_carry_the_issuer(http: httpx.Client) -> None:
    """Row 7: authorization_response_iss_parameter_supported (RFC 9207 section 3)."""
    assert http.get(DOCUMENTS[0]).json()["authorization_response_iss_parameter_supported"] is True


def test_every_endpoint_that_is_named_is_there(http: httpx.Client) -> None:
    """None of the URLs is answered 404."""
    document = http.get(DOCUMENTS[0]).json()
    urls = [value for name, value in document.items() if name.endswith("_endpoint") or name == "jwks_uri"]

    answers = {url: http.put(url.removeprefix("http://127.0.0.1:8080")).status_code for url in urls}

    assert dict.fromkeys(urls, 405) == answers
    assert 7 == len(urls)


def test_scopes_and_claims_are_those_that_are_served(http: httpx.Client) -> None:
    """What is promised is what the services know (OpenID Connect Core 5.4)."""
    document = http.get(DOCUMENTS[0]).json()

    assert {"openid", "offline_access", *CLAIMS_BY_SCOPE} == set(document["scopes_supported"])
    assert {name for names in CLAIMS_BY_SCOPE.values() for name in names} <= set(document["claims_supported"])


def test_both_documents_are_one(http: httpx.Client) -> None:
    """OpenID providers and OAuth servers are found under either name."""
    assert http.get(DOCUMENTS[0]).content == http.get(DOCUMENTS[1]).content


@pytest.mark.parametrize(
    "path",
    [
        "/tenant/.well-known/openid-configuration",
        "/.well-known/openid-configuration/tenant",
        "/.well-known/oauth-authorization-server/tenant",
        "/tenant/.well-known/oauth-authorization-server",
    ],
)
def test_an_issuer_with_a_path_is_found_by_both_rules(tenant: Gateway, path: str) -> None:
    """OpenID Discovery 4.1 appends to the issuer's path, RFC 8414 section 3.1 puts itself before it."""
    document = httpx.get(tenant.url + path).json()

    assert ("https://login.example.com/tenant", "https://login.example.com/tenant/auth/token") == (
        document["issuer"],
        document["token_endpoint"],
    )
    assert 405 == httpx.get(tenant.url + "/tenant/auth/token").status_code
    assert 404 == httpx.get(tenant.url + "/auth/token").status_code


def test_an_issuer_with_a_path_moves_the_pages_too(tenant: Gateway) -> None:
    """Redirects, forms and assets stay under the issuer, where a proxy sends them."""
    tenant.script.answers("Authorize", login_needed())
    with tenant.browser() as http:
        started = http.get("/tenant/auth/authorize")
        cookies = "; ".join(f"{name}={value.partition(';')[0]}" for name, value in set_cookies(started).items())
        page = http.get(started.headers["location"], headers={"cookie": cookies})

    assert started.headers["location"].startswith("/tenant/auth/login?")
    assert "/tenant/auth/login" == form_of(page).action
    assert 'href="/tenant/auth/assets/style.css"' in page.text


def test_the_key_set_is_passed_on(gateway: Gateway, http: httpx.Client) -> None:
    """RFC 7517 section 5."""
    key_set = {"keys": [{"kty": "EC", "kid": "k1", "crv": "P-256"}, {"kty": "RSA", "kid": "k2"}]}
    struct = Struct()
    struct.update(key_set)
    gateway.script.answers("GetJwks", token_pb2.GetJwksResponse(jwks=struct))

    response = http.get("/auth/jwks")

    assert (200, key_set) == (response.status_code, response.json())


@pytest.mark.parametrize("path", [*DOCUMENTS, "/auth/jwks", "/auth/assets/style.css"])
def test_what_is_public_may_be_kept(gateway: Gateway, http: httpx.Client, path: str) -> None:
    """Metadata, keys and assets are the same for everyone, for a short while."""
    gateway.script.answers("GetJwks", token_pb2.GetJwksResponse())

    headers = http.get(path).headers

    assert ("public, max-age=300", False) == (headers["cache-control"], "pragma" in headers)


def test_missing_keys_are_not_kept(gateway: Gateway, http: httpx.Client) -> None:
    """A failure is not public, and has the form of RFC 9457."""
    gateway.script.answers("GetJwks", grpc.StatusCode.UNAVAILABLE)

    response = http.get("/auth/jwks")

    assert (503, "no-store", "application/problem+json") == (
        response.status_code,
        response.headers["cache-control"],
        response.headers["content-type"],
    )
    assert "1" == response.headers["retry-after"]
