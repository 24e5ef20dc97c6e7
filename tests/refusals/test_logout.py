"""Refusals of the logout endpoint, by the sections of OpenID Connect RP-Initiated Logout 1.0."""

import pytest

from cli.dev.plane import DevPlane
from tests.refusals.flow import Changes, Flow, changed
from tests.user_agent import UserAgent, forms_of

HOME = "http://127.0.0.1:9999/"
REFUSED: list[tuple[str, Changes]] = [
    ("2: a hint that is no token", {"id_token_hint": "garbage"}),
    ("2: an access token as the hint", {"id_token_hint": "ACCESS TOKEN"}),
    ("2: a refresh token as the hint", {"id_token_hint": "REFRESH TOKEN"}),
    ("2: a hint whose signature was cut", {"id_token_hint": "ID TOKEN CUT"}),
    ("2: another client than the hint's", {"id_token_hint": "ID TOKEN", "client_id": "plain"}),
    ("2: an unknown client", {"client_id": "nobody"}),
    ("3: a URI that is not registered", {"client_id": "web", "post_logout_redirect_uri": HOME + "more"}),
    ("3: a URI in another case", {"client_id": "web", "post_logout_redirect_uri": HOME.upper()}),
    ("3: a registered redirect URI instead", {"client_id": "web", "post_logout_redirect_uri": HOME + "callback"}),
    ("3: a URI for nobody in particular", {"post_logout_redirect_uri": HOME}),
    ("3: a URI of another client", {"client_id": "plain", "post_logout_redirect_uri": HOME}),
    ("3: a script", {"client_id": "web", "post_logout_redirect_uri": "javascript:alert(1)"}),
]


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(("source", "parameters"), REFUSED, ids=[row[0] for row in REFUSED])
def test_nothing_ends_and_nobody_is_sent_anywhere(flow: Flow, source: str, parameters: Changes, method: str) -> None:
    """Row 1: a page and no Location; the session lives on."""
    tokens = flow.tokens()
    meant = {
        "ID TOKEN": tokens["id_token"],
        "ID TOKEN CUT": tokens["id_token"][:-1],
        "ACCESS TOKEN": tokens["access_token"],
        "REFRESH TOKEN": tokens["refresh_token"],
    }
    values = {name: meant.get(value, value) for name, value in changed({}, parameters).items()}
    url = f"{flow.issuer}/auth/logout"
    http = flow.agent.http
    answer = http.get(url, params=values) if method == "GET" else http.post(url, data=values)
    assert (answer.status_code, "location" in answer.headers) == (400, False), source
    assert answer.headers["content-type"].startswith("text/html")
    assert "set-cookie" not in answer.headers
    assert flow.introspect(tokens["access_token"])["active"]


def test_a_link_logs_nobody_out(flow: Flow) -> None:
    """Row 22: GET shows the question and changes nothing; nor does a POST without the page's token."""
    tokens = flow.tokens()
    page = flow.agent.get("/auth/logout")
    assert flow.introspect(tokens["access_token"])["active"]
    fields = forms_of(page.text)[0].fields
    assert fields.keys() == {"ticket", "csrf_token"}
    for forged in ({}, {"decision": "logout"}, {**fields, "csrf_token": ""}, {**fields, "csrf_token": "x" * 43}):
        flow.agent.http.post(f"{flow.issuer}/auth/logout", data=forged)
        assert flow.introspect(tokens["access_token"])["active"]


def test_a_question_is_answered_in_its_own_browser(flow: Flow) -> None:
    """Row 22: the attacker's page does not log the victim out."""
    tokens = flow.tokens()
    attacker = UserAgent(flow.issuer)
    attacker.authorize(flow.authorization_url())
    fields = forms_of(attacker.get("/auth/logout").text)[0].fields
    answer = flow.agent.http.post(f"{flow.issuer}/auth/logout", data=fields)
    assert (answer.status_code, "set-cookie" in answer.headers) == (400, False)
    assert flow.introspect(tokens["access_token"])["active"]
    attacker.close()


def test_the_hint_of_another_session_is_not_enough(flow: Flow, plane: DevPlane) -> None:
    """Section 2: with an ID token of another session of the same user the user is asked."""
    tokens = flow.tokens()
    other = Flow(plane)
    hint = other.tokens()["id_token"]
    answer = flow.agent.http.get(f"{flow.issuer}/auth/logout", params={"id_token_hint": hint})
    assert (answer.status_code, len(forms_of(answer.text))) == (200, 1)
    assert flow.introspect(tokens["access_token"])["active"]
    other.close()
