"""UserInfo: what an access token lets its bearer know."""

from typing import Any

import pytest

from services.auth.userinfo import UserInfo
from shared.errors import InsufficientScope, InvalidToken
from shared.handles import digest
from shared.records import Family
from shared.tokens.access_token import AccessTokenVerifier
from tests.unit.auth.world import ISSUER, PASSWORD, REQUEST, START, World, client

PROFILE = {
    "name": "Grace Hopper",
    "email": "grace@example.com",
    "email_verified": True,
    "phone_number": "+1 555 0100",
    "address": {"country": "US"},
}


@pytest.fixture
def userinfo(world: World) -> UserInfo:
    world.store.insert_client(client())
    world.creator.create("grace", PASSWORD, PROFILE)
    return UserInfo(world.store, AccessTokenVerifier(world.keyring, ISSUER, world.store, world.access.caches))


def granted(world: World, scope: str, **parameters: str) -> Family:
    return world.family_for(REQUEST | parameters | {"scope": scope}, world.log_in("grace"))


def access_token(world: World, of: Family, **changes: Any) -> str:
    claims = {
        "iss": ISSUER,
        "sub": of.user_id,
        "aud": ISSUER,
        "exp": int(START) + 600,
        "iat": int(START),
        "jti": digest(of.family_id),
        "client_id": "web",
        "scope": " ".join(of.scopes),
        "family": of.family_id,
    }
    kept = {name: value for name, value in (claims | changes).items() if value is not None}
    return world.keyring.sign("ES256", "at+jwt", kept)


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ("openid", {}),
        ("openid profile", {"name": "Grace Hopper", "preferred_username": "grace", "updated_at": int(START)}),
        ("openid email", {"email": "grace@example.com", "email_verified": True}),
        ("openid phone", {"phone_number": "+1 555 0100"}),
        ("openid address", {"address": {"country": "US"}}),
        ("openid offline_access orders:read", {}),
    ],
)
def test_scopes_stand_for_claims(world: World, userinfo: UserInfo, scope: str, expected: dict[str, Any]) -> None:
    """Row 18: the claims are those of the scopes (Core 5.4), with sub always; updated_at is a number."""
    family = granted(world, scope)
    assert userinfo.claims(access_token(world, family)) == expected | {"sub": family.user_id}


def test_claims_that_were_asked_for_are_given(world: World, userinfo: UserInfo) -> None:
    """The userinfo member of the claims parameter adds claims, its id_token member does not (Core 5.5)."""
    claims = '{"userinfo": {"email": null, "middle_name": null}, "id_token": {"phone_number": null}}'
    family = granted(world, "openid", claims=claims)
    assert userinfo.claims(access_token(world, family)) == {"sub": family.user_id, "email": "grace@example.com"}


def test_changes_show_at_once(world: World, userinfo: UserInfo) -> None:
    """The claims are those of now, not of the login."""
    family = granted(world, "openid profile")
    world.clock.advance(60)
    world.store.update_claims(family.user_id, {"name": "Rear Admiral Hopper"}, world.clock.now())
    assert userinfo.claims(access_token(world, family)) == {
        "sub": family.user_id,
        "name": "Rear Admiral Hopper",
        "preferred_username": "grace",
        "updated_at": int(START) + 60,
    }


def test_openid_is_needed(world: World, userinfo: UserInfo) -> None:
    """A token without the scope openid says nothing about its user."""
    with pytest.raises(InsufficientScope):
        userinfo.claims(access_token(world, granted(world, "profile")))


@pytest.mark.parametrize("end", ["logout", "disable", "revoke", "expire"])
def test_a_token_that_ended_says_nothing(world: World, userinfo: UserInfo, end: str) -> None:
    """Row 31: logout, disabling, revocation and expiry silence the token."""
    family = granted(world, "openid")
    token = access_token(world, family)
    assert userinfo.claims(token)
    match end:
        case "logout":
            world.store.end_session(family.session_id, START)
        case "disable":
            world.store.disable_user(family.user_id, START)
        case "revoke":
            world.store.revoke_family(family.family_id, START)
        case "expire":
            world.clock.advance(601)
    with pytest.raises(InvalidToken):
        userinfo.claims(token)


def test_a_client_that_is_called_like_a_user_learns_nothing(world: World, userinfo: UserInfo) -> None:
    """A client's own token is about no user, even if its client_id is a user's sub (RFC 9700 section 4.15)."""
    user_id = world.finder.find("grace").user_id
    world.store.insert_client(client(client_id=user_id))
    family = granted(world, "openid profile")
    token = access_token(world, family, sub=user_id, client_id=user_id, family=None, epoch=0)
    with pytest.raises(InvalidToken):
        userinfo.claims(token)


def test_an_id_token_is_no_access_token(world: World, userinfo: UserInfo) -> None:
    """Row 14: an ID token is refused as an access token."""
    with pytest.raises(InvalidToken):
        userinfo.claims(world.id_token())
