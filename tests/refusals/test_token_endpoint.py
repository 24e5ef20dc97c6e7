"""Refusals of the token endpoint, by the sections that ask for them."""

import pytest

from tests.refusals.flow import CALLBACK, SECRETS, VERIFIER, Changes, Flow, of

BASIC = of("web")
REDEEM: Changes = {"grant_type": "authorization_code", "redirect_uri": CALLBACK, "code_verifier": VERIFIER}

REQUESTS: list[tuple[str, tuple[str, str] | None, Changes, int, str]] = [
    ("RFC 6749 5.2: no grant type", BASIC, {}, 400, "invalid_request"),
    ("RFC 6749 5.2: an unknown grant type", BASIC, {"grant_type": "magic"}, 400, "unsupported_grant_type"),
    ("RFC 9700 2.4: password", BASIC, {"grant_type": "password"}, 400, "unsupported_grant_type"),
    ("RFC 6749 5.2: no code", BASIC, {"grant_type": "authorization_code"}, 400, "invalid_request"),
    ("RFC 6749 5.2: no refresh token", BASIC, {"grant_type": "refresh_token"}, 400, "invalid_request"),
    ("RFC 6749 5.2: a code that is none", BASIC, {**REDEEM, "code": "x"}, 400, "invalid_grant"),
    (
        "RFC 6749 5.2: a refresh token that is none",
        BASIC,
        {"grant_type": "refresh_token", "refresh_token": "x"},
        400,
        "invalid_grant",
    ),
    ("RFC 6749 5.2: no client", None, {**REDEEM, "code": "x"}, 401, "invalid_client"),
    ("RFC 6749 5.2: an unknown client", ("nobody", "x"), {**REDEEM, "code": "x"}, 401, "invalid_client"),
    ("RFC 6749 5.2: a wrong secret", ("web", "x"), {**REDEEM, "code": "x"}, 401, "invalid_client"),
    ("RFC 6749 2.3.1: no secret", ("web", ""), {**REDEEM, "code": "x"}, 401, "invalid_client"),
    (
        "OIDC Core 9: another method than registered",
        None,
        {**REDEEM, "code": "x", "client_id": "web", "client_secret": SECRETS["web"]},
        401,
        "invalid_client",
    ),
    (
        "RFC 6749 2.1: a confidential client as a public one",
        None,
        {**REDEEM, "code": "x", "client_id": "web"},
        401,
        "invalid_client",
    ),
    (
        "RFC 6749 2.3: two methods at once",
        BASIC,
        {**REDEEM, "code": "x", "client_id": "web", "client_secret": SECRETS["web"]},
        400,
        "invalid_request",
    ),
    ("RFC 6749 5.2: a grant not registered", of("machine"), {**REDEEM, "code": "x"}, 400, "unauthorized_client"),
    ("RFC 6749 5.2: a grant not registered", BASIC, {"grant_type": "client_credentials"}, 400, "unauthorized_client"),
    (
        "RFC 6749 5.2: a scope not registered",
        of("machine"),
        {"grant_type": "client_credentials", "scope": "orders:delete"},
        400,
        "invalid_scope",
    ),
    (
        "OIDC Core 3.1.2.1: a user's scope without a user",
        of("machine"),
        {"grant_type": "client_credentials", "scope": "openid"},
        400,
        "invalid_scope",
    ),
]


@pytest.mark.parametrize(
    ("source", "auth", "parameters", "status", "error"),
    REQUESTS,
    ids=[f"{source} {error}" for source, _, _, _, error in REQUESTS],
)
def test_the_error_is_of_section_5_2(
    flow: Flow, source: str, auth: tuple[str, str] | None, parameters: Changes, status: int, error: str
) -> None:
    """Rows 9 and 11: JSON with error and description, not to be stored, a challenge with every 401."""
    response = flow.token(auth, **parameters)
    assert (response.status_code, response.json()["error"]) == (status, error), source
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["content-type"].startswith("application/json")
    assert ("www-authenticate" in response.headers) == (status == 401)
    description = response.json()["error_description"]
    assert all(" " <= character <= "~" and character not in '"\\' for character in description)


WRONG: list[tuple[str, Changes]] = [
    ("RFC 7636 4.6: another verifier", {"code_verifier": "b" * 43}),
    ("RFC 7636 4.6: no verifier", {"code_verifier": None}),
    ("RFC 7636 4.1: a verifier of another form", {"code_verifier": "short"}),
    ("RFC 6749 4.1.3: another redirect URI", {"redirect_uri": "http://127.0.0.1:9999/"}),
    ("RFC 6749 4.1.3: no redirect URI", {"redirect_uri": None}),
]


@pytest.mark.parametrize(("source", "changes"), WRONG, ids=[row[0] for row in WRONG])
def test_a_code_is_bound(flow: Flow, source: str, changes: Changes) -> None:
    """Rows 2 and 3: what does not fit is invalid_grant, and the code is still good for whom it was issued to."""
    code = flow.code()
    refused = flow.redeem(code, BASIC, **changes)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant"), source
    assert flow.redeem(code).status_code == 200


def test_a_code_is_the_client_s_own(flow: Flow) -> None:
    """Row 3: another client gets invalid_grant, and does not use the code up."""
    code = flow.code()
    assert flow.redeem(code, of("plain")).json()["error"] == "invalid_grant"
    assert flow.redeem(code).status_code == 200


def test_a_verifier_without_a_challenge_is_refused(flow: Flow) -> None:
    """Row 2: RFC 9700 section 4.8.2; a client that knows no PKCE sends none."""
    plain: Changes = {"client_id": "plain", "redirect_uri": "http://127.0.0.1:9999/plain"}
    code = flow.code(**plain, code_challenge=None, code_challenge_method=None)
    with_verifier = flow.redeem(code, of("plain"), redirect_uri="http://127.0.0.1:9999/plain")
    assert with_verifier.json()["error"] == "invalid_grant"
    without = flow.redeem(code, of("plain"), redirect_uri="http://127.0.0.1:9999/plain", code_verifier=None)
    assert without.status_code == 200


def test_a_replayed_code_takes_back_what_it_gave(flow: Flow) -> None:
    """Row 4: the second valid use is refused, and the tokens of the first are dead."""
    code = flow.code()
    tokens = flow.redeem(code).json()
    assert flow.redeem(code, code_verifier="b" * 43).json()["error"] == "invalid_grant"
    assert flow.introspect(tokens["access_token"])["active"]
    assert flow.redeem(code).json()["error"] == "invalid_grant"
    assert flow.introspect(tokens["access_token"]) == {"active": False}
    assert flow.refresh(tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_a_refresh_token_two_generations_old_kills_its_family(flow: Flow) -> None:
    """Row 5, RFC 9700 section 4.14.2: reuse revokes everything; a login afterwards works (node-oidc-provider#1086)."""
    first = flow.tokens()
    second = flow.refresh(first["refresh_token"]).json()
    third = flow.refresh(second["refresh_token"]).json()
    assert flow.refresh(first["refresh_token"]).json()["error"] == "invalid_grant"
    assert flow.refresh(third["refresh_token"]).json()["error"] == "invalid_grant"
    for tokens in (first, second, third):
        assert flow.introspect(tokens["access_token"]) == {"active": False}
    assert flow.tokens()["refresh_token"]


def test_two_tabs_get_the_same_successor(flow: Flow) -> None:
    """A retry or a second tab within the grace window logs nobody out."""
    first = flow.tokens()
    one, other = flow.refresh(first["refresh_token"]), flow.refresh(first["refresh_token"])
    assert one.json()["refresh_token"] == other.json()["refresh_token"]
    assert flow.refresh(one.json()["refresh_token"]).status_code == 200


def test_a_refresh_token_is_bound(flow: Flow) -> None:
    """Row 5: to its client and to what was granted; a refused attempt consumes nothing."""
    token = flow.tokens()["refresh_token"]
    assert flow.refresh(token, of("plain")).json()["error"] == "invalid_grant"
    assert flow.refresh(token, scope="openid email").json()["error"] == "invalid_scope"
    narrower = flow.refresh(token, scope="profile").json()
    assert (narrower["scope"], "id_token" in narrower) == ("profile", False)
