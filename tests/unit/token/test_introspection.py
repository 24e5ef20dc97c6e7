"""Introspection (RFC 7662): who sees what, and that all that is dead looks alike."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from services.token.authenticate_client import PresentedClient
from services.token.introspect import INACTIVE, MAX_BATCH, Introspection
from shared.errors import InvalidClient, InvalidRequest
from shared.handles import HandleKind
from tests.unit.token.world import GRACE, INTERNAL, ISSUER, LIFETIMES, NOW, World, claims_of, presented


def test_a_users_access_token_is_told_whole(world: World) -> None:
    """RFC 7662 section 2.2: every member, as the token has it."""
    token = world.tokens().access_token
    assert world.introspect(token) == Introspection(
        active=True,
        scopes=("openid", "email"),
        client_id="web",
        username="ada",
        token_type="Bearer",
        expires_at=int(NOW) + 600,
        issued_at=int(NOW),
        sub=world.ada.user_id,
        audience=(ISSUER, "api"),
        issuer=ISSUER,
        jti=claims_of(token)["jti"],
        auth_time=int(NOW),
    )


def test_a_clients_own_token_names_no_user(world: World) -> None:
    """`sub` is the client; there is no user name and no time of login."""
    token = world.machine_token()
    assert world.introspect(token) == Introspection(
        active=True,
        scopes=("orders:read", "orders:write"),
        client_id="machine",
        token_type="Bearer",
        expires_at=int(NOW) + 600,
        issued_at=int(NOW),
        sub="machine",
        audience=(ISSUER,),
        issuer=ISSUER,
        jti=claims_of(token)["jti"],
    )


def test_a_refresh_token_is_told_without_what_it_has_not(world: World) -> None:
    """Its type, `jti` and audience are an access token's; the times are the family's."""
    world.clock.advance(5)
    token = world.tokens(not_after=float("inf")).refresh_token
    assert world.introspect(token) == Introspection(
        active=True,
        scopes=("openid", "email"),
        client_id="web",
        username="ada",
        expires_at=int(NOW) + 5 + LIFETIMES.refresh_token,
        issued_at=int(NOW) + 5,
        sub=world.ada.user_id,
        issuer=ISSUER,
        auth_time=int(NOW),
    )


def test_only_the_newest_refresh_token_is_active(world: World) -> None:
    """A rotated one is not, not even while a retry would still get its successor; and asking revokes nothing."""
    first = world.tokens().refresh_token
    second = world.refresh(first).refresh_token
    world.clock.advance(GRACE + 1)
    assert [world.introspect(token).active for token in (first, second)] == [False, True]
    later = world.handles.mint(HandleKind.REFRESH_TOKEN, world.handles.parse(HandleKind.REFRESH_TOKEN, second).id, 2)
    assert world.introspect(later) == INACTIVE
    assert world.refresh(second).refresh_token


@pytest.mark.parametrize(
    ("caller", "seen"),
    [("web", (True, True)), ("api", (True, False)), ("monitor", (True, True)), ("other", (False, False))],
)
def test_a_caller_sees_what_concerns_it(world: World, caller: str, seen: tuple[bool, bool]) -> None:
    """Row 13: tokens issued to it, access tokens meant for it, all with "any"; nothing else exists for it."""
    tokens = world.tokens()
    answers = [world.introspect(token, presented(caller)) for token in (tokens.access_token, tokens.refresh_token)]
    assert tuple(answer.active for answer in answers) == seen
    assert all(answer == INACTIVE for answer in answers if not answer.active)


def test_who_cannot_prove_who_it_is_may_not_ask(world: World) -> None:
    """Row 13: RFC 7662 section 2.1: a public client is refused even about its own tokens; so are bad credentials."""
    token = world.tokens("app").access_token
    for caller in (
        presented("app"),
        presented("unknown"),
        replace(presented("web"), proof="wrong"),
        PresentedClient("", "none", ""),
        PresentedClient("", "", ""),
    ):
        with pytest.raises(InvalidClient):
            world.introspect(token, caller)
    assert world.introspect(token, INTERNAL).active


Death = Callable[[World], str]


def _expired(world: World) -> str:
    token = world.tokens().access_token
    world.clock.advance(600)
    return token


def _revoked(world: World) -> str:
    token = world.tokens().access_token
    world.revoker.revoke(INTERNAL, token)
    return token


def _of_a_dead_family(world: World) -> str:
    tokens = world.tokens()
    world.revoker.revoke(INTERNAL, tokens.refresh_token)
    return tokens.access_token


def _revoked_refresh_token(world: World) -> str:
    token = world.tokens().refresh_token
    world.revoker.revoke(INTERNAL, token)
    return token


def _expired_refresh_token(world: World) -> str:
    token = world.tokens(not_after=NOW + 100).refresh_token
    world.clock.advance(100)
    return token


def _of_an_ended_session(world: World) -> str:
    token = world.tokens().access_token
    world.store.end_session(world.session.session_id, world.clock.now())
    return token


def _of_a_disabled_client(world: World) -> str:
    token = world.tokens().access_token
    world.administrator.disable("web")
    return token


def _of_a_withdrawn_key(world: World) -> str:
    token = world.tokens().access_token
    world.keys.rotate(["ES256"], immediately=True)
    return token


DEATHS: dict[str, Death] = {
    "garbage": lambda world: "garbage",
    "id token": lambda world: world.tokens().id_token,
    "code": lambda world: world.code(),
    "broken signature": lambda world: world.tokens().access_token[:-6] + "AAAAAA",
    "unknown family": lambda world: world.handles.mint(HandleKind.REFRESH_TOKEN, b"i" * 16),
    "too long": lambda world: "x" * 20_000,
    "not ascii": lambda world: "é",
    "expired": _expired,
    "revoked": _revoked,
    "of a dead family": _of_a_dead_family,
    "revoked refresh token": _revoked_refresh_token,
    "expired refresh token": _expired_refresh_token,
    "of an ended session": _of_an_ended_session,
    "of a disabled client": _of_a_disabled_client,
    "of a withdrawn key": _of_a_withdrawn_key,
}


@pytest.mark.parametrize("death", DEATHS.values(), ids=DEATHS.keys())
def test_all_that_is_dead_looks_alike(world: World, death: Death) -> None:
    """Row 13: one answer with no other member, whoever asks, whatever the cause, and nothing in the log."""
    token = death(world)
    logged = list(world.log.entries)
    assert world.introspect(token) == world.introspect(token, presented("monitor")) == INACTIVE
    assert INACTIVE == Introspection(active=False)
    assert world.log.entries == logged


def test_a_batch_is_answered_in_order(world: World) -> None:
    """Each as if it had been asked alone."""
    tokens = world.tokens()
    batch = [tokens.refresh_token, "garbage", tokens.access_token, world.machine_token()]
    answers = world.introspector.introspect(INTERNAL, batch)
    assert answers == [world.introspect(token) for token in batch]
    assert [answer.active for answer in answers] == [True, False, True, True]


@pytest.mark.parametrize("tokens", [[], [""], ["x", ""], ["x"] * (MAX_BATCH + 1)], ids=len)
def test_a_batch_has_bounds(world: World, tokens: list[str]) -> None:
    """1 to 100 tokens, none empty; who may ask is settled first."""
    assert len(world.introspector.introspect(INTERNAL, ["x"] * 100)) == 100
    with pytest.raises(InvalidRequest):
        world.introspector.introspect(INTERNAL, tokens)
    with pytest.raises(InvalidClient):
        world.introspector.introspect(presented("app"), tokens)


def test_a_disabled_user_has_no_tokens(world: World) -> None:
    """Row 31: disabling a user ends what was issued on their behalf."""
    token = world.tokens().access_token
    world.store.disable_user(world.ada.user_id, NOW)
    assert world.introspect(token) == INACTIVE
