"""The token endpoint."""

import httpx2 as httpx
import pytest

from authplane.token.v1 import token_pb2
from shared.errors import (
    AuthplaneError,
    CodeAlreadyUsed,
    InvalidGrant,
    InvalidRequest,
    InvalidScope,
    Overloaded,
    UnauthorizedClient,
)
from tests.gateway.answers import CLIENT_CREDENTIALS
from tests.gateway.conftest import Gateway

ALL = token_pb2.Tokens(
    access_token="at", token_type="Bearer", expires_in=600, scope="openid", refresh_token="apr_1", id_token="a.b.c"
)


def test_a_code_is_redeemed(gateway: Gateway, http: httpx.Client) -> None:
    """All parameters of RFC 6749 section 4.1.3 and RFC 7636 section 4.5 reach the service; all tokens come back."""
    gateway.script.answers("RedeemCode", token_pb2.RedeemCodeResponse(tokens=ALL))
    form = {
        "grant_type": "authorization_code",
        "code": "apc_1",
        "redirect_uri": "https://app.example.com/callback",
        "code_verifier": "v" * 43,
        "client_id": "spa",
        "unknown": "ignored",
    }

    response = http.post("/auth/token", data=form)

    question = gateway.script.question(token_pb2.RedeemCodeRequest)
    asked = (question.code, question.redirect_uri, question.code_verifier, question.client.client_id)
    assert ("apc_1", "https://app.example.com/callback", "v" * 43, "spa") == asked
    expected = {
        "access_token": "at",
        "token_type": "Bearer",
        "expires_in": 600,
        "scope": "openid",
        "refresh_token": "apr_1",
        "id_token": "a.b.c",
    }
    assert (200, expected) == (response.status_code, response.json())


def test_a_refresh_token_is_rotated(gateway: Gateway, http: httpx.Client) -> None:
    """RFC 6749 section 6."""
    gateway.script.answers("RefreshToken", token_pb2.RefreshTokenResponse(tokens=ALL))

    response = http.post(
        "/auth/token", data={"grant_type": "refresh_token", "refresh_token": "apr_0", "scope": "openid"}
    )

    question = gateway.script.question(token_pb2.RefreshTokenRequest)
    assert ("apr_0", "openid", "apr_1") == (question.refresh_token, question.scope, response.json()["refresh_token"])


def test_client_credentials_leave_out_what_is_not_issued(gateway: Gateway, http: httpx.Client) -> None:
    """Row 9: an answer with a token is not to be kept; members that were not issued are absent (RFC 6749 5.1)."""
    gateway.script.answers("ClientCredentials", CLIENT_CREDENTIALS)

    response = http.post("/auth/token", data={"grant_type": "client_credentials", "scope": "orders:read"})

    assert "orders:read" == gateway.script.question(token_pb2.ClientCredentialsRequest).scope
    assert {"access_token", "token_type", "expires_in", "scope"} == response.json().keys()
    headers = response.headers
    assert ("no-store", "no-cache", "application/json") == (
        headers["cache-control"],
        headers["pragma"],
        headers["content-type"],
    )


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "invalid_request"),
        ({"grant_type": ""}, "invalid_request"),
        ({"grant_type": "password", "username": "ada", "password": "x"}, "unsupported_grant_type"),
        ({"grant_type": "Authorization_Code"}, "unsupported_grant_type"),
        ({"grant_type": "authorization_code"}, "invalid_request"),
        ({"grant_type": "authorization_code", "code": ""}, "invalid_request"),
        ({"grant_type": "refresh_token"}, "invalid_request"),
    ],
)
def test_incomplete_requests_are_refused(
    gateway: Gateway, http: httpx.Client, form: dict[str, str], error: str
) -> None:
    """Row 11: 400 with the error of RFC 6749 section 5.2; no service is asked."""
    response = http.post("/auth/token", data=form)

    assert (400, error, []) == (response.status_code, response.json()["error"], gateway.script.questions)


def test_parameters_in_the_url_do_not_count(gateway: Gateway, http: httpx.Client) -> None:
    """Credentials never belong in a URL (RFC 6749 section 2.3.1)."""
    response = http.post("/auth/token?grant_type=client_credentials&client_secret=s", data={"scope": "x"})

    assert (400, []) == (response.status_code, gateway.script.questions)


@pytest.mark.parametrize(
    ("refusal", "error"),
    [
        (InvalidGrant("the code is not valid"), "invalid_grant"),
        (CodeAlreadyUsed("the code was used before"), "invalid_grant"),
        (UnauthorizedClient("not for this client"), "unauthorized_client"),
        (InvalidScope("too much"), "invalid_scope"),
        (InvalidRequest("malformed"), "invalid_request"),
    ],
)
def test_refusals_are_told_as_oauth_does(
    gateway: Gateway, http: httpx.Client, refusal: AuthplaneError, error: str
) -> None:
    """Row 11: status 400, JSON, error and error_description, nothing else (RFC 6749 section 5.2)."""
    gateway.script.answers("RefreshToken", refusal)

    response = http.post("/auth/token", data={"grant_type": "refresh_token", "refresh_token": "x"})

    assert 400 == response.status_code
    assert {"error": error, "error_description": refusal.message} == response.json()
    assert ("no-store", "no-cache") == (response.headers["cache-control"], response.headers["pragma"])


def test_descriptions_keep_to_the_allowed_characters(gateway: Gateway, http: httpx.Client) -> None:
    """Row 11: error_description has neither quotes, backslashes, controls nor anything beyond ASCII."""
    gateway.script.answers("RefreshToken", InvalidGrant('a "quoted" \\ back\nslash é'))

    response = http.post("/auth/token", data={"grant_type": "refresh_token", "refresh_token": "x"})

    assert "a 'quoted' ? back?slash ?" == response.json()["error_description"]


def test_overload_is_told_with_a_delay(gateway: Gateway, http: httpx.Client) -> None:
    """A full queue is 503 with whole seconds, rounded up (RFC 9110 section 10.2.3)."""
    gateway.script.answers("RefreshToken", Overloaded("too many at once", 1.2))

    response = http.post("/auth/token", data={"grant_type": "refresh_token", "refresh_token": "x"})

    assert (503, "temporarily_unavailable") == (response.status_code, response.json()["error"])
    assert "2" == response.headers["retry-after"]
