"""Which methods each endpoint answers, and what is answered elsewhere."""

import httpx2 as httpx
import pytest

from authplane.token.v1 import token_pb2
from tests.gateway.conftest import Gateway

ENDPOINTS = {
    "/auth/authorize": "GET, HEAD, POST",
    "/auth/login": "GET, HEAD, POST",
    "/auth/consent": "GET, HEAD, POST",
    "/auth/logout": "GET, HEAD, POST",
    "/auth/userinfo": "GET, HEAD, POST",
    "/auth/token": "POST",
    "/auth/introspect": "POST",
    "/auth/revoke": "POST",
    "/auth/jwks": "GET, HEAD",
    "/auth/assets/style.css": "GET, HEAD",
    "/.well-known/openid-configuration": "GET, HEAD",
    "/.well-known/oauth-authorization-server": "GET, HEAD",
}
METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE")


@pytest.mark.parametrize(
    ("path", "allow", "method"),
    [(path, allow, method) for path, allow in ENDPOINTS.items() for method in METHODS if method not in allow],
)
def test_other_methods_are_refused(http: httpx.Client, path: str, allow: str, method: str) -> None:
    """405 with Allow (RFC 9110 section 15.5.6), in the form of the endpoint."""
    response = http.request(method, path)

    assert (405, allow) == (response.status_code, response.headers["allow"])
    page = path in ("/auth/authorize", "/auth/login", "/auth/consent", "/auth/logout")
    assert ("text/html" in response.headers["content-type"]) == page
    assert ("json" in response.headers["content-type"]) != page


@pytest.mark.parametrize("path", ["/auth/token", "/auth/introspect", "/auth/revoke"])
def test_oauth_endpoints_refuse_a_method_in_their_own_form(http: httpx.Client, path: str) -> None:
    """Row 11: JSON with error and description, never problem+json."""
    response = http.get(path)

    assert ("application/json", "invalid_request") == (response.headers["content-type"], response.json()["error"])


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/auth/jwks", "/auth/assets/style.css"])
def test_head_is_get_without_a_body(gateway: Gateway, http: httpx.Client, path: str) -> None:
    """The same header fields, nothing else (RFC 9110 section 9.3.2)."""
    gateway.script.answers("GetJwks", token_pb2.GetJwksResponse())

    head, get = http.head(path), http.get(path)

    assert (200, b"") == (head.status_code, head.content)
    assert get.headers["content-length"] == head.headers["content-length"]


@pytest.mark.parametrize(
    "path", ["/", "/auth", "/auth/token/", "/auth//token", "/AUTH/token", "/auth/assets/", "/auth/assets/../app.py"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_elsewhere_there_is_nothing(http: httpx.Client, path: str, method: str) -> None:
    """404 in the form of RFC 9457, and no redirect to a path that is similar (row 8)."""
    response = http.request(method, httpx.URL(http.base_url, raw_path=path.encode()))

    expected = {"type": "about:blank", "status": 404, "title": "Not Found", "detail": "there is nothing here"}
    assert (404, "application/problem+json", expected) == (
        response.status_code,
        response.headers["content-type"],
        response.json(),
    )


def test_an_asset_that_is_not_there_is_not_found(http: httpx.Client) -> None:
    """Only what pages refer to is served."""
    assert 404 == http.get("/auth/assets/pages.py").status_code
