"""The grant type refresh_token: rotation, the grace window, and what a refreshed token says."""

import math

import pytest

from shared.errors import InvalidClient, InvalidGrant, InvalidScope, RefreshTokenReused, UnauthorizedClient
from shared.handles import HandleCodec, HandleKind
from tests.unit.token.world import GRACE, HANDLE_KEY, LIFETIMES, NOW, OLD_HANDLE_KEY, World, claims_of


def test_a_refresh_token_is_rotated(world: World) -> None:
    """Row 5: the successor is another token of the same family, and works in its turn."""
    first = world.tokens()
    second = world.refresh(first.refresh_token)
    third = world.refresh(second.refresh_token)
    parsed = [world.handles.parse(HandleKind.REFRESH_TOKEN, each.refresh_token) for each in (first, second, third)]
    assert [handle.generation for handle in parsed] == [0, 1, 2]
    assert len({handle.id for handle in parsed}) == 1
    assert claims_of(third.access_token)["family"] == claims_of(first.access_token)["family"]
    assert claims_of(third.access_token)["jti"] != claims_of(first.access_token)["jti"]
    assert third.scopes == first.scopes


def test_a_refreshed_id_token_is_about_the_same_login(world: World) -> None:
    """Row 18: OpenID Connect Core 12.2: iss, sub, aud and auth_time as before, a new iat, and no nonce."""
    first = world.tokens(nonce="n-0S6")
    world.clock.advance(1000)
    second = world.refresh(first.refresh_token)
    before, after = claims_of(first.id_token), claims_of(second.id_token)
    assert before["nonce"] == "n-0S6"
    assert "nonce" not in after
    same = ("iss", "sub", "aud", "auth_time", "acr", "amr", "sid")
    assert {name: after[name] for name in same} == {name: before[name] for name in same}
    assert (after["auth_time"], after["iat"], after["exp"]) == (NOW, NOW + 1000, NOW + 1300)
    assert after["at_hash"] != before["at_hash"]


def test_requested_claims_come_again_and_are_fresh(world: World) -> None:
    """The ID token of a refresh tells what the user's claims are now."""
    first = world.tokens(requested_claims={"id_token": {"email": None}})
    world.store.update_claims(world.ada.user_id, {"email": "new@example.com"}, NOW)
    assert claims_of(world.refresh(first.refresh_token).id_token)["email"] == "new@example.com"


def test_less_may_be_asked_for(world: World) -> None:
    """RFC 6749 section 6: a narrower scope narrows the access token only; without openid there is no ID token."""
    narrow = world.refresh(world.tokens().refresh_token, scope="email email")
    assert (narrow.scopes, claims_of(narrow.access_token)["scope"], narrow.id_token) == (("email",), "email", "")
    whole = world.refresh(narrow.refresh_token)
    assert whole.scopes == ("openid", "email")
    assert whole.id_token


@pytest.mark.parametrize("scope", ["openid profile", "orders:read", "admin", "OPENID"])
def test_more_is_refused_and_uses_nothing_up(world: World, scope: str) -> None:
    """Row 5: what was not granted is invalid_scope even if the client is registered for it; the token still works."""
    token = world.tokens().refresh_token
    with pytest.raises(InvalidScope):
        world.refresh(token, scope=scope)
    assert world.handles.parse(HandleKind.REFRESH_TOKEN, world.refresh(token).refresh_token).generation == 1


def test_a_retry_gets_the_same_successor(world: World) -> None:
    """Inside the grace window; the access token is a new one."""
    token = world.tokens().refresh_token
    first = world.refresh(token)
    world.clock.advance(GRACE - 1)
    again = world.refresh(token)
    assert again.refresh_token == first.refresh_token
    assert claims_of(again.access_token)["jti"] != claims_of(first.access_token)["jti"]


def test_reuse_revokes_the_family(world: World) -> None:
    """Row 5: after the window the rotated token is proof of theft; all is dead, and the log names client and family."""
    first = world.tokens()
    second = world.refresh(first.refresh_token)
    world.clock.advance(GRACE)
    with pytest.raises(RefreshTokenReused):
        world.refresh(first.refresh_token)
    with pytest.raises(InvalidGrant):
        world.refresh(second.refresh_token)
    assert not world.introspect(second.access_token).active
    (entry,) = world.log.entries
    family = claims_of(first.access_token)["family"]
    assert entry == {
        "event": "refresh_token_reused",
        "client_id": "web",
        "family": family[:12],
        "log_level": "warning",
    }


def test_a_retry_after_a_change_of_the_key_gets_the_same_successor(world: World) -> None:
    """The handle key changes between the rotation and its retry: the stored successor is spelt by the old key."""
    token = world.tokens().refresh_token
    before = world.refresh(token)
    changed = world.rotator_with(HandleCodec([b"n" * 32, OLD_HANDLE_KEY, HANDLE_KEY]))
    world.rotator = changed
    assert world.refresh(token).refresh_token == before.refresh_token
    successor = world.refresh(before.refresh_token).refresh_token
    assert HandleCodec([b"n" * 32]).parse(HandleKind.REFRESH_TOKEN, successor).generation == 2


def test_the_old_key_removed_ends_its_tokens(world: World) -> None:
    """Row 6: a handle of a key that is configured no more is refused and revokes nothing."""
    token = world.tokens().refresh_token
    kept, world.rotator = world.rotator, world.rotator_with(HandleCodec([b"n" * 32]))
    with pytest.raises(InvalidGrant):
        world.refresh(token)
    world.rotator = kept
    assert world.refresh(token).refresh_token


def test_a_retry_whose_successor_no_key_spells_is_refused(world: World) -> None:
    """The token that rotated comes by a key that is left, its successor was made by one that is gone."""
    token = world.tokens().refresh_token
    world.rotator = world.rotator_with(HandleCodec([b"n" * 32, HANDLE_KEY]))
    successor = world.refresh(token).refresh_token
    world.rotator = world.rotator_with(world.handles)
    with pytest.raises(InvalidGrant, match="not valid any more"):
        world.refresh(token)
    world.rotator = world.rotator_with(HandleCodec([b"n" * 32, HANDLE_KEY]))
    assert world.refresh(successor).refresh_token


def test_a_family_ends_however_often_it_is_rotated(world: World) -> None:
    """Row 5: the absolute end counts from the login; the last access tokens end with it."""
    tokens = world.tokens(not_after=math.inf)
    world.clock.advance(LIFETIMES.refresh_token - 100)
    tokens = world.refresh(tokens.refresh_token)
    assert tokens.expires_in == 100
    world.clock.advance(100)
    with pytest.raises(InvalidGrant):
        world.refresh(tokens.refresh_token)


@pytest.mark.parametrize("token", ["", "garbage", "apr_" + "A" * 56])
def test_what_is_no_refresh_token_is_refused(world: World, token: str) -> None:
    """Row 6: forged ones, handles of another kind, and access tokens."""
    for attempt in (token, world.code(), world.tokens().access_token):
        with pytest.raises(InvalidGrant):
            world.refresh(attempt)


def test_a_genuine_handle_of_no_family_is_refused(world: World) -> None:
    """Row 6: whoever has the key but not the database mints nothing that works, nor a later generation."""
    unknown = world.handles.mint(HandleKind.REFRESH_TOKEN, b"i" * 16)
    with pytest.raises(InvalidGrant):
        world.refresh(unknown)
    token = world.tokens().refresh_token
    later = world.handles.mint(HandleKind.REFRESH_TOKEN, world.handles.parse(HandleKind.REFRESH_TOKEN, token).id, 5)
    with pytest.raises(InvalidGrant):
        world.refresh(later)
    assert world.refresh(token).refresh_token


def test_a_refresh_token_is_its_client_s_only(world: World) -> None:
    """Row 5: another client, one without the grant and a disabled one get nothing, and nothing is used up."""
    token = world.tokens().refresh_token
    with pytest.raises(InvalidGrant):
        world.refresh(token, "other")
    with pytest.raises(UnauthorizedClient):
        world.refresh(token, "code-only")
    assert world.refresh(token).refresh_token
    world.administrator.disable("web")
    with pytest.raises(InvalidClient):
        world.refresh(token)
