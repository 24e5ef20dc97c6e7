"""Revocation (RFC 7009): of tokens one by one, of families, and of all that a client has."""

from dataclasses import replace

import pytest

from services.token.callers import CallerIdentifier
from services.token.introspect import INACTIVE
from services.token.revoke import Revoker
from shared.errors import InvalidClient, InvalidGrant, InvalidRequest, UnauthorizedClient, Unavailable
from shared.handles import HandleCodec, HandleKind
from shared.store.memory import MemoryStore
from tests.unit.token.world import INTERNAL, World, claims_of, presented


def test_a_revoked_access_token_dies_alone(world: World) -> None:
    """Row 12: RFC 7009 section 2.1: the refresh token and its later access tokens live on."""
    tokens = world.tokens()
    sibling = world.refresh(tokens.refresh_token)
    world.revoker.revoke(presented(), tokens.access_token)
    assert world.introspect(tokens.access_token) == INACTIVE
    assert world.introspect(sibling.access_token).active
    assert world.introspect(sibling.refresh_token).active


def test_a_revoked_refresh_token_takes_its_family(world: World) -> None:
    """Row 12: all access tokens of the grant die with it, and no other grant."""
    first, another = world.tokens(), world.tokens()
    second = world.refresh(first.refresh_token)
    world.revoker.revoke(presented(), second.refresh_token)
    for token in (first.access_token, second.access_token, second.refresh_token):
        assert world.introspect(token) == INACTIVE
    with pytest.raises(InvalidGrant):
        world.refresh(second.refresh_token)
    assert world.introspect(another.access_token).active


def test_a_rotated_refresh_token_revokes_too(world: World) -> None:
    """A client that lost the answer to its last refresh can still end the grant with the token that it has."""
    first = world.tokens()
    second = world.refresh(first.refresh_token)
    world.revoker.revoke(presented(), first.refresh_token)
    assert world.introspect(second.refresh_token) == INACTIVE


@pytest.mark.parametrize("client_id", ["web", "code-only", "app", "machine"])
def test_tokens_of_every_grant_can_be_revoked(world: World, client_id: str) -> None:
    """CVE-2023-0091: whatever grant and client a token comes from, public ones too, its client can end it."""
    token = world.machine_token() if client_id == "machine" else world.tokens(client_id).access_token
    assert world.introspect(token).active
    world.revoker.revoke(presented(client_id), token)
    assert world.introspect(token) == INACTIVE


def test_a_public_client_can_end_its_grant(world: World) -> None:
    """CVE-2023-0091: RFC 7009 section 5: it names itself, and has the token."""
    token = world.tokens("app").refresh_token
    world.revoker.revoke(presented("app"), token)
    assert world.introspect(token) == INACTIVE


@pytest.mark.parametrize("caller", ["other", "api", "monitor", "app"])
def test_another_client_revokes_nothing(world: World, caller: str) -> None:
    """RFC 7009 section 2.1: not even one that may see the token; it stays active."""
    tokens = world.tokens()
    for token in (tokens.access_token, tokens.refresh_token, world.machine_token()):
        with pytest.raises(UnauthorizedClient):
            world.revoker.revoke(presented(caller), token)
        assert world.introspect(token).active


def test_the_plane_itself_revokes_every_token(world: World) -> None:
    """A caller inside the plane is no client, and ends what it names."""
    tokens = world.tokens()
    for token in (world.machine_token(), tokens.access_token, tokens.refresh_token):
        world.revoker.revoke(INTERNAL, token)
        assert world.introspect(token) == INACTIVE


def test_what_is_not_valid_is_no_error(world: World) -> None:
    """Row 12: unknown, forged, expired and revoked tokens, those of others too: nothing is told."""
    tokens = world.tokens()
    world.revoker.revoke(presented(), tokens.refresh_token)
    unknown = world.handles.mint(HandleKind.REFRESH_TOKEN, b"i" * 16)
    foreign = HandleCodec([b"f" * 32]).mint(HandleKind.REFRESH_TOKEN, b"i" * 16)
    logged = list(world.log.entries)
    for token in ("garbage", unknown, foreign, tokens.access_token, tokens.refresh_token, tokens.id_token):
        for caller in ("web", "other"):
            world.revoker.revoke(presented(caller), token)
    assert world.log.entries == logged


def test_only_callers_who_are_known_ask(world: World) -> None:
    """Row 12: credentials are settled before the token is looked at."""
    for token in ("", "garbage", world.machine_token()):
        with pytest.raises(InvalidClient):
            world.revoker.revoke(replace(presented("machine"), proof="wrong"), token)
    with pytest.raises(InvalidRequest):
        world.revoker.revoke(presented(), "")


def test_what_is_revoked_is_logged_without_the_token(world: World) -> None:
    """Row 30: the client, and the beginning of the family's name."""
    tokens = world.tokens()
    world.revoker.revoke(presented(), tokens.access_token)
    world.revoker.revoke(presented(), tokens.refresh_token)
    family = claims_of(tokens.access_token)["family"][:12]
    assert world.log.entries == [
        {"event": "access_token_revoked", "client_id": "web", "log_level": "info"},
        {"event": "family_revoked", "client_id": "web", "family": family, "log_level": "info"},
    ]


class Down(MemoryStore):
    """A store that can write no revocation."""

    def revoke_access_token(self, jti: str, expires_at: float, now: float) -> None:
        raise Unavailable("down")

    def revoke_family(self, family_id: str, now: float) -> bool:
        raise Unavailable("down")


def test_what_could_not_be_stored_is_not_said_to_be_revoked(world: World) -> None:
    """Row 12: RFC 7009 section 2.2.1: the failure goes up, and nothing is logged as revoked."""
    tokens, down = world.tokens(), Down()
    revoker = Revoker(
        CallerIdentifier(world.clients), world.verifier, down, world.store, world.handles, world.clock, world.events
    )
    with pytest.raises(Unavailable):
        revoker.revoke(presented(), tokens.access_token)
    assert world.introspect(tokens.access_token).active
    assert world.log.entries == []


def test_disabling_a_client_ends_all_it_has(world: World) -> None:
    """Its own tokens by their epoch, its users' by their families; enabling brings nothing back."""
    machine, user = world.machine_token(), world.tokens("web")
    for client_id in ("machine", "web"):
        world.administrator.disable(client_id)
        with pytest.raises(InvalidClient):
            world.clients.authenticate(presented(client_id))
    assert world.introspect(machine) == world.introspect(user.access_token) == INACTIVE
    for client_id in ("machine", "web"):
        world.administrator.enable(client_id)
    for token in (machine, user.access_token, user.refresh_token):
        assert world.introspect(token) == INACTIVE
    assert world.introspect(world.machine_token()).active
    assert claims_of(world.machine_token())["epoch"] == 1
