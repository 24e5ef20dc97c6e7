"""The parameters of authorization requests: one row for each rule, naming where the rule comes from."""

import re

import pytest

from services.auth.authorization_response import ResponseMode
from services.auth.authorize import AuthorizationAttempt
from shared.records import Client
from tests.unit.auth.world import CALLBACK, ISSUER, REQUEST, World, client

CONFIDENTIAL = client(require_pkce=False)
PUBLIC = client(token_endpoint_auth_method="none", secret_hash="", require_pkce=False)
MACHINE = client(grant_types=("client_credentials",))
LIMITED = client(scopes=("openid", "orders:read"))
DEEP = '{"userinfo":' * 1300

REFUSED = [
    # Changes to a good request (None: left out), the client, the error, and whose rule it is.
    ({"response_type": None}, client(), "invalid_request", "RFC 6749 4.1.2.1"),
    ({"response_type": ""}, client(), "invalid_request", "RFC 6749 3.1: no value counts as omitted"),
    ({"response_type": "token"}, client(), "unsupported_response_type", "RFC 9700 2.1.2: no implicit grant"),
    ({"response_type": "code token"}, client(), "unsupported_response_type", "RFC 9700 2.1.2"),
    ({"response_type": "code id_token"}, client(), "unsupported_response_type", "OpenID Connect Core 3.3"),
    ({"response_type": "id_token"}, client(), "unsupported_response_type", "OpenID Connect Core 3.2"),
    ({"response_type": "none"}, client(), "unsupported_response_type", "Multiple Response Types 4"),
    ({"response_type": "CODE"}, client(), "unsupported_response_type", "RFC 6749 3.1.1: case matters"),
    ({"response_mode": "fragment"}, client(), "invalid_request", "Multiple Response Types 2.1"),
    ({"response_mode": "web_message"}, client(), "invalid_request", "Multiple Response Types 2.1"),
    ({"response_mode": "QUERY"}, client(), "invalid_request", "Multiple Response Types 2.1"),
    ({}, MACHINE, "unauthorized_client", "RFC 6749 4.1.2.1"),
    ({"scope": None}, client(), "invalid_scope", "RFC 6749 3.3: fail when there is no default"),
    ({"scope": " openid"}, client(), "invalid_scope", "RFC 6749 3.3: scope-token *( SP scope-token )"),
    ({"scope": "openid "}, client(), "invalid_scope", "RFC 6749 3.3"),
    ({"scope": "openid  profile"}, client(), "invalid_scope", "RFC 6749 3.3"),
    ({"scope": "openid,profile"}, client(), "invalid_scope", "RFC 6749 3.3"),
    ({"scope": 'openid "profile"'}, client(), "invalid_scope", "RFC 6749 3.3: no quotes"),
    ({"scope": "openid pröfile"}, client(), "invalid_scope", "RFC 6749 3.3: ASCII"),
    ({"scope": "openid\nprofile"}, client(), "invalid_request", "RFC 6749 3.3"),
    ({"scope": "OPENID"}, client(), "invalid_scope", "RFC 6749 3.3: case matters"),
    ({"scope": "openid email"}, LIMITED, "invalid_scope", "RFC 6749 4.1.2.1: beyond the registration"),
    ({"scope": "openid admin"}, client(), "invalid_scope", "RFC 6749 4.1.2.1"),
    ({"scope": "x" * 2049}, client(), "invalid_request", "bounded"),
    ({"code_challenge": None}, client(), "invalid_request", "RFC 7636 4.4.1, RFC 9700 2.1.1"),
    ({"code_challenge": None, "code_challenge_method": None}, client(), "invalid_request", "CVE-2024-23647"),
    ({"code_challenge": None, "code_challenge_method": None}, PUBLIC, "invalid_request", "RFC 9700 2.1.1"),
    ({"code_challenge": ""}, client(), "invalid_request", "RFC 7636 4.4.1"),
    ({"code_challenge_method": None}, client(), "invalid_request", "RFC 7636 4.3: omitted means plain"),
    ({"code_challenge_method": "plain"}, client(), "invalid_request", "RFC 9700 2.1.1"),
    ({"code_challenge_method": "s256"}, client(), "invalid_request", "RFC 7636 4.3"),
    ({"code_challenge": "c" * 42}, client(), "invalid_request", "RFC 7636 4.2: 43 characters"),
    ({"code_challenge": "c" * 44}, client(), "invalid_request", "RFC 7636 4.2: 43 characters"),
    ({"code_challenge": "c" * 42 + "="}, client(), "invalid_request", "RFC 7636 A: no padding"),
    ({"code_challenge": "c" * 42 + "+"}, client(), "invalid_request", "RFC 7636 A: base64url"),
    ({"code_challenge": None}, CONFIDENTIAL, "invalid_request", "RFC 7636 4.3: a method needs a challenge"),
    ({"code_challenge_method": None}, CONFIDENTIAL, "invalid_request", "RFC 7636 4.3: a challenge needs S256"),
    ({"prompt": "create"}, client(), "invalid_request", "OpenID Connect Core 3.1.2.1"),
    ({"prompt": "none login"}, client(), "invalid_request", "OpenID Connect Core 3.1.2.1: none stands alone"),
    ({"prompt": "Login"}, client(), "invalid_request", "OpenID Connect Core 3.1.2.1: case matters"),
    ({"prompt": "login  consent"}, client(), "invalid_request", "OpenID Connect Core 3.1.2.1"),
    ({"max_age": "-1"}, client(), "invalid_request", "OpenID Connect Core 3.1.2.1"),
    ({"max_age": "1.5"}, client(), "invalid_request", "OpenID Connect Core 3.1.2.1"),
    ({"max_age": "soon"}, client(), "invalid_request", "OpenID Connect Core 3.1.2.1"),
    ({"max_age": "٣"}, client(), "invalid_request", "OpenID Connect Core 3.1.2.1"),
    ({"max_age": "9" * 11}, client(), "invalid_request", "bounded"),
    ({"request": "eyJhbGciOiJub25lIn0.e30."}, client(), "request_not_supported", "OpenID Connect Core 6.1"),
    ({"request_uri": "https://evil.example/"}, client(), "request_uri_not_supported", "OpenID Connect Core 6.2"),
    ({"registration": "{}"}, client(), "registration_not_supported", "OpenID Connect Core 7.2.1"),
    ({"id_token_hint": "no.token"}, client(), "invalid_request", "OpenID Connect Core 3.1.2.2"),
    ({"claims": "["}, client(), "invalid_request", "OpenID Connect Core 5.5"),
    ({"claims": "[]"}, client(), "invalid_request", "OpenID Connect Core 5.5"),
    ({"claims": "null"}, client(), "invalid_request", "OpenID Connect Core 5.5"),
    ({"claims": '{"userinfo": []}'}, client(), "invalid_request", "OpenID Connect Core 5.5"),
    ({"claims": '{"userinfo": {"email": true}}'}, client(), "invalid_request", "OpenID Connect Core 5.5.1"),
    ({"claims": '{"id_token": {"acr": {"values": "1"}}}'}, client(), "invalid_request", "OpenID Connect Core 5.5.1"),
    ({"claims": '{"id_token": {"acr": {"essential": 1}}}'}, client(), "invalid_request", "OpenID Connect Core 5.5.1"),
    ({"claims": '{"id_token": {}, "id_token": {}}'}, client(), "invalid_request", "RFC 8259 4: unique names"),
    ({"claims": '{"id_token": {"sub": {"value": NaN}}}'}, client(), "invalid_request", "RFC 8259 6"),
    ({"claims": DEEP[:8192]}, client(), "invalid_request", "bounded"),
    ({"claims": "[" * 8192}, client(), "invalid_request", "bounded depth"),
    ({"claims": " " * 8193}, client(), "invalid_request", "bounded"),
    ({"nonce": "n" * 1025}, client(), "invalid_request", "bounded"),
    ({"nonce": "n\x00"}, client(), "invalid_request", "RFC 6749 A: visible characters"),
    ({"login_hint": "a" * 321}, client(), "invalid_request", "bounded"),
    ({"login_hint": "ada\r\nX: y"}, client(), "invalid_request", "RFC 6749 A: visible characters"),
]

ACCEPTED = [
    ({}, client(), "RFC 6749 4.1.1"),
    ({"state": None}, client(), "RFC 6749 4.1.1: state is recommended, not required"),
    ({"nonce": None}, client(), "OpenID Connect Core 3.1.2.1: optional for the code flow"),
    ({"code_challenge": None, "code_challenge_method": None}, CONFIDENTIAL, "OpenID Connect Core 3.1.2.1"),
    ({"response_mode": "query"}, client(), "Multiple Response Types 2.1"),
    ({"response_mode": "form_post"}, client(), "Form Post Response Mode 2"),
    ({"response_mode": ""}, client(), "RFC 6749 3.1: no value counts as omitted"),
    ({"request": "", "request_uri": ""}, client(), "RFC 6749 3.1: no value counts as omitted"),
    ({"scope": "openid openid profile"}, client(), "RFC 6749 3.3: the order and number do not matter"),
    ({"scope": "orders:read"}, client(), "RFC 6749 4.1.1: without OpenID Connect"),
    ({"acr_values": "urn:high", "display": "popup"}, client(), "OpenID Connect Core 3.1.2.1"),
    ({"claims_locales": "fr", "ui_locales": "de"}, client(), "OpenID Connect Core 3.1.2.1"),
    ({"resource": "https://api.example", "foo": "b\x00ar"}, client(), "RFC 6749 3.1: unknown ones are ignored"),
    ({"max_age": "0"}, client(), "OpenID Connect Core 3.1.2.1"),
    ({"claims": '{\n "userinfo": {"email": null}\n}'}, client(), "OpenID Connect Core 5.5: any JSON"),
    ({"claims": '{"verified_claims": 1}'}, client(), "OpenID Connect Core 5.5: other members are ignored"),
    ({"login_hint": "ada"}, client(), "OpenID Connect Core 3.1.2.1"),
]


def changed(changes: dict[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in (REQUEST | changes).items() if value is not None}


@pytest.mark.parametrize(("changes", "asker", "error", "source"), REFUSED, ids=lambda value: ascii(value)[:60])
def test_a_faulty_request_gets_an_error_response(
    world: World, changes: dict[str, str | None], asker: Client, error: str, source: str
) -> None:
    """Rows 2 and 7: the client is told the error of the RFC, with state and iss, and there is no code."""
    world.store.insert_client(asker)
    handle = world.log_in()
    response = world.response(AuthorizationAttempt(changed(changes), session_handle=handle))
    parameters = dict(response.parameters)
    assert (parameters["error"], parameters["state"], parameters["iss"]) == (error, REQUEST["state"], ISSUER), source
    assert [name for name, _ in response.parameters] == ["error", "error_description", "state", "iss"]
    assert response.redirect_uri == CALLBACK


@pytest.mark.parametrize(("changes", "asker", "source"), ACCEPTED, ids=lambda value: ascii(value)[:60])
def test_a_good_request_gets_a_code(world: World, changes: dict[str, str | None], asker: Client, source: str) -> None:
    """Row 7: the response carries code, state and iss, and nothing else."""
    world.store.insert_client(asker)
    handle = world.log_in()
    response = world.response(
        AuthorizationAttempt(changed(changes), session_handle=handle, interaction_requested_at=world.clock.now())
    )
    names = [name for name, _ in response.parameters]
    assert names == (["code", "state", "iss"] if "state" in changed(changes) else ["code", "iss"]), source
    assert dict(response.parameters)["iss"] == ISSUER


@pytest.mark.parametrize(("changes", "asker", "error", "source"), REFUSED, ids=lambda value: ascii(value)[:60])
def test_descriptions_are_printable(
    world: World, changes: dict[str, str | None], asker: Client, error: str, source: str
) -> None:
    """Row 11: error_description has only the characters of RFC 6749 section 4.1.2.1, so it repeats no input."""
    world.store.insert_client(asker)
    response = world.response(AuthorizationAttempt(changed(changes), session_handle=world.log_in()))
    assert re.fullmatch(r"[\x20-\x21\x23-\x5B\x5D-\x7E]+", dict(response.parameters)["error_description"])


@pytest.mark.parametrize("name", [*sorted(set(REQUEST) - {"client_id", "redirect_uri"}), "prompt", "claims", "foo"])
def test_a_repeated_parameter_is_refused(world: World, name: str) -> None:
    """Row 10: a parameter that came twice is an invalid_request, and a repeated state is not sent back."""
    world.store.insert_client(client())
    attempt = AuthorizationAttempt(changed({name: None}), repeated=[name], session_handle=world.log_in())
    parameters = dict(world.response(attempt).parameters)
    assert parameters["error"] == "invalid_request"
    assert parameters.get("state") == (None if name == "state" else REQUEST["state"])


@pytest.mark.parametrize("state", ["x" * 4097, "a\r\nSet-Cookie: b", "\x00"])
def test_a_state_that_may_not_be_sent_back_is_refused(world: World, state: str) -> None:
    """A state that is too long or has control characters is refused and not repeated."""
    world.store.insert_client(client())
    attempt = AuthorizationAttempt(changed({"state": state}), session_handle=world.log_in())
    parameters = dict(world.response(attempt).parameters)
    assert parameters["error"] == "invalid_request"
    assert "state" not in parameters


@pytest.mark.parametrize(
    ("asked", "mode"),
    [
        (None, ResponseMode.QUERY),
        ("query", ResponseMode.QUERY),
        ("form_post", ResponseMode.FORM_POST),
        ("fragment", ResponseMode.QUERY),
    ],
)
def test_errors_travel_as_the_client_asked(world: World, asked: str | None, mode: ResponseMode) -> None:
    """An error comes by the response mode that was asked for, and in the query when that is none of ours."""
    world.store.insert_client(client())
    attempt = AuthorizationAttempt(changed({"response_mode": asked, "prompt": "bad"}))
    assert world.response(attempt).response_mode == mode


def test_scopes_keep_their_order_and_lose_repetitions(world: World) -> None:
    """The code carries each scope once, in the order of the request."""
    world.store.insert_client(client())
    family = world.family_for(changed({"scope": "openid email openid profile email"}), world.log_in())
    assert family.scopes == ("openid", "email", "profile")
