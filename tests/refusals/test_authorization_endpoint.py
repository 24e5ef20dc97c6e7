"""Refusals of the authorization endpoint, by the sections that ask for them."""

import pytest

from tests.refusals.flow import Changes, Flow
from tests.user_agent import query_of

TO_A_PAGE: list[tuple[str, Changes]] = [
    ("RFC 6749 4.1.2.1: no client", {"client_id": None}),
    ("RFC 6749 4.1.2.1: an unknown client", {"client_id": "nobody"}),
    ("RFC 6749 4.1.2.1: a client id that is none", {"client_id": "x" * 1000}),
    ("RFC 9700 4.1.3: another path", {"redirect_uri": "http://127.0.0.1:9999/callback/more"}),
    ("RFC 9700 4.1.3: another host", {"redirect_uri": "http://127.0.0.1.evil.example:9999/callback"}),
    ("RFC 9700 4.1.3: traversal", {"redirect_uri": "http://127.0.0.1:9999/x/../callback"}),
    ("RFC 9700 4.1.3: user information", {"redirect_uri": "http://127.0.0.1:9999@evil.example/callback"}),
    ("RFC 6749 3.1.2: a fragment", {"redirect_uri": "http://127.0.0.1:9999/callback#x"}),
    ("OIDC Core 3.1.2.1: none, though openid is asked for", {"redirect_uri": None}),
]

TO_THE_CLIENT: list[tuple[str, Changes, str]] = [
    ("RFC 6749 4.1.2.1: no response type", {"response_type": None}, "invalid_request"),
    ("RFC 6749 4.1.2.1: another response type", {"response_type": "token"}, "unsupported_response_type"),
    ("RFC 6749 4.1.2.1: a hybrid response type", {"response_type": "code id_token"}, "unsupported_response_type"),
    ("OAuth 2.0 Multiple Response Types 2.1", {"response_mode": "fragment"}, "invalid_request"),
    ("RFC 6749 3.3: an unknown scope", {"scope": "openid admin"}, "invalid_scope"),
    ("RFC 6749 3.3: no scope", {"scope": None}, "invalid_scope"),
    ("RFC 9700 2.1.1: no challenge", {"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
    ("CVE-2024-23647: the challenge dropped", {"code_challenge": None}, "invalid_request"),
    ("RFC 9700 2.1.1: plain", {"code_challenge_method": "plain"}, "invalid_request"),
    ("RFC 7636 4.3: plain by default", {"code_challenge_method": None}, "invalid_request"),
    ("RFC 7636 4.2: a challenge of another form", {"code_challenge": "short"}, "invalid_request"),
    ("OIDC Core 6.1", {"request": "e30.e30."}, "request_not_supported"),
    ("OIDC Core 6.2", {"request_uri": "https://web.example/request"}, "request_uri_not_supported"),
    ("OIDC Core 7.2.1", {"registration": "{}"}, "registration_not_supported"),
    ("OIDC Core 3.1.2.1: none with others", {"prompt": "none login"}, "invalid_request"),
    ("OIDC Core 3.1.2.1: an unknown prompt", {"prompt": "sing"}, "invalid_request"),
    ("OIDC Core 3.1.2.6: nobody is logged in", {"prompt": "none"}, "login_required"),
    ("OIDC Core 3.1.2.1: max_age", {"max_age": "-1"}, "invalid_request"),
    ("OIDC Core 5.5: claims", {"claims": "{"}, "invalid_request"),
    ("OIDC Core 5.5: claims of another form", {"claims": "[]"}, "invalid_request"),
    ("OIDC Core 3.1.2.1: a hint that is none", {"id_token_hint": "garbage"}, "invalid_request"),
]


@pytest.mark.parametrize(("source", "changes"), TO_A_PAGE, ids=[row[0] for row in TO_A_PAGE])
def test_nothing_is_redirected(flow: Flow, source: str, changes: Changes) -> None:
    """Row 1: while client or redirect URI are in doubt there is a page and no Location."""
    response = flow.agent.get(flow.authorization_url(**changes))
    assert (response.status_code, "location" in response.headers) == (400, False), source
    assert response.headers["content-type"].startswith("text/html")
    assert "frame-ancestors 'none'" in response.headers["content-security-policy"]


@pytest.mark.parametrize(("source", "changes", "error"), TO_THE_CLIENT, ids=[row[0] for row in TO_THE_CLIENT])
def test_the_client_is_told(flow: Flow, source: str, changes: Changes, error: str) -> None:
    """Rows 2, 7 and 18: the error goes to the redirect URI, with state and iss (RFC 9207 section 2)."""
    response = flow.agent.get(flow.authorization_url(**changes))
    assert response.status_code == 303, source
    assert response.headers["location"].startswith("http://127.0.0.1:9999/callback?")
    answer = query_of(response.headers["location"])
    assert (answer["error"], answer["state"], answer["iss"]) == (error, "the state", flow.issuer)
    assert "code" not in answer


@pytest.mark.parametrize("name", ["scope", "state", "nonce", "code_challenge", "prompt"])
def test_a_repeated_parameter_is_told_to_the_client(flow: Flow, name: str) -> None:
    """Row 10, CVE-2026-9689: invalid_request; a repeated state is not sent back."""
    response = flow.agent.get(f"{flow.authorization_url()}&{name}=x&{name}=y")
    answer = query_of(response.headers["location"])
    assert (answer["error"], "state" in answer) == ("invalid_request", name != "state")


@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
def test_a_repeated_address_is_told_to_nobody(flow: Flow, name: str) -> None:
    """Row 10: which of the two would it be."""
    response = flow.agent.get(f"{flow.authorization_url()}&{name}=x")
    assert (response.status_code, "location" in response.headers) == (400, False)


def test_a_machine_gets_no_code(flow: Flow) -> None:
    """RFC 6749 section 4.1.2.1: a client without redirect URIs is not redirected anywhere."""
    assert flow.agent.get(flow.authorization_url(client_id="machine")).status_code == 400


def test_consent_that_was_not_given_is_not_assumed(flow: Flow) -> None:
    """OIDC Core 3.1.2.6: with prompt=none a client that has to ask gets consent_required."""
    flow.agent.username, flow.agent.password = "grace", "compilers are for people"
    flow.code()
    asking: Changes = {"client_id": "spa", "redirect_uri": "http://127.0.0.1:5000/callback", "scope": "openid"}
    response = flow.agent.get(flow.authorization_url(**asking, prompt="none"))
    assert query_of(response.headers["location"])["error"] == "consent_required"


def test_an_essential_context_that_cannot_be_had_is_refused(flow: Flow) -> None:
    """OIDC Core 5.5.1.1: a failed authentication attempt."""
    claims = '{"id_token":{"acr":{"essential":true,"values":["9"]}}}'
    response = flow.agent.get(flow.authorization_url(claims=claims))
    assert query_of(response.headers["location"])["error"] == "unmet_authentication_requirements"
