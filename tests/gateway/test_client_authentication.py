"""What the gateway reads of client authentication."""

from base64 import b64encode

import httpx2 as httpx
import pytest

from authplane.token.v1.token_pb2 import ClientAuthentication, ClientCredentialsRequest
from gateway.client_authentication import JWT_BEARER
from shared.errors import InvalidClient
from tests.gateway.answers import CLIENT_CREDENTIALS
from tests.gateway.conftest import Gateway

GRANT = {"grant_type": "client_credentials"}


def basic(credentials: str) -> dict[str, str]:
    return {"authorization": f"Basic {b64encode(credentials.encode()).decode()}"}


@pytest.mark.parametrize(
    ("form", "headers", "expected"),
    [
        ({}, basic("web:s3cret"), ClientAuthentication(client_id="web", client_secret_basic="s3cret")),
        ({}, basic("a%3Ab:p%25%2B+%C3%A9"), ClientAuthentication(client_id="a:b", client_secret_basic="p%+ é")),
        ({}, basic("web:a:b"), ClientAuthentication(client_id="web", client_secret_basic="a:b")),
        ({}, basic("web:"), ClientAuthentication(client_id="web", client_secret_basic="")),
        (
            {"client_id": "web"},
            basic("web:s3cret"),
            ClientAuthentication(client_id="web", client_secret_basic="s3cret"),
        ),
        (
            {"client_id": "web", "client_secret": "s3cret"},
            {},
            ClientAuthentication(client_id="web", client_secret_post="s3cret"),
        ),
        (
            {"client_assertion": "a.b.c", "client_assertion_type": JWT_BEARER},
            {},
            ClientAuthentication(client_assertion="a.b.c"),
        ),
        ({"client_id": "spa"}, {}, ClientAuthentication(client_id="spa")),
        ({}, {}, ClientAuthentication()),
    ],
)
def test_each_method_is_passed_on_as_it_was_used(
    gateway: Gateway,
    http: httpx.Client,
    form: dict[str, str],
    headers: dict[str, str],
    expected: ClientAuthentication,
) -> None:
    """Basic credentials are form-decoded (RFC 6749 section 2.3.1); the message is there even if nothing was presented,
    because its absence would stand for an internal caller."""
    gateway.script.answers("ClientCredentials", CLIENT_CREDENTIALS)

    http.post("/auth/token", data=GRANT | form, headers=headers)

    question = gateway.script.question(ClientCredentialsRequest)
    assert (True, expected) == (question.HasField("client"), question.client)
    assert expected.WhichOneof("method") == question.client.WhichOneof("method")


@pytest.mark.parametrize(
    ("form", "headers"),
    [
        ({"client_secret": "s"}, basic("web:s")),
        ({"client_assertion": "a", "client_assertion_type": JWT_BEARER}, basic("web:s")),
        ({"client_id": "web", "client_secret": "s", "client_assertion": "a", "client_assertion_type": JWT_BEARER}, {}),
        ({"client_id": "other"}, basic("web:s")),
        ({"client_assertion": "a"}, {}),
        ({"client_assertion_type": JWT_BEARER}, {}),
    ],
)
def test_more_than_one_method_or_half_of_one_is_refused(
    gateway: Gateway, http: httpx.Client, form: dict[str, str], headers: dict[str, str]
) -> None:
    """A client must not use more than one method of authentication (RFC 6749 section 2.3)."""
    response = http.post("/auth/token", data=GRANT | form, headers=headers)

    assert (response.status_code, response.json()["error"], gateway.script.questions) == (400, "invalid_request", [])


@pytest.mark.parametrize(
    "authorization",
    [
        "Bearer abc",
        "Basic",
        "Basic !!!",
        "Basic " + b64encode(b"no-colon").decode(),
        "Basic " + b64encode(b"\xff:\xff").decode(),
        "Basic " + b64encode(b"web:%ff").decode(),
        "Basic " + b64encode(b"web:%00").decode(),
    ],
)
def test_an_authorization_header_that_is_not_understood_is_challenged(
    gateway: Gateway, http: httpx.Client, authorization: str
) -> None:
    """Row 11: 401 invalid_client with a challenge of the scheme that would be right (RFC 6749 section 5.2)."""
    response = http.post("/auth/token", data=GRANT, headers={"authorization": authorization})

    assert (response.status_code, response.json()["error"], gateway.script.questions) == (401, "invalid_client", [])
    assert response.headers["www-authenticate"] == 'Basic realm="authplane", charset="UTF-8"'


def test_another_type_of_assertion_is_an_invalid_client(http: httpx.Client) -> None:
    """An assertion of an unknown type authenticates nobody (RFC 7521 section 4.2.1)."""
    form = GRANT | {"client_assertion": "a", "client_assertion_type": "urn:example:saml"}

    assert http.post("/auth/token", data=form).json()["error"] == "invalid_client"


def test_two_authorization_headers_are_refused(http: httpx.Client) -> None:
    """Which of the two would count is nobody's guess."""
    headers = [("authorization", "Basic dzpz"), ("authorization", "Basic eDp5")]

    assert http.post("/auth/token", data=GRANT, headers=headers).json()["error"] == "invalid_request"


@pytest.mark.parametrize("headers", [basic("web:wrong"), {}])
def test_a_client_that_is_refused_is_challenged(gateway: Gateway, http: httpx.Client, headers: dict[str, str]) -> None:
    """Row 11: invalid_client is 401 with a challenge, whether or not the header was used (RFC 9110 section 15.5.2)."""
    gateway.script.answers("ClientCredentials", InvalidClient("client authentication failed"))

    response = http.post("/auth/token", data=GRANT, headers=headers)

    assert (response.status_code, response.json()["error"]) == (401, "invalid_client")
    assert response.headers["www-authenticate"].startswith("Basic ")
