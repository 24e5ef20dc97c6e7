"""The authorization endpoint: what it asks, and where it sends the browser."""

from base64 import b64encode
from hashlib import sha256
from html import unescape

import httpx2 as httpx
import pytest

from authplane.auth.v1 import auth_pb2
from gateway.html import form_target
from gateway.tickets import MAX_TICKET_CHARACTERS
from shared.errors import AuthplaneError, ClientUnknown, InvalidRequest, RedirectUriMismatch
from tests.gateway.answers import (
    BROWSER_COOKIE,
    REDIRECT_URI,
    SESSION_COOKIE,
    code_response,
    consent_needed,
    login_needed,
    set_cookies,
)
from tests.gateway.conftest import Gateway
from tests.user_agent import forms_of, query_of

REQUEST = {"client_id": "web", "response_type": "code", "state": "s & t", "acr_values": "1"}


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_request_is_passed_on(gateway: Gateway, http: httpx.Client, method: str) -> None:
    """All parameters, also unknown ones, and the session's handle; by either method (OpenID Connect Core 3.1.2.1)."""
    gateway.script.answers("Authorize", code_response())
    http.cookies.set(SESSION_COOKIE, "aps_session")

    if method == "GET":
        http.get("/auth/authorize", params=REQUEST)
    else:
        http.post("/auth/authorize", data=REQUEST)

    question = gateway.script.question(auth_pb2.AuthorizeRequest)
    assert (REQUEST, "aps_session") == (dict(question.parameters), question.session_handle)
    assert (0.0, 0, []) == (
        question.interaction_requested_at,
        question.consent_decision,
        list(question.repeated_parameters),
    )


def test_repeated_parameters_are_told_to_the_service(gateway: Gateway, http: httpx.Client) -> None:
    """Row 10: the service knows which came twice, and none of their values (RFC 6749 section 3.1)."""
    gateway.script.answers("Authorize", code_response())

    http.get("/auth/authorize?client_id=web&scope=a&scope=b&state=1&state=1")

    question = gateway.script.question(auth_pb2.AuthorizeRequest)
    assert ({"client_id": "web"}, ["scope", "state"]) == (
        dict(question.parameters),
        sorted(question.repeated_parameters),
    )


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_response_travels_in_the_query(gateway: Gateway, http: httpx.Client, method: str) -> None:
    """Rows 7 and 8: 303 to the client with code, state and iss, form-encoded (RFC 6749 section 4.1.2, RFC 9207)."""
    gateway.script.answers("Authorize", code_response())

    response = http.request(method, "/auth/authorize", data=REQUEST if method == "POST" else None)

    expected = f"{REDIRECT_URI}?code=apc_code&state=s+%26+t&iss=http%3A%2F%2F127.0.0.1%3A8080"
    assert (303, expected) == (response.status_code, response.headers["location"])


def test_the_query_of_a_redirect_uri_is_retained(gateway: Gateway, http: httpx.Client) -> None:
    """RFC 6749 section 3.1.2."""
    gateway.script.answers("Authorize", code_response(redirect_uri="https://app.example.com/cb?tenant=a%20b"))

    location = http.get("/auth/authorize").headers["location"]

    assert location.startswith("https://app.example.com/cb?tenant=a%20b&code=apc_code&")


def test_a_form_post_response_submits_itself(gateway: Gateway, http: httpx.Client) -> None:
    """Row 21: a page whose form goes to the client, whose policy allows that origin and that one script."""
    parameters = [auth_pb2.ResponseParameter(name="quote", value='"><script>')]
    answer = code_response(response_mode=auth_pb2.RESPONSE_MODE_FORM_POST, parameters=parameters)
    gateway.script.answers("Authorize", answer)

    response = http.get("/auth/authorize")

    form = forms_of(response.text)[0]
    assert (200, REDIRECT_URI, "post") == (response.status_code, form.action, form.method)
    assert ("apc_code", '"><script>') == (form.fields["code"], form.fields["quote"])
    script = unescape(response.text.partition("<script>")[2].partition("</script>")[0])
    hashed = b64encode(sha256(script.encode()).digest()).decode()
    policy = response.headers["content-security-policy"]
    assert f"script-src 'sha256-{hashed}'; form-action https://app.example.com;" in policy


def test_a_login_is_asked_for(gateway: Gateway, http: httpx.Client) -> None:
    """303 to the login page with a ticket, in a browser that from now on has a nonce."""
    gateway.script.answers("Authorize", login_needed())

    response = http.get("/auth/authorize", params=REQUEST)

    assert 303 == response.status_code
    assert response.headers["location"].startswith("/auth/login?ticket=")
    assert [BROWSER_COOKIE] == list(set_cookies(response))


def test_consent_is_asked_for(gateway: Gateway, http: httpx.Client) -> None:
    """303 to the consent page."""
    gateway.script.answers("Authorize", consent_needed())

    assert http.get("/auth/authorize").headers["location"].startswith("/auth/consent?ticket=")


def test_a_browser_keeps_its_nonce(gateway: Gateway, http: httpx.Client) -> None:
    """Requests in two tabs do not spoil each other."""
    gateway.script.answers("Authorize", login_needed())
    first = http.get("/auth/authorize")
    nonce = http.cookies[BROWSER_COOKIE]
    http.get("/auth/authorize")

    assert nonce == http.cookies[BROWSER_COOKIE]
    assert 200 == http.get(first.headers["location"]).status_code


@pytest.mark.parametrize(
    "refusal",
    [
        ClientUnknown("client_id names no client <b>"),
        RedirectUriMismatch("redirect_uri is not registered <b>"),
        InvalidRequest("client_id is repeated <b>"),
    ],
)
def test_what_may_not_be_redirected_is_shown(gateway: Gateway, http: httpx.Client, refusal: AuthplaneError) -> None:
    """Row 1: with an invalid client or redirect URI there is a page and no redirect (RFC 6749 section 4.1.2.1)."""
    gateway.script.answers("Authorize", refusal)

    response = http.get("/auth/authorize", params=REQUEST)

    assert (400, "text/html; charset=utf-8") == (response.status_code, response.headers["content-type"])
    assert "location" not in response.headers
    assert refusal.message.replace("<b>", "&lt;b&gt;") in response.text
    assert response.headers["x-request-id"] in response.text


def test_a_request_that_no_ticket_can_hold_is_refused(gateway: Gateway, http: httpx.Client) -> None:
    """A URL that would not pass through proxies is not made."""
    gateway.script.answers("Authorize", login_needed())
    noise = b64encode(bytes(i * i % 251 for i in range(MAX_TICKET_CHARACTERS))).decode() + http.base_url.host
    noise = "".join(sha256(f"{noise}{i}".encode()).hexdigest() for i in range(200))

    response = http.post("/auth/authorize", data={**REQUEST, "state": noise})

    assert (400, True) == (response.status_code, "the parameters are too long" in response.text)


def test_a_post_from_another_site_comes_again_by_get(gateway: Gateway, http: httpx.Client) -> None:
    """Browsers keep SameSite=Lax cookies from it and send them with the GET; so the session is seen."""
    gateway.script.answers("Authorize", code_response())

    response = http.post("/auth/authorize", data=REQUEST, headers={"sec-fetch-site": "cross-site"})

    assert (303, []) == (response.status_code, gateway.script.questions)
    assert response.headers["location"].startswith("/auth/authorize?")
    assert REQUEST == query_of(response.headers["location"])


def test_a_long_post_from_another_site_is_answered_at_once(gateway: Gateway, http: httpx.Client) -> None:
    """What no URL can hold goes without the session."""
    gateway.script.answers("Authorize", code_response())

    http.post("/auth/authorize", data={"state": "x" * 8000}, headers={"sec-fetch-site": "cross-site"})

    assert "x" * 8000 == gateway.script.question(auth_pb2.AuthorizeRequest).parameters["state"]


@pytest.mark.parametrize(
    ("uri", "expected"),
    [
        ("https://app.example.com/callback?x=1", "https://app.example.com"),
        ("http://127.0.0.1:49152/callback", "http://127.0.0.1:49152"),
        ("http://[::1]:49152/callback", "http:"),
        ("com.example.app:/callback", "com.example.app:"),
        ("https://user;evil@app.example.com/", "https:"),
        ("", ""),
    ],
)
def test_a_form_may_lead_to_the_origin_of_the_redirect(uri: str, expected: str) -> None:
    """Row 21: the origin where a policy can name it, else the scheme; nothing that could end the directive."""
    assert expected == form_target(uri)
