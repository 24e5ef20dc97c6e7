"""Requests that no honest client sends: each gets a plain 4xx in the endpoint's own form."""

import pytest

from tests.refusals.flow import Flow, of

FORM = {"content-type": "application/x-www-form-urlencoded"}
ENDPOINTS = {
    "/auth/authorize": ("GET", "POST"),
    "/auth/login": ("GET", "POST"),
    "/auth/consent": ("GET", "POST"),
    "/auth/logout": ("GET", "POST"),
    "/auth/token": ("POST",),
    "/auth/introspect": ("POST",),
    "/auth/revoke": ("POST",),
    "/auth/userinfo": ("GET", "POST"),
    "/auth/jwks": ("GET",),
    "/.well-known/openid-configuration": ("GET",),
    "/.well-known/oauth-authorization-server": ("GET",),
}
POSTS = [path for path, methods in ENDPOINTS.items() if "POST" in methods]
BODIES = {
    "nothing": b"",
    "NUL": b"grant_type=a%00b&token=x%00",
    "raw NUL": b"token=\x00",
    "invalid UTF-8": b"token=%ff%fe&grant_type=%c3%28",
    "raw bytes": b"\xff\xfe\xfd=\x80",
    "broken escapes": b"token=%zz&grant_type=%",
    "a thousand fields": b"&".join(b"f%d=x" % number for number in range(1000)),
    "repetition": b"token=a&token=b&grant_type=a&grant_type=b&client_id=a&client_id=b",
    "JSON": b'{"grant_type":"authorization_code"}',
    "deep JSON": b"claims=" + b"%7B%22a%22%3A" * 5000,
    "too long": b"token=" + b"x" * 70_000,
}


def sound(status: int, text: str) -> bool:
    return 400 <= status < 500 and "Traceback" not in text and "File " not in text


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_no_body_makes_an_endpoint_stumble(flow: Flow, path: str, body: bytes) -> None:
    """Rows 10 and 29: never a 500, never internals."""
    response = flow.http.post(path, content=body, headers=FORM, auth=of("machine"))
    allowed = path == "/auth/logout" and response.status_code == 200
    assert allowed or sound(response.status_code, response.text), (response.status_code, response.text)
    if len(body) > 65_536:
        assert response.status_code == 413


@pytest.mark.parametrize("path", POSTS)
def test_another_content_type_is_refused(flow: Flow, path: str) -> None:
    """RFC 6749 appendix B: forms are form-encoded."""
    response = flow.http.post(path, json={"token": "x"}, auth=of("machine"))
    assert sound(response.status_code, response.text)


@pytest.mark.parametrize(("path", "methods"), ENDPOINTS.items())
def test_another_method_is_refused(flow: Flow, path: str, methods: tuple[str, ...]) -> None:
    """RFC 9110 section 15.5.6: 405 with Allow."""
    for method in {"GET", "POST", "PUT", "DELETE", "PATCH"} - set(methods):
        response = flow.http.request(method, path)
        assert response.status_code == 405, (method, path)
        assert set(methods) <= {allowed.strip() for allowed in response.headers["allow"].split(",")}


@pytest.mark.parametrize("path", [*ENDPOINTS, "/", "/nothing", "/auth/%2e%2e/admin"])
@pytest.mark.parametrize("query", ["?a=%00", "?a=%ff", "?" + "&".join(f"a{n}=x" for n in range(500)), "?%"])
def test_no_query_makes_an_endpoint_stumble(flow: Flow, path: str, query: str) -> None:
    """Never a 500, never internals."""
    response = flow.http.get(path + query)
    assert response.status_code < 500
    assert "Traceback" not in response.text


def test_a_flood_of_header_fields_is_refused(flow: Flow) -> None:
    """RFC 6585 section 5: 431, by number and by length."""
    many = {f"x-{number}": "x" for number in range(500)}
    assert flow.http.get("/auth/jwks", headers=many).status_code == 431
    assert flow.http.get("/auth/jwks", headers={"x-long": "x" * 40_000}).status_code == 431


def test_a_body_of_unknown_length_is_bounded_too(flow: Flow) -> None:
    """413 beyond 64 KiB, with chunked transfer coding."""
    chunks = (b"token=" + b"x" * 8192 for _ in range(12))
    response = flow.http.post("/auth/introspect", content=chunks, headers=FORM, auth=of("machine"))
    assert response.status_code == 413


@pytest.mark.parametrize(
    "authorization", ["Basic", "Basic !!!", "Basic AAAA", "Bearer", "Digest x", "Basic " + "A" * 9000]
)
def test_a_broken_authorization_header_is_refused(flow: Flow, authorization: str) -> None:
    """RFC 6749 section 5.2: 401 invalid_client, or 400 when it cannot be read."""
    headers = {"authorization": authorization}
    response = flow.http.post("/auth/token", data={"grant_type": "client_credentials"}, headers=headers)
    assert response.status_code in (400, 401)
    assert response.json()["error"] in ("invalid_client", "invalid_request")
