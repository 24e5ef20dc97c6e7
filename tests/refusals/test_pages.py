"""Login and consent against somebody else's browser, page or patience."""

from tests.refusals.flow import Flow
from tests.user_agent import UserAgent, forms_of


def test_a_login_form_of_another_browser_is_refused(flow: Flow) -> None:
    """Row 22, login CSRF and hydra#770: the ticket and its token belong to the browser that began."""
    page = flow.agent.settle(flow.agent.get(flow.authorization_url()))
    other = UserAgent(flow.issuer)
    assert other.get(str(page.url)).status_code == 400
    fields = {**forms_of(page.text)[0].fields, "username": "ada", "password": "correct horse battery staple"}
    response = other.http.post(f"{flow.issuer}/auth/login", data=fields)
    assert response.status_code == 400
    assert "authplane_session" not in response.headers.get("set-cookie", "")
    other.close()


def test_a_form_without_its_token_is_refused(flow: Flow) -> None:
    """Row 22: and so is one with another token."""
    page = flow.agent.settle(flow.agent.get(flow.authorization_url()))
    for token in ("", "x" * 43):
        response = flow.agent.submit(page, csrf_token=token, username="ada", password="correct horse battery staple")
        assert response.status_code == 400
        assert "set-cookie" not in response.headers


def test_a_ticket_cannot_be_changed(flow: Flow) -> None:
    """CVE-2026-7571: what was asked for at the first step is what is answered at the last."""
    page = flow.agent.settle(flow.agent.get(flow.authorization_url()))
    ticket = forms_of(page.text)[0].fields["ticket"]
    for changed in (ticket[:-1], ticket + "x", "x" + ticket, ticket.swapcase()):
        assert flow.agent.get(f"/auth/login?ticket={changed}").status_code == 400
        assert flow.agent.submit(page, ticket=changed, username="ada", password="x").status_code == 400


def test_consent_cannot_be_given_before_login(flow: Flow) -> None:
    """CVE-2026-18963: step two does not run before step one; a login ticket is no consent ticket."""
    page = flow.agent.settle(flow.agent.get(flow.authorization_url()))
    fields = {**forms_of(page.text)[0].fields, "decision": "grant"}
    response = flow.agent.http.post(f"{flow.issuer}/auth/consent", data=fields)
    assert (response.status_code, "location" in response.headers) == (400, False)


def test_the_session_is_new_after_every_login(flow: Flow) -> None:
    """Row 23, CVE-2024-7341: the id changes, and the one before is dead."""
    flow.code()
    before = flow.agent.http.cookies["authplane_session"]
    flow.code(prompt="login")
    after = flow.agent.http.cookies["authplane_session"]
    assert before != after
    flow.agent.http.cookies.set("authplane_session", before, domain="127.0.0.1", path="/")
    flow.agent.http.cookies.delete("authplane_session", domain="127.0.0.1", path="/")
    thief = UserAgent(flow.issuer)
    thief.http.cookies.set("authplane_session", before)
    assert "password" in thief.settle(thief.get(flow.authorization_url())).text
    thief.close()


def test_credentials_are_answered_with_303(flow: Flow) -> None:
    """Row 8: no browser repeats a password to the client; and the cookie is out of reach of scripts (row 24)."""
    page = flow.agent.settle(flow.agent.get(flow.authorization_url()))
    response = flow.agent.submit(page, username="ada", password="correct horse battery staple")
    assert response.status_code == 303
    cookie = response.headers["set-cookie"]
    assert "authplane_session=aps_" in cookie
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()
    assert "Path=/" in cookie


def test_nobody_learns_who_exists(flow: Flow) -> None:
    """Row 26: an unknown user and a wrong password get the same status and the same words."""
    answers = []
    for username in ("ada", "nobody-of-this-name"):
        agent = UserAgent(flow.issuer)
        page = agent.settle(agent.get(flow.authorization_url()))
        response = agent.submit(page, username=username, password="wrong")
        shown = response.text.split("<form")[0].replace(username, "")
        answers.append((response.status_code, shown, sorted(set(response.headers) - {"content-length"})))
        agent.close()
    assert answers[0] == answers[1]
