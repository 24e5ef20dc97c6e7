"""Header fields that keep browsers and caches within bounds, and the cookies."""

from collections.abc import Iterator

import httpx2 as httpx
import pytest

from authplane.auth.v1 import auth_pb2
from authplane.token.v1 import token_pb2
from tests.gateway.answers import (
    LOGGED_IN,
    code_response,
    consent_needed,
    form_of,
    login_needed,
    open_consent,
    open_login,
    open_logout,
    set_cookies,
)
from tests.gateway.conftest import Gateway, run_gateway

EVERY_PATH = [
    "/auth/authorize",
    "/auth/token",
    "/auth/userinfo",
    "/auth/introspect",
    "/auth/revoke",
    "/auth/jwks",
    "/auth/login",
    "/auth/consent",
    "/auth/logout",
    "/auth/assets/style.css",
    "/.well-known/openid-configuration",
    "/nothing",
]
OPEN = ["/auth/token", "/auth/revoke", "/auth/userinfo", "/auth/jwks", "/.well-known/openid-configuration"]
CLOSED = ["/auth/authorize", "/auth/introspect", "/auth/login", "/auth/consent", "/auth/logout", "/nothing"]
ORIGIN = {"origin": "https://spa.example.com"}
PREFLIGHT = ORIGIN | {"access-control-request-method": "POST", "access-control-request-headers": "authorization"}


@pytest.fixture(scope="module")
def secure_gateway() -> Iterator[Gateway]:
    """A gateway of an https issuer, as it runs behind a proxy that ends TLS."""
    yield from run_gateway(issuer="https://login.example.com")


@pytest.mark.parametrize("path", EVERY_PATH)
def test_every_answer_carries_them(gateway: Gateway, http: httpx.Client, path: str) -> None:
    """Rows 20 and 21: on success and failure alike (ASVS 3.4)."""
    gateway.script.answers("GetJwks", token_pb2.GetJwksResponse())
    gateway.script.answers("Authorize", code_response())

    headers = http.get(path).headers

    assert ("nosniff", "no-referrer", "DENY", "same-origin") == (
        headers["x-content-type-options"],
        headers["referrer-policy"],
        headers["x-frame-options"],
        headers["cross-origin-opener-policy"],
    )
    policy = headers["content-security-policy"]
    assert all(part in policy for part in ("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"))
    assert ("strict-transport-security" in headers, "server" in headers) == (False, False)


@pytest.mark.parametrize("path", EVERY_PATH)
def test_on_https_browsers_are_told_to_stay_there(secure_gateway: Gateway, path: str) -> None:
    """Row 21: HSTS for a year."""
    secure_gateway.script.answers("GetJwks", token_pb2.GetJwksResponse())
    secure_gateway.script.answers("Authorize", code_response())

    assert "max-age=31536000" == httpx.get(secure_gateway.url + path).headers["strict-transport-security"]


@pytest.mark.parametrize("open_page", [open_login, open_consent])
def test_pages_may_do_no_more_than_they_have_to(gateway: Gateway, http: httpx.Client, open_page: object) -> None:
    """Rows 20 and 21: styles and images of our own, forms to us and, by a redirect, to the client."""
    page = open_page(gateway, http)  # type: ignore[operator]  # Both take the same.

    assert (
        "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'none'; "
        "form-action 'self' https://app.example.com; frame-ancestors 'none'; base-uri 'none'; object-src 'none'"
    ) == page.headers["content-security-policy"]
    assert ("no-store", "no-cache") == (page.headers["cache-control"], page.headers["pragma"])


def test_an_error_page_leads_nowhere(http: httpx.Client) -> None:
    """Row 21: it has no form."""
    assert "form-action 'none';" in http.get("/auth/login").headers["content-security-policy"]


@pytest.mark.parametrize("path", OPEN)
def test_scripts_of_other_origins_may_call_what_public_clients_need(
    gateway: Gateway, http: httpx.Client, path: str
) -> None:
    """Any origin, never with cookies (Fetch standard, CORS protocol)."""
    gateway.script.answers("GetJwks", token_pb2.GetJwksResponse())

    preflight, answer = http.options(path, headers=PREFLIGHT), http.get(path, headers=ORIGIN)

    assert (200, "*", True) == (
        preflight.status_code,
        preflight.headers["access-control-allow-origin"],
        "Authorization" in preflight.headers["access-control-allow-headers"],
    )
    assert "*" == answer.headers["access-control-allow-origin"]
    assert "access-control-allow-credentials" not in preflight.headers


@pytest.mark.parametrize("path", CLOSED)
def test_all_else_is_closed_to_them(gateway: Gateway, http: httpx.Client, path: str) -> None:
    """Row 22: what a cookie or a confidential client decides is no other origin's business."""
    gateway.script.answers("Authorize", code_response())

    preflight, answer = http.options(path, headers=PREFLIGHT), http.get(path, headers=ORIGIN)

    assert preflight.status_code in (404, 405)
    assert "access-control-allow-origin" not in preflight.headers
    assert "access-control-allow-origin" not in answer.headers


def test_cookies_on_https_are_bound_to_the_host(secure_gateway: Gateway) -> None:
    """Row 24: Secure, HttpOnly, SameSite, `__Host-` with Path=/ and no Domain, for the session and for the browser."""
    script = secure_gateway.script
    script.answers("Authorize", login_needed(), code_response())
    script.answers("Login", LOGGED_IN)
    with secure_gateway.browser() as http:
        started = http.get("/auth/authorize")
        # The proxy ends TLS, so the client has to be told to send a Secure cookie.
        cookies = {name: value.partition(";")[0] for name, value in set_cookies(started).items()}
        sent = {"cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
        form = form_of(http.get(started.headers["location"], headers=sent))
        logged_in = http.post(form.action, data=form.fields | {"username": "a", "password": "b"}, headers=sent)

    attributes = "; HttpOnly; Path=/; SameSite=lax; Secure"
    session, browser = set_cookies(logged_in), set_cookies(started)
    assert {"__Host-authplane_session": f"aps_new{attributes}"} == session
    assert ["__Host-authplane_browser"] == list(browser)
    assert browser["__Host-authplane_browser"].endswith(attributes)


def test_a_cookie_without_the_prefix_does_not_count_on_https(secure_gateway: Gateway) -> None:
    """Row 24: another host of the domain could have planted it."""
    secure_gateway.script.answers("Authorize", code_response())

    httpx.get(f"{secure_gateway.url}/auth/authorize", headers={"cookie": "authplane_session=aps_planted"})

    assert "" == secure_gateway.script.questions[-1][1].session_handle


def test_the_session_cookie_is_cleared_as_it_was_set(secure_gateway: Gateway) -> None:
    """Row 24: a browser ignores a `__Host-` cookie that lacks its attributes, also one that expires."""
    secure_gateway.script.answers("Logout", auth_pb2.LogoutResponse(logged_out=True))

    cookie = set_cookies(httpx.get(f"{secure_gateway.url}/auth/logout"))["__Host-authplane_session"]

    assert all(part in cookie for part in ("Max-Age=0", "Path=/", "Secure", "HttpOnly"))


def test_cookies_are_short(gateway: Gateway, http: httpx.Client) -> None:
    """Row 24: far below the 4096 bytes that browsers keep."""
    gateway.script.answers("Authorize", consent_needed())
    open_logout(gateway, http)

    assert all(len(value) < 200 for value in set_cookies(http.get("/auth/authorize")).values())
