"""What every answer of the plane carries, and what the public documents say."""

from urllib.parse import urlencode, urlsplit

import pytest

from tests.refusals.flow import AUTHORIZATION, Flow, of
from tests.refusals.test_hostile_requests import ENDPOINTS

PUBLIC = {"/auth/jwks", "/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"}
PAGES = {"/auth/authorize", "/auth/login", "/auth/consent", "/auth/logout"}
ELSEWHERE = ["/", "/nothing", "/auth", "/auth/", "/auth/token/", "/AUTH/TOKEN", "//auth/token", "/metrics", "/livez"]
GET = [path for path, methods in ENDPOINTS.items() if "GET" in methods]


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "OPTIONS", "TRACE", "DELETE"])
@pytest.mark.parametrize("path", [*ENDPOINTS, *ELSEWHERE])
def test_browsers_are_kept_within_bounds(flow: Flow, path: str, method: str) -> None:
    """Rows 20, 21 and 29: whatever is asked and however it ends, no frame, no sniffing, no referrer, no store."""
    answer = flow.http.request(method, path)
    assert answer.status_code < 500
    headers = answer.headers
    assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "no-referrer")
    assert (headers["x-frame-options"], headers["cross-origin-opener-policy"]) == ("DENY", "same-origin")
    policy = headers["content-security-policy"]
    for part in ("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action"):
        assert part in policy
    assert "unsafe" not in policy
    assert headers["x-request-id"]
    assert headers["cache-control"] == ("public, max-age=300" if is_public(path, method) else "no-store")
    assert "server" not in headers


def is_public(path: str, method: str) -> bool:
    return path in PUBLIC and method in ("GET", "HEAD")


@pytest.mark.parametrize("path", ELSEWHERE)
def test_there_is_nothing_elsewhere(flow: Flow, path: str) -> None:
    """Rows 8 and 29: 404 for what is similar too, never a redirect; what is for operators is not here."""
    assert [flow.http.request(method, path).status_code for method in ("GET", "POST")] == [404, 404]


@pytest.mark.parametrize("path", GET)
def test_head_is_get_without_the_body(flow: Flow, path: str) -> None:
    """RFC 9110 section 9.3.2: the same status and the same header fields."""
    head, got = flow.http.head(path), flow.http.get(path)
    varying = {"x-request-id", "set-cookie", "content-length", "date"}
    assert (head.status_code, head.content) == (got.status_code, b"")
    assert {name: value for name, value in head.headers.items() if name not in varying} == {
        name: value for name, value in got.headers.items() if name not in varying
    }


@pytest.mark.parametrize("path", sorted(PAGES))
def test_a_page_of_an_error_is_a_page(flow: Flow, path: str) -> None:
    """Row 20: it may not be framed, nor lead anywhere, nor run anything."""
    answer = flow.http.get(path, params={"ticket": "x", "client_id": "nobody"})
    assert (answer.status_code, answer.headers["content-type"]) == (400, "text/html; charset=utf-8")
    policy = answer.headers["content-security-policy"]
    assert all(part in policy for part in ("script-src 'none'", "form-action 'none'", "object-src 'none'"))
    assert "<script" not in answer.text


@pytest.mark.parametrize(
    "value", ['"><script>alert(1)</script>', "'onfocus=alert(1) '", "{{1234*5678}}", "javascript:x"]
)
@pytest.mark.parametrize("name", ["client_id", "redirect_uri", "login_hint", "state"])
def test_no_page_runs_what_a_request_brings(flow: Flow, name: str, value: str) -> None:
    """ASVS 1.2.1: a value is text, wherever it is shown."""
    page = flow.agent.settle(flow.agent.get(f"/auth/authorize?{urlencode({**AUTHORIZATION, name: value})}"))
    assert page.status_code in (200, 400)
    assert "<script" not in page.text
    assert "'onfocus" not in page.text
    assert "7006652" not in page.text


def test_both_cookies_are_out_of_reach(flow: Flow) -> None:
    """Row 24: HttpOnly, SameSite, for the whole host, short, and gone with the browser; https adds Secure and the
    prefix `__Host-`, which the gateway's own tests check.
    """
    started = flow.agent.get(flow.authorization_url())
    page = flow.agent.settle(started)
    answer = flow.agent.submit(page, username="ada", password="correct horse battery staple")
    for cookie in (started.headers["set-cookie"], answer.headers["set-cookie"]):
        attributes = {attribute.strip().lower() for attribute in cookie.split(";")[1:]}
        assert attributes == {"httponly", "path=/", "samesite=lax"}
        assert len(cookie) < 200


def test_tokens_are_not_stored_on_the_way(flow: Flow) -> None:
    """Row 9: success and failure alike, and what a token tells, too (RFC 6749 section 5.1)."""
    tokens = flow.redeem(flow.code())
    access_token = tokens.json()["access_token"]
    answers = [tokens, flow.redeem("x"), flow.userinfo(access_token), flow.userinfo("x"), flow.revoke("x")]
    answers.append(flow.http.post("/auth/introspect", data={"token": access_token}, auth=of("machine")))
    assert {answer.headers["cache-control"] for answer in answers} == {"no-store"}
    assert {answer.headers["pragma"] for answer in answers} == {"no-cache"}


@pytest.mark.parametrize("path", sorted(PUBLIC - {"/auth/jwks"}))
def test_discovery_promises_what_is_kept(flow: Flow, path: str) -> None:
    """Row 17: the issuer is the one asked, S256 alone, RS256 among others, `iss` in responses (row 7), and every URL is
    the issuer's own.
    """
    metadata = flow.http.get(path).json()
    assert metadata["issuer"] == flow.issuer
    assert metadata["code_challenge_methods_supported"] == ["S256"]
    assert "RS256" in metadata["id_token_signing_alg_values_supported"]
    assert "none" not in str(metadata["id_token_signing_alg_values_supported"])
    assert metadata["response_types_supported"] == ["code"]
    assert metadata["authorization_response_iss_parameter_supported"] is True
    assert (metadata["request_parameter_supported"], metadata["request_uri_parameter_supported"]) == (False, False)
    urls = {name: value for name, value in metadata.items() if name.endswith(("_endpoint", "_uri"))}
    assert all(urlsplit(url).path in ENDPOINTS and url.startswith(flow.issuer + "/") for url in urls.values())


def test_the_key_set_holds_no_private_key(flow: Flow) -> None:
    """Row 15: public members only, each with its algorithm and use."""
    keys = flow.http.get("/auth/jwks").json()["keys"]
    assert {key["alg"] for key in keys} == {"ES256", "RS256"}
    for key in keys:
        assert key.keys() <= {"kty", "crv", "x", "y", "n", "e", "kid", "alg", "use"}
        assert key["use"] == "sig"
