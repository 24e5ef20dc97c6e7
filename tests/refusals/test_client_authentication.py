"""Every way of not proving who one is, at every endpoint where clients do."""

from base64 import b64encode

import httpx2 as httpx
import pytest

from tests.refusals.flow import SECRETS, Flow, of

POST_SECRET = "post-secret-at-least-32-characters-long"
ENDPOINTS = {
    "/auth/token": {"grant_type": "refresh_token", "refresh_token": "x"},
    "/auth/introspect": {"token": "x"},
    "/auth/revoke": {"token": "x"},
}

Headers = list[tuple[str, str]]
Row = tuple[str, Headers, dict[str, str], int, str]


def basic(client_id: str, secret: str) -> tuple[str, str]:
    return "authorization", "Basic " + b64encode(f"{client_id}:{secret}".encode()).decode()


GOOD = basic(*of("web"))
ROWS: list[Row] = [
    ("RFC 6749 5.2: nothing", [], {}, 401, "invalid_client"),
    ("RFC 6749 5.2: an unknown client", [basic("nobody", "x")], {}, 401, "invalid_client"),
    ("RFC 6749 5.2: a wrong secret", [basic("web", "x")], {}, 401, "invalid_client"),
    ("RFC 6749 5.2: a secret cut short", [basic("web", SECRETS["web"][:-1])], {}, 401, "invalid_client"),
    ("RFC 6749 5.2: another client's secret", [basic("web", SECRETS["machine"])], {}, 401, "invalid_client"),
    ("RFC 6749 5.2: an id in another case", [basic("WEB", SECRETS["web"])], {}, 401, "invalid_client"),
    ("RFC 7617 2: no colon", [("authorization", "Basic d2Vi")], {}, 401, "invalid_client"),
    ("RFC 7617 2: no base64", [("authorization", "Basic ???")], {}, 401, "invalid_client"),
    ("RFC 7617 2: nothing", [("authorization", "Basic")], {}, 401, "invalid_client"),
    ("RFC 6749 2.3.1: another scheme", [("authorization", "Bearer x")], {}, 401, "invalid_client"),
    ("RFC 6749 2.3.1: NUL", [basic("web%00", SECRETS["web"])], {}, 401, "invalid_client"),
    ("RFC 6749 2.3.1: no UTF-8", [basic("%ff", "x")], {}, 401, "invalid_client"),
    ("OIDC Core 9: Basic though registered for post", [basic("post", POST_SECRET)], {}, 401, "invalid_client"),
    (
        "OIDC Core 9: post though registered for Basic",
        [],
        {"client_id": "web", "client_secret": SECRETS["web"]},
        401,
        "invalid_client",
    ),
    ("OIDC Core 9: a wrong secret in the body", [], {"client_id": "post", "client_secret": "x"}, 401, "invalid_client"),
    ("OIDC Core 9: no secret in the body", [], {"client_id": "post", "client_secret": ""}, 401, "invalid_client"),
    ("OIDC Core 9: a secret without an id", [], {"client_secret": POST_SECRET}, 401, "invalid_client"),
    ("RFC 6749 2.1: a public client with a secret", [basic("spa", "x")], {}, 401, "invalid_client"),
    ("RFC 6749 2.1: a confidential client as public", [], {"client_id": "web"}, 401, "invalid_client"),
    (
        "RFC 6749 2.3: header and body",
        [GOOD],
        {"client_id": "web", "client_secret": SECRETS["web"]},
        400,
        "invalid_request",
    ),
    ("RFC 6749 2.3: header and another client_id", [GOOD], {"client_id": "spa"}, 400, "invalid_request"),
    ("RFC 9110 5.3: two headers", [GOOD, GOOD], {}, 400, "invalid_request"),
    (
        "RFC 7521 4.2: header and assertion",
        [GOOD],
        {
            "client_assertion": "x.y.z",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        },
        400,
        "invalid_request",
    ),
]


@pytest.mark.parametrize("path", ENDPOINTS)
@pytest.mark.parametrize(("source", "headers", "fields", "status", "error"), ROWS, ids=[row[0] for row in ROWS])
def test_who_proves_nothing_gets_nothing(
    flow: Flow, path: str, source: str, headers: Headers, fields: dict[str, str], status: int, error: str
) -> None:
    """Rows 11, 12 and 13: the same at all three endpoints, with a challenge, and never to be stored."""
    response = flow.http.post(path, data={**ENDPOINTS[path], **fields}, headers=headers)
    assert (response.status_code, response.json()["error"]) == (status, error), source
    assert (response.headers["cache-control"], response.headers["pragma"]) == ("no-store", "no-cache")
    challenge = response.headers.get("www-authenticate", "")
    assert challenge.startswith("Basic realm=") == (status == 401)
    assert not any(secret in response.text for secret in (*SECRETS.values(), POST_SECRET))


@pytest.mark.parametrize("path", ENDPOINTS)
def test_a_secret_in_the_url_is_no_secret(flow: Flow, path: str) -> None:
    """RFC 6749 section 2.3.1: the parameters must not be in the request URI, and count for nothing there."""
    query = {"client_id": "post", "client_secret": POST_SECRET}
    response = flow.http.post(path, params=query, data=ENDPOINTS[path])
    assert (response.status_code, response.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize("path", ENDPOINTS)
@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "multipart/form-data; boundary=x", ""])
def test_only_forms_are_read(flow: Flow, path: str, content_type: str) -> None:
    """RFC 6749 section 3.2 and appendix B: another content type is invalid_request."""
    headers = {"content-type": content_type} if content_type else {}
    body = b"&".join(f"{name}={value}".encode() for name, value in ENDPOINTS[path].items())
    response = flow.http.post(path, content=body, headers=headers, auth=of("web"))
    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("path", ENDPOINTS)
@pytest.mark.parametrize("name", ["grant_type", "token", "client_id", "client_secret", "refresh_token", "unknown"])
@pytest.mark.parametrize("values", [("a", "a"), ("a", "b"), ("", "a"), ("", "")])
def test_a_parameter_comes_once(flow: Flow, path: str, name: str, values: tuple[str, str]) -> None:
    """Row 10, CVE-2026-9689, RFC 6749 section 3.2: not even twice the same, nor once empty."""
    fields = "&".join(f"{key}={value}" for key, value in [*ENDPOINTS[path].items(), *((name, each) for each in values)])
    headers = {"content-type": "application/x-www-form-urlencoded"}
    response = flow.http.post(path, content=fields, headers=headers, auth=of("machine"))
    assert (response.status_code, response.json()["error"]) == (400, "invalid_request")
    assert name in response.json()["error_description"]


@pytest.mark.parametrize("path", ENDPOINTS)
def test_what_has_to_be_there_is_there(flow: Flow, path: str) -> None:
    """RFC 6749 section 5.2, RFC 7009 section 2.1, RFC 7662 section 2.1: missing and empty are the same."""
    for name in ENDPOINTS[path]:
        for fields in ({**ENDPOINTS[path], name: ""}, {k: v for k, v in ENDPOINTS[path].items() if k != name}):
            response = flow.http.post(path, data=fields or {"x": "y"}, auth=of("machine"))
            assert (response.status_code, response.json()["error"]) == (400, "invalid_request"), name


def test_the_right_proof_is_taken(flow: Flow) -> None:
    """The rows above fail for their fault alone: each method of authentication works when it is right."""
    proofs: list[tuple[httpx.BasicAuth | None, dict[str, str]]] = [
        (httpx.BasicAuth(*of("web")), {}),
        (httpx.BasicAuth(*of("web")), {"client_id": "web"}),
        (None, {"client_id": "post", "client_secret": POST_SECRET}),
        (None, {"client_id": "spa"}),
    ]
    for auth, fields in proofs:
        response = flow.http.post("/auth/revoke", data={"token": "x", **fields}, auth=auth or httpx.USE_CLIENT_DEFAULT)
        assert response.status_code == 200
