"""Introspection and revocation."""

import httpx2 as httpx
import pytest

from authplane.token.v1 import token_pb2
from shared.errors import InvalidClient, UnauthorizedClient, Unavailable
from tests.gateway.conftest import Gateway

CALLER = ("machine", "s3cret")


def test_an_active_token_is_described(gateway: Gateway, http: httpx.Client) -> None:
    """Members that are set, and no others, with one audience as a text (RFC 7662 section 2.2)."""
    answer = token_pb2.IntrospectResponse(
        active=True,
        scope="openid",
        client_id="web",
        token_type="Bearer",
        exp=1_800_000_600,
        sub="u1",
        aud=["https://as"],
    )
    gateway.script.answers("Introspect", answer)

    response = http.post("/auth/introspect", data={"token": "t", "token_type_hint": "access_token"}, auth=CALLER)

    question = gateway.script.question(token_pb2.IntrospectRequest)
    asked = (question.token, question.token_type_hint, question.client.client_id, question.client.client_secret_basic)
    assert ("t", "access_token", *CALLER) == asked
    expected = {
        "active": True,
        "scope": "openid",
        "client_id": "web",
        "token_type": "Bearer",
        "exp": 1_800_000_600,
        "sub": "u1",
        "aud": "https://as",
    }
    assert (200, expected) == (response.status_code, response.json())


def test_several_audiences_are_a_list(gateway: Gateway, http: httpx.Client) -> None:
    """RFC 7519 section 4.1.3."""
    gateway.script.answers("Introspect", token_pb2.IntrospectResponse(active=True, aud=["a", "b"]))

    assert ["a", "b"] == http.post("/auth/introspect", data={"token": "t"}, auth=CALLER).json()["aud"]


def test_an_inactive_token_has_no_other_member(gateway: Gateway, http: httpx.Client) -> None:
    """Row 13: exactly `{"active":false}`, even if the service said more (RFC 7662 section 2.2)."""
    gateway.script.answers("Introspect", token_pb2.IntrospectResponse(active=False, scope="openid", sub="u1"))

    response = http.post("/auth/introspect", data={"token": "t"}, auth=CALLER)

    assert (200, b'{"active":false}') == (response.status_code, response.content)


def test_a_caller_without_proof_never_counts_as_internal(gateway: Gateway, http: httpx.Client) -> None:
    """Row 13: the service always learns that a client asks, and refuses it (RFC 7662 section 2.1)."""
    gateway.script.answers("Introspect", InvalidClient("introspection needs a client that authenticates"))

    response = http.post("/auth/introspect", data={"token": "t"})

    assert gateway.script.question(token_pb2.IntrospectRequest).HasField("client")
    assert (401, "invalid_client") == (response.status_code, response.json()["error"])
    assert response.headers["www-authenticate"].startswith("Basic ")


def test_a_revoked_token_is_answered_with_nothing(gateway: Gateway, http: httpx.Client) -> None:
    """Row 12: 200 and an empty body, whether or not there was such a token (RFC 7009 section 2.2)."""
    gateway.script.answers("Revoke", token_pb2.RevokeResponse())

    response = http.post("/auth/revoke", data={"token": "t", "token_type_hint": "refresh_token"}, auth=CALLER)

    question = gateway.script.question(token_pb2.RevokeRequest)
    assert ("t", "refresh_token", "machine") == (question.token, question.token_type_hint, question.client.client_id)
    assert (200, b"") == (response.status_code, response.content)


def test_a_revocation_that_is_not_certain_is_no_success(gateway: Gateway, http: httpx.Client) -> None:
    """Row 12: 503 with Retry-After, so that the client knows to try again (RFC 7009 section 2.2.1)."""
    gateway.script.answers("Revoke", Unavailable("the store does not answer"))

    response = http.post("/auth/revoke", data={"token": "t"}, auth=CALLER)

    assert (503, "temporarily_unavailable") == (response.status_code, response.json()["error"])
    assert "1" == response.headers["retry-after"]


def test_another_clients_token_is_not_revoked(gateway: Gateway, http: httpx.Client) -> None:
    """The client is told that it may not (RFC 7009 section 2.1)."""
    gateway.script.answers("Revoke", UnauthorizedClient("the token was issued to another client"))

    response = http.post("/auth/revoke", data={"token": "t"}, auth=CALLER)

    assert (400, "unauthorized_client") == (response.status_code, response.json()["error"])


@pytest.mark.parametrize("path", ["/auth/introspect", "/auth/revoke"])
def test_a_token_must_be_named(gateway: Gateway, http: httpx.Client, path: str) -> None:
    """RFC 7662 section 2.1, RFC 7009 section 2.1: `token` is required."""
    response = http.post(path, data={"token_type_hint": "access_token"}, auth=CALLER)

    assert (400, "invalid_request", []) == (response.status_code, response.json()["error"], gateway.script.questions)
