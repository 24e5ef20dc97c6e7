"""The same refusals when the request comes in a body, or the answer is to be posted."""

import pytest

from tests.refusals.flow import AUTHORIZATION, Changes, Flow, changed
from tests.refusals.test_authorization_endpoint import TO_A_PAGE, TO_THE_CLIENT
from tests.user_agent import UserAgent, forms_of, query_of

POSTABLE = [row for row in TO_THE_CLIENT if "response_mode" not in row[1]]


@pytest.mark.parametrize(("source", "changes"), TO_A_PAGE, ids=[row[0] for row in TO_A_PAGE])
def test_nothing_is_redirected(flow: Flow, source: str, changes: Changes) -> None:
    """Row 1: with POST (OpenID Connect Core 3.1.2.1) as with GET, and with form_post there is no form either."""
    for mode in ("query", "form_post"):
        parameters = changed({**AUTHORIZATION, "response_mode": mode}, changes)
        answer = flow.agent.http.post(f"{flow.issuer}/auth/authorize", data=parameters)
        assert (answer.status_code, "location" in answer.headers) == (400, False), source
        assert forms_of(answer.text) == []
        assert "evil.example" not in answer.text


@pytest.mark.parametrize(("source", "changes", "error"), POSTABLE, ids=[row[0] for row in POSTABLE])
def test_the_client_is_told_by_post(flow: Flow, source: str, changes: Changes, error: str) -> None:
    """Row 7: an error in response_mode=form_post is a form for the redirect URI alone, with state and iss, and without
    a code.
    """
    parameters = changed({**AUTHORIZATION, "response_mode": "form_post"}, changes)
    answer = flow.agent.http.post(f"{flow.issuer}/auth/authorize", data=parameters)
    (form,) = forms_of(answer.text)
    assert (answer.status_code, form.action, form.method) == (200, AUTHORIZATION["redirect_uri"], "post"), source
    assert (form.fields["error"], form.fields["state"], form.fields["iss"]) == (error, "the state", flow.issuer)
    assert form.fields.keys() == {"error", "error_description", "state", "iss"}
    assert "form-action http://127.0.0.1:9999;" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("state", ["a&code=stolen", "a#b", "é \U0001f600", "%00", "a\r\nSet-Cookie: x=y", "'\"><b>"])
def test_a_state_cannot_break_out(flow: Flow, state: str) -> None:
    """RFC 6749 section 4.1.2.1: state comes back as it was, or, with control characters, not at all; it never becomes a
    parameter, a header field or markup.
    """
    answer = flow.agent.get(flow.authorization_url(state=state, prompt="none"))
    location = query_of(answer.headers["location"])
    is_plain = "\r" not in state
    assert location.get("state", "") == (state if is_plain else "")
    assert location["error"] == ("login_required" if is_plain else "invalid_request")
    assert "code" not in location
    assert "set-cookie" not in answer.headers


def test_another_method_of_answering_changes_nothing_about_the_code(flow: Flow) -> None:
    """Row 8: a posted authorization request is answered with 303, so that its body goes nowhere else."""
    flow.code()
    answer = flow.agent.http.post(f"{flow.issuer}/auth/authorize", data=AUTHORIZATION)
    assert answer.status_code == 303
    assert query_of(answer.headers["location"]).keys() == {"code", "state", "iss"}


def test_a_planted_session_is_not_adopted(flow: Flow) -> None:
    """Row 23, CVE-2024-7341: a victim who logs in with the attacker's cookie gets a session of their own, and the
    attacker's is over.
    """
    flow.code()
    planted = flow.agent.http.cookies["authplane_session"]
    victim = UserAgent(flow.issuer, "grace", "compilers are for people")
    victim.http.cookies.set("authplane_session", planted, domain="127.0.0.1", path="/")
    victim.authorize(flow.authorization_url(prompt="login"))
    assert victim.http.cookies["authplane_session"] != planted
    silent = flow.agent.get(flow.authorization_url(prompt="none"))
    assert query_of(silent.headers["location"])["error"] == "login_required"
    victim.close()
