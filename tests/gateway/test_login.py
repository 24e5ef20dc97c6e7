"""The login page."""

import httpx2 as httpx
import pytest

from authplane.auth.v1 import auth_pb2
from shared.errors import CredentialsInvalid, InternalError, InvalidRequest, Overloaded, RateLimited
from tests.gateway.answers import (
    BROWSER_COOKIE,
    LOGGED_IN,
    REDIRECT_URI,
    SESSION_COOKIE,
    code_response,
    consent_needed,
    form_of,
    login_needed,
    open_consent,
    open_login,
    set_cookies,
)
from tests.gateway.conftest import Gateway
from tests.user_agent import query_of

TYPED = {"username": "Ada", "password": "correct horse"}


def submit(http: httpx.Client, page: httpx.Response, **fields: str) -> httpx.Response:
    form = form_of(page)
    return http.post(form.action, data={**form.fields, **TYPED, **fields})


def test_the_form_is_shown(gateway: Gateway, http: httpx.Client) -> None:
    """The client's name, the login hint, and fields for name and password."""
    page = open_login(gateway, http)

    form = form_of(page)
    assert (200, "post", "/auth/login") == (page.status_code, form.method, form.action)
    assert ("ada", True) == (form.fields["username"], "password" in form.fields)
    assert "Web &lt;shop&gt;" in page.text


def test_logging_in_begins_a_session_and_goes_on(gateway: Gateway, http: httpx.Client) -> None:
    """Rows 8 and 23: what was typed is checked, the session cookie replaced by a new one, and the request goes on with
    its own parameters; 303, so that no browser sends the password on (RFC 9700 section 4.12)."""
    http.cookies.set(SESSION_COOKIE, "aps_old")
    page = open_login(gateway, http, nonce="n")
    gateway.script.answers("Login", LOGGED_IN)
    gateway.script.answers("Authorize", code_response())

    response = submit(http, page)

    login = gateway.script.question(auth_pb2.LoginRequest)
    assert ("Ada", "correct horse", "aps_old") == (login.username, login.password, login.previous_session_handle)
    question = gateway.script.question(auth_pb2.AuthorizeRequest)
    assert ({"client_id": "web", "state": "s", "nonce": "n"}, "aps_new", 1_799_999_999.25) == (
        dict(question.parameters),
        question.session_handle,
        question.interaction_requested_at,
    )
    assert (303, REDIRECT_URI) == (response.status_code, response.headers["location"].partition("?")[0])
    assert "aps_new; HttpOnly; Path=/; SameSite=lax" == set_cookies(response)[SESSION_COOKIE]


def test_consent_may_come_next(gateway: Gateway, http: httpx.Client) -> None:
    """The consent page is that of the new session."""
    page = open_login(gateway, http)
    gateway.script.answers("Login", LOGGED_IN)
    gateway.script.answers("Authorize", consent_needed())

    response = submit(http, page)

    assert response.headers["location"].startswith("/auth/consent?ticket=")
    assert "aps_new" == http.cookies[SESSION_COOKIE]
    assert 200 == http.get(response.headers["location"]).status_code


@pytest.mark.parametrize("refusal", [CredentialsInvalid("no match"), InvalidRequest("username is too long")])
def test_a_refused_login_shows_the_form_again(
    gateway: Gateway, http: httpx.Client, refusal: CredentialsInvalid | InvalidRequest
) -> None:
    """Row 26: 400 and one text for every cause, the name kept, the password not, and no new session."""
    page = open_login(gateway, http)
    gateway.script.answers("Login", refusal)

    again = submit(http, page, username='"><i>')

    form = form_of(again)
    assert (400, '"><i>', "") == (again.status_code, form.fields["username"], form.fields["password"])
    assert ("do not match" in again.text, refusal.message in again.text) == (True, False)
    assert "set-cookie" not in again.headers


def test_the_form_can_be_tried_again(gateway: Gateway, http: httpx.Client) -> None:
    """A mistyped password costs one more try and nothing else."""
    page = open_login(gateway, http)
    gateway.script.answers("Login", CredentialsInvalid("no match"), LOGGED_IN)
    gateway.script.answers("Authorize", code_response())

    assert 303 == submit(http, submit(http, page)).status_code


def test_a_busy_service_shows_the_form_again(gateway: Gateway, http: httpx.Client) -> None:
    """503 with a delay; what was typed is only to be sent again."""
    page = open_login(gateway, http)
    gateway.script.answers("Login", Overloaded("too many", 3.0))

    again = submit(http, page)

    assert (503, "3", "Ada") == (again.status_code, again.headers["retry-after"], form_of(again).fields["username"])


def test_a_fault_is_an_error_page(gateway: Gateway, http: httpx.Client) -> None:
    """Row 29: what trying again does not help is not offered to be tried again."""
    page = open_login(gateway, http)
    gateway.script.answers("Login", InternalError("an internal error has occurred"))

    response = submit(http, page)

    assert (500, False) == (response.status_code, "password" in response.text)


@pytest.mark.parametrize("csrf_token", ["", "x", "é"])
def test_a_form_that_was_not_ours_is_refused(gateway: Gateway, http: httpx.Client, csrf_token: str) -> None:
    """Row 22: nobody is logged in by a form that another page sent (login CSRF)."""
    page = open_login(gateway, http)

    response = submit(http, page, csrf_token=csrf_token)

    assert (400, []) == (response.status_code, [name for name, _ in gateway.script.questions if name == "Login"])


def test_a_token_of_one_form_is_none_of_another(gateway: Gateway, http: httpx.Client) -> None:
    """Row 22: the CSRF token belongs to its ticket."""
    first, second = open_login(gateway, http, state="1"), open_login(gateway, http, state="2")

    assert 400 == submit(http, first, csrf_token=form_of(second).fields["csrf_token"]).status_code


def test_a_ticket_belongs_to_its_browser(gateway: Gateway, http: httpx.Client) -> None:
    """Row 22: neither page nor form of one browser works in another, with or without a nonce of its own (hydra#770)."""
    page = open_login(gateway, http)
    with gateway.browser() as other:
        without_nonce = (other.get(str(page.url)).status_code, submit(other, page).status_code)
        open_login(gateway, other)
        with_nonce = (other.get(str(page.url)).status_code, submit(other, page).status_code)

    assert ((400, 400), (400, 400)) == (without_nonce, with_nonce)


def test_a_ticket_expires(gateway: Gateway, http: httpx.Client) -> None:
    """An hour is enough to log in."""
    page = open_login(gateway, http)
    gateway.clock.advance(3599)
    in_time = http.get(str(page.url)).status_code
    gateway.clock.advance(1)

    assert (200, 400, 400) == (in_time, http.get(str(page.url)).status_code, submit(http, page).status_code)


def test_parameters_cannot_be_exchanged_on_the_way(gateway: Gateway, http: httpx.Client) -> None:
    """Row 1: whatever the form says besides, the request stays the one that was checked (CVE-2026-7571)."""
    page = open_login(gateway, http, redirect_uri=REDIRECT_URI)
    gateway.script.answers("Login", LOGGED_IN)
    gateway.script.answers("Authorize", code_response())

    submit(http, page, redirect_uri="https://evil.example.com/", client_id="other")

    expected = {"client_id": "web", "state": "s", "redirect_uri": REDIRECT_URI}
    assert expected == dict(gateway.script.question(auth_pb2.AuthorizeRequest).parameters)


def test_a_tampered_ticket_is_refused(gateway: Gateway, http: httpx.Client) -> None:
    """Row 22: no character of a ticket can be changed, added or left out."""
    page = open_login(gateway, http)
    ticket = query_of(str(page.url))["ticket"]
    flipped = [ticket[:i] + ("A" if ticket[i] != "A" else "B") + ticket[i + 1 :] for i in range(0, len(ticket) - 1, 7)]

    answers = {
        http.get("/auth/login", params={"ticket": text}).status_code
        for text in [*flipped, ticket[:-1], ticket + "A", ticket[1:], "", "é", "."]
    }

    assert {400} == answers


def test_a_ticket_of_one_kind_is_none_of_another(gateway: Gateway, http: httpx.Client) -> None:
    """Consent cannot be given with a login ticket, nor the other way round (CVE-2026-18963)."""
    login, consent = open_login(gateway, http), open_consent(gateway, http)

    assert 400 == http.get("/auth/consent", params={"ticket": query_of(str(login.url))["ticket"]}).status_code
    assert 400 == http.get("/auth/login", params={"ticket": query_of(str(consent.url))["ticket"]}).status_code


def test_a_forged_nonce_is_none(gateway: Gateway, http: httpx.Client) -> None:
    """A nonce that is not of our making is replaced."""
    http.cookies.set(BROWSER_COOKIE, "x")
    gateway.script.answers("Authorize", login_needed())

    nonce = set_cookies(http.get("/auth/authorize"))[BROWSER_COOKIE].partition(";")[0]

    assert 22 == len(nonce)


@pytest.mark.parametrize(
    ("seconds", "words"), [(30.0, "30 seconds"), (0.2, "1 second"), (60.0, "1 minute"), (61.0, "2 minutes")]
)
def test_too_many_attempts(gateway: Gateway, http: httpx.Client, seconds: float, words: str) -> None:
    """The form again with the name, and when to try again, for people and for programs."""
    page = open_login(gateway, http)
    gateway.script.answers("Login", RateLimited("too many failed logins; try again later", seconds))
    again = submit(http, page)
    assert (again.status_code, again.headers["retry-after"]) == (429, str(max(1, round(seconds))))
    assert f"too many failed attempts, try again in {words}." in again.text
    assert form_of(again).fields["username"] == "Ada"
    assert "<title>Error: Sign in" in again.text
