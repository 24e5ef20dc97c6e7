"""The grant type client_credentials: a client for itself."""

from dataclasses import replace

import pytest

from services.token.grant_types import parse_scope
from shared.errors import InvalidClient, InvalidScope, UnauthorizedClient
from tests.unit.token.world import ISSUER, NOW, World, claims_of, presented


def test_a_client_gets_an_access_token_and_nothing_else(world: World) -> None:
    """RFC 6749 section 4.4.3, RFC 9068: the client is the subject; no user, session, refresh or ID token."""
    tokens = world.granter.grant(presented("machine"), "")
    assert (tokens.refresh_token, tokens.id_token, tokens.expires_in) == ("", "", 600)
    assert tokens.scopes == ("orders:read", "orders:write")
    header, claims = claims_of(tokens.access_token, 0), claims_of(tokens.access_token)
    assert (header["typ"], header["alg"], bool(claims.pop("jti"))) == ("at+jwt", "ES256", True)
    assert claims == {
        "iss": ISSUER,
        "aud": ISSUER,
        "sub": "machine",
        "client_id": "machine",
        "scope": "orders:read orders:write",
        "iat": NOW,
        "exp": NOW + 600,
        "epoch": 0,
    }


def test_times_are_whole_seconds(world: World) -> None:
    """A token issued within a second is good for as long as `expires_in` says, counted from `iat`."""
    world.clock.advance(0.75)
    claims = claims_of(world.machine_token())
    assert (claims["iat"], claims["exp"]) == (NOW, NOW + 600)
    assert isinstance(claims["iat"], int)


def test_less_may_be_asked_for(world: World) -> None:
    """Each scope once, in the order asked."""
    assert world.granter.grant(presented("machine"), "orders:write orders:write").scopes == ("orders:write",)


@pytest.mark.parametrize("scope", ["openid", "orders:read openid", "orders:read offline_access", "email", "admin"])
def test_scopes_of_users_are_never_given(world: World, scope: str) -> None:
    """Scopes that mean a user are refused even if registered, and so is whatever is not registered."""
    with pytest.raises(InvalidScope):
        world.granter.grant(presented("machine"), scope)


def test_a_client_without_scopes_of_its_own_gets_nothing(world: World) -> None:
    """A token that allows nothing is not issued."""
    machine = world.client("machine")
    for scopes in ((), ("openid", "profile", "email", "address", "phone", "offline_access")):
        world.administrator.update(replace(machine, scopes=scopes))
        with pytest.raises(InvalidScope):
            world.granter.grant(presented("machine"), "")


def test_only_clients_with_the_grant_get_it(world: World) -> None:
    """One without the grant is told so; one that proves nothing is not."""
    with pytest.raises(UnauthorizedClient):
        world.granter.grant(presented("web"), "")
    with pytest.raises(InvalidClient):
        world.granter.grant(replace(presented("machine"), proof="wrong"), "")


def test_scopes_are_parsed_in_order() -> None:
    """RFC 6749 section 3.3."""
    assert parse_scope("b a b  c") == ("b", "a", "c")
    assert parse_scope("") == ()
