"""Answers to authorization requests: who may be answered at all, codes, and when the user has to log in."""

import math
from dataclasses import replace

import pytest

from services.auth.authorize import AuthorizationAttempt
from services.auth.interaction import ConsentDecision, Interaction, InteractionKind
from shared.errors import (
    AuthplaneError,
    ClientUnknown,
    InvalidGrant,
    InvalidRequest,
    RedirectUriMismatch,
)
from shared.records import Family
from tests.unit.auth.world import CALLBACK, CODE_TTL, PASSWORD, REQUEST, SESSION_TTL, START, World, client

MINUTE = 60.0


@pytest.mark.parametrize(
    ("changes", "repeated", "error"),
    [
        ({"client_id": ""}, [], ClientUnknown),
        ({"client_id": "nobody"}, [], ClientUnknown),
        ({"client_id": "WEB"}, [], ClientUnknown),
        ({"client_id": "web\x00"}, [], ClientUnknown),
        ({"client_id": "w" * 10_000}, [], ClientUnknown),
        ({"client_id": "barred"}, [], ClientUnknown),
        ({"redirect_uri": ""}, [], RedirectUriMismatch),
        ({"redirect_uri": f"{CALLBACK}/"}, [], RedirectUriMismatch),
        ({"redirect_uri": "https://evil.example/"}, [], RedirectUriMismatch),
        ({}, ["client_id"], InvalidRequest),
        ({}, ["redirect_uri"], InvalidRequest),
        ({}, ["state", "redirect_uri"], InvalidRequest),
    ],
)
def test_nothing_is_redirected_unless_client_and_redirect_uri_are_certain(
    world: World, changes: dict[str, str], repeated: list[str], error: type[AuthplaneError]
) -> None:
    """Row 1: an unknown or disabled client, a foreign redirect URI, or either sent twice is an error status."""
    world.store.insert_client(client())
    world.store.insert_client(client(client_id="barred"))
    world.store.disable_client("barred", START)
    with pytest.raises(error):
        world.authorizer.authorize(AuthorizationAttempt(REQUEST | changes, repeated, world.log_in()))


def test_a_bad_redirect_uri_comes_before_every_other_fault(world: World) -> None:
    """Row 1: a request with many faults is not redirected to a URI that is not registered."""
    world.store.insert_client(client())
    with pytest.raises(RedirectUriMismatch):
        world.authorizer.authorize(AuthorizationAttempt({"client_id": "web", "redirect_uri": "https://evil.example"}))


def test_the_code_carries_what_was_granted(world: World) -> None:
    """Row 3: redeeming the code gives the request's scopes and nonce and the session's user, times and methods."""
    world.store.insert_client(client())
    handle = world.log_in()
    session = world.session(handle)
    world.clock.advance(MINUTE)
    family = world.family_for(REQUEST, handle)
    assert family == Family(
        family_id=family.family_id,
        client_id="web",
        user_id=world.ada.user_id,
        session_id=session.session_id,
        scopes=("openid", "profile"),
        nonce=REQUEST["nonce"],
        requested_claims={"userinfo": {}, "id_token": {}},
        auth_time=START,
        acr="1",
        amr=("pwd",),
        token_hash="",
        generation=0,
        created_at=START + MINUTE,
        expires_at=START + SESSION_TTL,
    )


def test_offline_access_outlives_the_session(world: World) -> None:
    """What is granted ends with the session at the latest, unless offline_access was granted."""
    world.store.insert_client(client())
    handle = world.log_in()
    online = world.family_for(REQUEST, handle)
    offline = world.family_for(REQUEST | {"scope": "openid offline_access"}, handle)
    assert (online.expires_at, offline.expires_at) == (START + SESSION_TTL, math.inf)


def test_a_code_lives_for_a_minute(world: World) -> None:
    """Row 3: a code that is not redeemed within its time to live is worth nothing."""
    world.store.insert_client(client())
    response = world.response(AuthorizationAttempt(REQUEST, session_handle=world.log_in()))
    world.clock.advance(CODE_TTL)
    with pytest.raises(InvalidGrant):
        world.redeem(dict(response.parameters)["code"])


def test_codes_are_never_the_same(world: World) -> None:
    """Row 6: the same request gets another code each time."""
    world.store.insert_client(client())
    attempt = AuthorizationAttempt(REQUEST, session_handle=world.log_in())
    codes = {dict(world.response(attempt).parameters)["code"] for _ in range(10)}
    assert len(codes) == 10


def test_a_redirect_uri_that_was_left_out_stays_out(world: World) -> None:
    """A code for a request without redirect_uri is redeemed without one (RFC 6749 section 4.1.3)."""
    world.store.insert_client(client())
    parameters = {name: value for name, value in REQUEST.items() if name != "redirect_uri"}
    attempt = AuthorizationAttempt(parameters | {"scope": "orders:read"}, session_handle=world.log_in())
    response = world.response(attempt)
    code = dict(response.parameters)["code"]
    assert response.redirect_uri == CALLBACK
    assert world.redeem(code, redirect_uri="").scopes == ("orders:read",)


def test_a_login_interaction_says_what_the_page_needs(world: World) -> None:
    """Without a session the user has to log in; the page learns who asks, and the hint."""
    world.store.insert_client(client())
    attempt = AuthorizationAttempt(REQUEST | {"login_hint": "ada@example.com"})
    assert world.interaction(attempt) == Interaction(
        kind=InteractionKind.LOGIN,
        requested_at=START,
        client_name="Web shop",
        redirect_uri=CALLBACK,
        login_hint="ada@example.com",
    )


def test_the_first_moment_an_interaction_was_asked_for_is_kept(world: World) -> None:
    """An interaction that follows another one keeps its requested_at, so that the login in between counts."""
    world.store.insert_client(client())
    world.clock.advance(MINUTE)
    attempt = AuthorizationAttempt(REQUEST, interaction_requested_at=START)
    assert world.interaction(attempt).requested_at == START


@pytest.mark.parametrize(
    ("prompt", "max_age", "seconds_since_login", "fresh", "outcome"),
    [
        # fresh: the login answered this request's own interaction.
        ("", "", 600, False, "code"),
        ("", "600", 599, False, "code"),
        ("", "600", 601, False, "LOGIN"),
        ("", "600", 601, True, "code"),
        ("", "0", 0, False, "LOGIN"),
        ("", "0", 0, True, "code"),
        ("", "0", 60, True, "code"),
        ("", "9999999999", 600, False, "code"),
        ("login", "", 0, False, "LOGIN"),
        ("login", "", 5, True, "code"),
        ("select_account", "", 5, False, "LOGIN"),
        ("select_account", "", 5, True, "code"),
        ("login select_account", "", 5, False, "LOGIN"),
        ("consent", "", 5, False, "CONSENT"),
        ("login consent", "", 5, False, "LOGIN"),
        ("login consent", "", 5, True, "CONSENT"),
        ("none", "", 600, False, "code"),
        ("none", "600", 599, False, "code"),
        ("none", "600", 601, False, "login_required"),
        ("none", "0", 0, False, "login_required"),
    ],
)
def test_prompt_and_max_age_decide_whether_to_log_in_again(
    world: World, prompt: str, max_age: str, seconds_since_login: float, fresh: bool, outcome: str
) -> None:
    """Row 18: prompt and max_age ask for a new login, which is then enough; prompt=none shows no page."""
    world.store.insert_client(client())
    handle = world.log_in()
    world.clock.advance(seconds_since_login)
    parameters = REQUEST | {"prompt": prompt, "max_age": max_age}
    requested_at = START - 1 if fresh else 0.0
    assert world.outcome(AuthorizationAttempt(parameters, (), handle, requested_at)) == outcome


@pytest.mark.parametrize("prompt", ["login", "select_account"])
def test_a_login_from_before_the_interaction_is_not_enough(world: World, prompt: str) -> None:
    """Row 18: going straight back to the request without logging in again asks again."""
    world.store.insert_client(client())
    handle = world.log_in()
    world.clock.advance(1)
    requested_at = world.interaction(
        AuthorizationAttempt(REQUEST | {"prompt": prompt}, session_handle=handle)
    ).requested_at
    again = AuthorizationAttempt(REQUEST | {"prompt": prompt}, (), handle, requested_at)
    assert world.outcome(again) == "LOGIN"


@pytest.mark.parametrize("decision", list(ConsentDecision))
def test_no_decision_replaces_a_login(world: World, decision: ConsentDecision) -> None:
    """A consent decision without a session gets no code (CVE-2026-18963: no step before the one it follows)."""
    world.store.insert_client(client())
    assert world.outcome(AuthorizationAttempt(REQUEST, (), "", START, decision)) == "LOGIN"


def test_without_a_session_prompt_none_is_login_required(world: World) -> None:
    """Row 18: prompt=none without a session is login_required."""
    world.store.insert_client(client())
    assert world.outcome(AuthorizationAttempt(REQUEST | {"prompt": "none"})) == "login_required"


@pytest.mark.parametrize("seconds", [SESSION_TTL, SESSION_TTL + MINUTE])
def test_an_expired_session_is_none(world: World, seconds: float) -> None:
    """A session that has expired gets no code."""
    world.store.insert_client(client())
    handle = world.log_in()
    world.clock.advance(seconds)
    assert world.outcome(AuthorizationAttempt(REQUEST, session_handle=handle)) == "LOGIN"


@pytest.mark.parametrize(
    ("hinted", "prompt", "fresh", "outcome"),
    [
        ("ada", "", False, "code"),
        ("ada", "none", False, "code"),
        ("grace", "", False, "LOGIN"),
        ("grace", "none", False, "login_required"),
        ("grace", "", True, "login_required"),
    ],
)
@pytest.mark.parametrize("by", ["id_token_hint", "claims"])
def test_another_user_than_the_client_means_has_to_log_in(
    world: World, hinted: str, prompt: str, fresh: bool, outcome: str, by: str
) -> None:
    """Row 18: only the user of id_token_hint, or of a `sub` in claims, gets a positive answer (Core 3.1.2.2)."""
    world.store.insert_client(client())
    users = {"ada": world.ada, "grace": world.creator.create("grace", PASSWORD, {})}
    sub = users[hinted].user_id
    wish = {
        "id_token_hint": world.id_token(sub=sub),
        "claims": f'{{"id_token": {{"sub": {{"value": "{sub}"}}}}}}',
    }
    parameters = REQUEST | {"prompt": prompt, by: wish[by]}
    requested_at = START if fresh else 0.0
    assert world.outcome(AuthorizationAttempt(parameters, (), world.log_in(), requested_at)) == outcome


def test_an_expired_hint_is_a_hint(world: World) -> None:
    """An ID token may have expired by the time it is a hint (OpenID Connect Core 3.1.2.1)."""
    world.store.insert_client(client())
    parameters = REQUEST | {"id_token_hint": world.id_token(exp=START - 1)}
    assert world.outcome(AuthorizationAttempt(parameters, session_handle=world.log_in())) == "code"


@pytest.mark.parametrize("changes", [{"iss": "https://evil.example"}, {"iss": ""}])
def test_a_hint_of_another_issuer_is_refused(world: World, changes: dict[str, str]) -> None:
    """A token that says another issuer is no hint, whoever signed it."""
    world.store.insert_client(client())
    parameters = REQUEST | {"id_token_hint": world.id_token(**changes)}
    assert world.outcome(AuthorizationAttempt(parameters, session_handle=world.log_in())) == "invalid_request"


def test_a_disabled_user_gets_no_code(world: World) -> None:
    """Row 31: once a user is disabled their session gets no code, and neither does a code from before count."""
    world.store.insert_client(client())
    handle = world.log_in()
    code = dict(world.response(AuthorizationAttempt(REQUEST, session_handle=handle)).parameters)["code"]
    world.store.disable_user(world.ada.user_id, START)
    assert world.outcome(AuthorizationAttempt(REQUEST, session_handle=handle)) == "LOGIN"
    with pytest.raises(InvalidGrant):
        world.redeem(code)


def test_a_client_that_lost_its_registration_gets_nothing(world: World) -> None:
    """A redirect URI that was removed from the registration is refused from then on."""
    world.store.insert_client(client())
    world.store.update_client(replace(client(), redirect_uris=("https://app.example.com/new",)))
    with pytest.raises(RedirectUriMismatch):
        world.authorizer.authorize(AuthorizationAttempt(REQUEST, session_handle=world.log_in()))
