"""The consent page."""

import httpx2 as httpx
import pytest

from authplane.auth.v1 import auth_pb2
from tests.gateway.answers import SESSION_COOKIE, code_response, form_of, open_consent
from tests.gateway.conftest import Gateway


def submit(http: httpx.Client, page: httpx.Response, **fields: str) -> httpx.Response:
    form = form_of(page)
    return http.post(form.action, data={**form.fields, **fields})


def test_the_question_names_client_user_and_scopes(gateway: Gateway, http: httpx.Client) -> None:
    """Who asks for what, and who is asked."""
    page = open_consent(gateway, http)

    assert (200, "/auth/consent", "post") == (page.status_code, form_of(page).action, form_of(page).method)
    assert {("decision", "grant"), ("decision", "deny")} == set(form_of(page).buttons)
    assert all(text in page.text for text in ("Web &lt;shop&gt;", "ada"))


@pytest.mark.parametrize(
    ("decision", "expected"),
    [("grant", auth_pb2.CONSENT_DECISION_GRANTED), ("deny", auth_pb2.CONSENT_DECISION_DENIED)],
)
def test_the_answer_is_passed_on(
    gateway: Gateway, http: httpx.Client, decision: str, expected: "auth_pb2.ConsentDecision.ValueType"
) -> None:
    """The request goes on with its own parameters, the session and the decision; 303 to the client."""
    page = open_consent(gateway, http)
    gateway.script.answers("Authorize", code_response())

    response = submit(http, page, decision=decision, client_id="other")

    question = gateway.script.question(auth_pb2.AuthorizeRequest)
    assert ({"client_id": "web", "state": "s"}, "aps_session", 1_799_999_999.25, expected) == (
        dict(question.parameters),
        question.session_handle,
        question.interaction_requested_at,
        question.consent_decision,
    )
    assert 303 == response.status_code


@pytest.mark.parametrize("fields", [{}, {"decision": "yes"}, {"decision": "grant", "csrf_token": "x"}])
def test_nothing_is_granted_by_accident(gateway: Gateway, http: httpx.Client, fields: dict[str, str]) -> None:
    """Row 22: neither without a decision, nor by a form of another page."""
    page = open_consent(gateway, http)
    gateway.script.clear()

    assert (400, []) == (submit(http, page, **fields).status_code, gateway.script.questions)


@pytest.mark.parametrize("session", ["aps_other", ""])
def test_only_the_session_that_was_asked_may_answer(gateway: Gateway, http: httpx.Client, session: str) -> None:
    """Somebody else who logs in meanwhile, in the same browser, has not been asked."""
    page = open_consent(gateway, http)
    http.cookies.delete(SESSION_COOKIE)
    http.cookies.set(SESSION_COOKIE, session)
    gateway.script.clear()

    assert (400, 400) == (http.get(str(page.url)).status_code, submit(http, page, decision="grant").status_code)
    assert [] == gateway.script.questions


def test_consent_belongs_to_the_browser(gateway: Gateway, http: httpx.Client) -> None:
    """A grant is bound to the browser that began it, even if the session were known elsewhere (hydra#770)."""
    page = open_consent(gateway, http)
    with gateway.browser() as other:
        open_consent(gateway, other)
        gateway.script.clear()

        assert (400, []) == (submit(other, page, decision="grant").status_code, gateway.script.questions)
