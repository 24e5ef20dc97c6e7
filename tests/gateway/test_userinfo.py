"""The userinfo endpoint."""

import grpc
import httpx2 as httpx
import pytest
from google.protobuf.struct_pb2 import Struct

from authplane.auth.v1 import auth_pb2
from shared.errors import InsufficientScope, InvalidToken
from tests.gateway.conftest import Gateway

BEARER = {"authorization": "Bearer a.b-c_d"}
PATH = "/auth/userinfo"


@pytest.fixture
def claims(gateway: Gateway) -> dict[str, object]:
    """What the service answers."""
    struct = Struct()
    struct.update({"sub": "u1", "updated_at": 1_700_000_000, "email_verified": True, "address": {"country": "GB"}})
    gateway.script.answers("GetUserInfo", auth_pb2.GetUserInfoResponse(claims=struct))
    return {"sub": "u1", "updated_at": 1_700_000_000, "email_verified": True, "address": {"country": "GB"}}


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_header_is_taken_with_either_method(
    gateway: Gateway, http: httpx.Client, claims: dict[str, object], method: str
) -> None:
    """RFC 6750 section 2.1, OpenID Connect Core 5.3.1."""
    response = http.request(method, PATH, headers=BEARER)

    assert "a.b-c_d" == gateway.script.question(auth_pb2.GetUserInfoRequest).access_token
    assert (200, claims, "no-store") == (response.status_code, response.json(), response.headers["cache-control"])


def test_whole_numbers_stay_whole(http: httpx.Client, claims: dict[str, object]) -> None:
    """`updated_at` is a number that also readers of integers take."""
    assert "1700000000.0" not in http.get(PATH, headers=BEARER).text


def test_the_body_of_a_post_is_taken(gateway: Gateway, http: httpx.Client, claims: dict[str, object]) -> None:
    """RFC 6750 section 2.2."""
    assert claims == http.post(PATH, data={"access_token": "from.the.body"}).json()
    assert "from.the.body" == gateway.script.question(auth_pb2.GetUserInfoRequest).access_token


def test_the_scheme_is_taken_in_any_case(gateway: Gateway, http: httpx.Client, claims: dict[str, object]) -> None:
    """RFC 9110 section 11.1."""
    assert 200 == http.get(PATH, headers={"authorization": "bearer  x"}).status_code
    assert "x" == gateway.script.question(auth_pb2.GetUserInfoRequest).access_token


@pytest.mark.parametrize("headers", [{}, {"authorization": "Basic dzpz"}])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_without_a_token_there_is_a_bare_challenge(
    gateway: Gateway, http: httpx.Client, method: str, headers: dict[str, str]
) -> None:
    """Row 19: who presented nothing is told no error (RFC 6750 section 3.1)."""
    response = http.request(method, PATH, headers=headers)

    assert (401, 'Bearer realm="authplane"') == (response.status_code, response.headers["www-authenticate"])
    assert (b"", []) == (response.content, gateway.script.questions)


@pytest.mark.parametrize(
    ("method", "path", "form", "headers"),
    [
        ("GET", f"{PATH}?access_token=x", None, {}),
        ("POST", f"{PATH}?access_token=x", {"access_token": "x"}, {}),
        ("POST", PATH, {"access_token": "x"}, BEARER),
        ("GET", PATH, None, {"authorization": "Bearer"}),
        ("GET", f"{PATH}?a=1&a=2", None, BEARER),
        ("POST", PATH, {"access_token": ["x", "x"]}, {}),
    ],
)
def test_ambiguous_presentations_are_refused(
    gateway: Gateway,
    http: httpx.Client,
    method: str,
    path: str,
    form: dict[str, str] | None,
    headers: dict[str, str],
) -> None:
    """Row 19: a token in the URL, in two places or in none that counts is invalid_request (RFC 6750 section 3.1)."""
    response = http.request(method, path, data=form, headers=headers)

    assert (400, "invalid_request", []) == (response.status_code, response.json()["error"], gateway.script.questions)
    assert response.headers["www-authenticate"].startswith('Bearer realm="authplane", error="invalid_request", ')


def test_two_headers_are_refused(gateway: Gateway, http: httpx.Client) -> None:
    """A request presents one token."""
    response = http.get(PATH, headers=[("authorization", "Bearer a"), ("authorization", "Bearer b")])

    assert (400, []) == (response.status_code, gateway.script.questions)


def test_a_bad_token_is_challenged(gateway: Gateway, http: httpx.Client) -> None:
    """Row 19: 401 invalid_token with its description, in the header and in the body (RFC 6750 section 3)."""
    gateway.script.answers("GetUserInfo", InvalidToken('the access token is "bad"'))

    # Another token than the other tests': a no is kept for a while.
    response = http.get(PATH, headers={"authorization": "Bearer bad"})

    expected = 'Bearer realm="authplane", error="invalid_token", error_description="the access token is \'bad\'"'
    assert (401, expected) == (response.status_code, response.headers["www-authenticate"])
    assert {"error": "invalid_token", "error_description": "the access token is 'bad'"} == response.json()


def test_a_token_without_the_scope_is_forbidden(gateway: Gateway, http: httpx.Client) -> None:
    """Row 19: 403 insufficient_scope (RFC 6750 section 3.1)."""
    gateway.script.answers("GetUserInfo", InsufficientScope("the access token lacks openid"))

    response = http.get(PATH, headers=BEARER)

    assert 403 == response.status_code
    assert 'error="insufficient_scope"' in response.headers["www-authenticate"]


def test_trouble_of_ours_is_no_challenge(gateway: Gateway, http: httpx.Client) -> None:
    """A client must not throw its token away because a service is down."""
    gateway.script.answers("GetUserInfo", grpc.StatusCode.UNAVAILABLE)

    response = http.get(PATH, headers=BEARER)

    assert (503, "1", False) == (
        response.status_code,
        response.headers["retry-after"],
        "www-authenticate" in response.headers,
    )
