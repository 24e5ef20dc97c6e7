"""Rotation of signing keys: nobody meets a key that they do not know, and a leaked one is gone at once."""

import math

import pytest

from services.token.rotate_keys import KeyRotator
from shared.errors import InvalidRequest, InvalidToken
from shared.records import SigningKey
from shared.store.memory import MemoryStore
from shared.tokens.keyring import KeyRing
from tests.unit.token.world import NOW, SCHEDULE, SEALER, SIGNING_KEYS, World, claims_of

OLD = {key.alg: key for key in SIGNING_KEYS}


def published(world: World) -> set[str]:
    return {key["kid"] for key in world.keyring.jwks()["keys"]}


def stored(world: World) -> dict[str, SigningKey]:
    return {key.kid: key for key in world.store.list_signing_keys()}


def signer(world: World) -> str:
    return str(claims_of(world.machine_token(), 0)["kid"])


def test_the_first_keys_are_made_once(world: World) -> None:
    """One of each algorithm, good at once and for ever; asking again changes nothing."""
    store = MemoryStore()
    keyring = KeyRing(store, SEALER, world.clock)
    rotator = KeyRotator(store, SEALER, SCHEDULE, world.clock, world.events)
    rotator.ensure()
    made = list(store.list_signing_keys())
    assert sorted(key.alg for key in made) == ["ES256", "RS256"]
    assert {(key.created_at, key.activates_at, key.retires_at) for key in made} == {(NOW, NOW, math.inf)}
    assert {key["kid"] for key in keyring.jwks()["keys"]} == {key.kid for key in made}
    rotator.ensure()
    assert list(store.list_signing_keys()) == made


def test_only_what_is_missing_is_made(world: World) -> None:
    """A key of the one algorithm is kept, the other's is made; one that has retired counts for nothing."""
    store = MemoryStore()
    store.replace_signing_keys(SIGNING_KEYS, {})
    store.replace_signing_keys([], {OLD["ES256"].kid: NOW})
    KeyRotator(store, SEALER, SCHEDULE, world.clock, world.events).ensure()
    live = [key for key in store.list_signing_keys() if key.retires_at > NOW]
    assert sorted(key.alg for key in live) == ["ES256", "RS256"]
    assert OLD["RS256"] in live
    assert OLD["ES256"].kid not in {key.kid for key in live}


def test_a_new_key_is_published_before_it_signs(world: World) -> None:
    """Row 15: overlap, then it signs; the old one verifies until its last token has expired, and then is gone."""
    token = world.machine_token()
    (new,) = world.keys.rotate(["ES256"], immediately=False)
    old = OLD["ES256"].kid
    assert (new.alg, new.created_at, new.activates_at, new.retires_at) == ("ES256", NOW, NOW + 300, math.inf)
    assert stored(world)[old].retires_at == NOW + 300 + 600
    assert published(world) == {old, new.kid, OLD["RS256"].kid}
    assert signer(world) == old
    world.clock.advance(299)
    assert signer(world) == old
    last = world.machine_token()
    world.clock.advance(1)
    assert signer(world) == new.kid
    assert world.verifier.verify(last).client_id == "machine"
    assert world.verifier.verify(token).client_id == "machine"
    world.clock.advance(599)
    assert old in published(world)
    world.clock.advance(1)
    assert published(world) == {new.kid, OLD["RS256"].kid}
    assert stored(world)[OLD["RS256"].kid].retires_at == math.inf


def test_a_leaked_key_is_withdrawn_at_once(world: World) -> None:
    """Row 15: what it signed is refused, also what it signs from now on; the new key signs in the same moment."""
    token = world.machine_token()
    (new,) = world.keys.rotate(["ES256"], immediately=True)
    assert (new.activates_at, stored(world)[OLD["ES256"].kid].retires_at) == (NOW, NOW)
    assert published(world) == {new.kid, OLD["RS256"].kid}
    assert signer(world) == new.kid
    with pytest.raises(InvalidToken):
        world.verifier.verify(token)
    assert world.verifier.verify(world.machine_token()).client_id == "machine"


def test_a_withdrawal_takes_keys_that_wait_too(world: World) -> None:
    """A key that is published but does not sign yet may have leaked as well."""
    (waiting,) = world.keys.rotate(["ES256"], immediately=False)
    (new,) = world.keys.rotate(["ES256"], immediately=True)
    assert published(world) == {new.kid, OLD["RS256"].kid}
    world.clock.advance(1000)
    assert signer(world) == new.kid
    assert waiting.kid not in published(world)


def test_rotating_again_prolongs_nothing(world: World) -> None:
    """A key that retires is not given more time by a later rotation; there is a signing key in every moment."""
    old = OLD["ES256"].kid
    (second,) = world.keys.rotate(["ES256"], immediately=False)
    world.clock.advance(100)
    (third,) = world.keys.rotate(["ES256"], immediately=False)
    assert stored(world)[old].retires_at == NOW + 900
    assert stored(world)[second.kid].retires_at == NOW + 1000
    signers = []
    for _ in range(5):
        signers.append(signer(world))
        world.clock.advance(100)
    assert signers == [old, old, second.kid, third.kid, third.kid]


def test_all_algorithms_are_rotated_when_none_is_named(world: World) -> None:
    """And each once, however often it is named; the log names the new keys."""
    added = world.keys.rotate([], immediately=False)
    assert [key.alg for key in added] == ["ES256", "RS256"]
    assert len(world.keys.rotate(["ES256", "ES256"], immediately=False)) == 1
    assert world.log.entries[0] == {
        "event": "keys_rotated",
        "kids": [key.kid for key in added],
        "immediately": False,
        "log_level": "info",
    }


@pytest.mark.parametrize("algs", [["none"], ["ES256", "HS256"], [""]])
def test_other_algorithms_are_refused(world: World, algs: list[str]) -> None:
    """Row 15: nothing is made, not even for the algorithm that was good."""
    with pytest.raises(InvalidRequest):
        world.keys.rotate(algs, immediately=True)
    assert stored(world) == {key.kid: key for key in SIGNING_KEYS}


def test_keys_are_sealed_where_they_are_stored(world: World) -> None:
    """Row 30: the record has no private member in the clear."""
    (new,) = world.keys.rotate(["ES256"], immediately=False)
    assert new.sealed.count(".") == 4
    assert new.kid == SEALER.open(new.sealed).thumbprint()
    assert new.sealed not in repr(new)
