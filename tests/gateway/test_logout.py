"""The logout endpoint."""

import httpx2 as httpx
import pytest

from authplane.auth.v1 import auth_pb2
from shared.errors import AuthplaneError, ClientUnknown, InvalidRequest, RedirectUriMismatch
from tests.gateway.answers import SESSION_COOKIE, form_of, open_logout, set_cookies
from tests.gateway.conftest import Gateway
from tests.user_agent import query_of

REQUEST = {
    "id_token_hint": "a.b.c",
    "client_id": "web",
    "post_logout_redirect_uri": "https://app.example.com/bye",
    "state": "s",
}
GONE = auth_pb2.LogoutResponse(logged_out=True, client_name="Web <shop>")
SENT_AWAY = auth_pb2.LogoutResponse(logged_out=True, redirect_uri="https://app.example.com/bye?state=s")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_logout_that_needs_no_question(gateway: Gateway, http: httpx.Client, method: str) -> None:
    """The request reaches the service, the cookie is cleared, the browser sent back (RP-Initiated Logout 1.0)."""
    http.cookies.set(SESSION_COOKIE, "aps_session")
    gateway.script.answers("Logout", SENT_AWAY)

    response = http.get("/auth/logout", params=REQUEST) if method == "GET" else http.post("/auth/logout", data=REQUEST)

    question = gateway.script.question(auth_pb2.LogoutRequest)
    expected = auth_pb2.LogoutRequest(**REQUEST, session_handle="aps_session", confirmed=False)
    assert expected == question
    assert (303, "https://app.example.com/bye?state=s") == (response.status_code, response.headers["location"])
    assert "Max-Age=0" in set_cookies(response)[SESSION_COOKIE]


def test_with_nowhere_to_go_there_is_a_page(gateway: Gateway, http: httpx.Client) -> None:
    """It says that the user is signed out, and the cookie is cleared."""
    gateway.script.answers("Logout", GONE)

    response = http.get("/auth/logout")

    assert (200, True) == (response.status_code, "Web &lt;shop&gt;" in response.text)
    assert "Max-Age=0" in set_cookies(response)[SESSION_COOKIE]


def test_without_a_hint_the_user_is_asked(gateway: Gateway, http: httpx.Client) -> None:
    """Row 22: a GET by itself ends nothing; the page's form does, with the parameters of the request."""
    http.cookies.set(SESSION_COOKIE, "aps_session")
    page = open_logout(gateway, http, state="s", client_id="web")
    assert (200, False) == (page.status_code, SESSION_COOKIE in set_cookies(page))
    gateway.script.answers("Logout", SENT_AWAY)

    form = form_of(page)
    response = http.post(form.action, data={**form.fields, "client_id": "other"})

    expected = auth_pb2.LogoutRequest(client_id="web", state="s", session_handle="aps_session", confirmed=True)
    assert expected == gateway.script.question(auth_pb2.LogoutRequest)
    assert (303, SENT_AWAY.redirect_uri) == (response.status_code, response.headers["location"])


def test_the_form_may_lead_to_the_client(gateway: Gateway, http: httpx.Client) -> None:
    """Row 21: the policy of the question names the origin that the verified redirect goes to."""
    answer = auth_pb2.LogoutResponse(logged_out=False, redirect_uri="https://app.example.com/bye?state=s")
    gateway.script.answers("Logout", answer)

    policy = http.get("/auth/logout", params=REQUEST).headers["content-security-policy"]

    assert "form-action 'self' https://app.example.com;" in policy


@pytest.mark.parametrize("fields", [{"csrf_token": ""}, {"csrf_token": "x"}, {"ticket": "x"}])
def test_a_forged_confirmation_ends_nothing(gateway: Gateway, http: httpx.Client, fields: dict[str, str]) -> None:
    """Row 22: logout CSRF."""
    page = open_logout(gateway, http)
    gateway.script.clear()

    response = http.post("/auth/logout", data={**form_of(page).fields, **fields})

    assert (400, []) == (response.status_code, gateway.script.questions)


def test_a_confirmation_belongs_to_its_browser(gateway: Gateway, http: httpx.Client) -> None:
    """Row 22: nobody can have another browser logged out with a page of their own."""
    page = open_logout(gateway, http)
    with gateway.browser() as other:
        open_logout(gateway, other)

        assert 400 == other.post("/auth/logout", data=form_of(page).fields).status_code


@pytest.mark.parametrize(
    "refusal", [InvalidRequest("no ID token"), ClientUnknown("no client"), RedirectUriMismatch("not registered")]
)
def test_a_bad_request_is_shown(gateway: Gateway, http: httpx.Client, refusal: AuthplaneError) -> None:
    """Row 1: nothing is redirected, nothing cleared (RP-Initiated Logout 1.0 section 4)."""
    gateway.script.answers("Logout", refusal)

    response = http.get("/auth/logout", params=REQUEST)

    assert (400, True) == (response.status_code, refusal.message in response.text)
    assert {"location", "set-cookie"}.isdisjoint(response.headers)


def test_a_post_from_another_site_comes_again_by_get(gateway: Gateway, http: httpx.Client) -> None:
    """Otherwise the session's cookie would be missing, and the session would live on (RFC 6265bis section 5.6.7.1)."""
    response = http.post("/auth/logout", data=REQUEST, headers={"sec-fetch-site": "cross-site"})

    assert (303, REQUEST, []) == (
        response.status_code,
        query_of(response.headers["location"]),
        gateway.script.questions,
    )
