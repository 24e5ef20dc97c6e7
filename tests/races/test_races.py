"""64 processes at one door, all at once; AUTHPLANE_TEST_ROUNDS asks for more rounds.

In every race the only errors are the answers that are expected: nobody is told of a fault or of being too slow.
"""

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from shared.errors import InvalidGrant, RefreshTokenReused
from shared.handles import digest
from shared.records import Family
from tests.contract.examples import DAY, NOW, code, granted, logged_in, redemption, rotation, session, user
from tests.races.arena import Arena, errors
from tests.races.calls import ENDINGS, log_in, redeem, revoke, rotate
from tests.races.conftest import PROCESSES, ROUNDS
from tests.races.processes import Call

pytestmark = pytest.mark.timeout(60 + 10 * ROUNDS)


def test_a_code_is_redeemed_once(arena: Arena) -> None:
    """Row 3: all but one are told that it was used, and what the one got is revoked, since others had the code too."""
    for _ in range(ROUNDS):
        issued = code(logged_in(arena.store))
        arena.store.insert_code(issued)
        outcomes = arena.race([redeem(issued) for _ in range(PROCESSES)])
        assert errors(outcomes) == {"": 1, "CodeAlreadyUsed": PROCESSES - 1}
        (family,) = (outcome.value for outcome in outcomes if not outcome.error)
        assert arena.store.find_family(family.family_id, NOW + 2) is None


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_wrong_verifier_revokes_nothing(arena: Arena, when: str) -> None:
    """Row 4: one holds the verifier, 63 have only the code, before it is redeemed and after: the one gets in and
    stays.
    """
    for _ in range(ROUNDS):
        issued = code(logged_in(arena.store))
        arena.store.insert_code(issued)
        calls = [redeem(issued, code_challenge="wrong") for _ in range(PROCESSES - 1)]
        if when == "after":
            family = arena.store.redeem_code(redemption(issued))
        else:
            calls.insert(PROCESSES // 2, redeem(issued))
        outcomes = arena.race(calls)
        assert errors(outcomes)["InvalidGrant"] == PROCESSES - 1
        if when == "before":
            (family,) = (outcome.value for outcome in outcomes if not outcome.error)
        assert arena.store.find_family(family.family_id, NOW + 2) == family


def test_in_grace_all_get_the_same_successor(arena: Arena) -> None:
    """CVE-2026-1035, palaia#346: one generation, one live token, and nobody is logged out."""
    for _ in range(ROUNDS):
        family = granted(arena.store)
        outcomes = arena.race([rotate(family, successor_hash=digest(f"{n}")) for n in range(PROCESSES)])
        assert errors(outcomes) == {"": PROCESSES}
        stored = arena.store.find_family(family.family_id, NOW + 20)
        assert stored is not None
        assert stored.generation == 1
        assert all(outcome.value.family == stored for outcome in outcomes)


def test_without_grace_one_is_first_and_the_others_convict(arena: Arena) -> None:
    """Row 5: exactly one success, and then the family is dead."""
    for _ in range(ROUNDS):
        family = granted(arena.store)
        told = errors(arena.race([rotate(family, grace=0.0)] * PROCESSES))
        # Who comes after the conviction finds no family any more.
        assert told[""] == 1
        assert told["RefreshTokenReused"] >= 1
        assert set(told) <= {"", "RefreshTokenReused", "InvalidGrant"}
        assert arena.store.find_family(family.family_id, NOW + 20) is None


def test_no_rotation_outlives_a_revocation(arena: Arena) -> None:
    """63 refreshes and one revocation: the family is dead, and only what came before the revocation succeeded."""
    for _ in range(2 * ROUNDS):
        family = granted(arena.store)
        calls = [rotate(family)] * (PROCESSES - 1)
        calls.insert(PROCESSES // 2, revoke(family))
        outcomes = arena.race(calls)
        assert set(errors(outcomes)) <= {"", "InvalidGrant"}
        assert outcomes[PROCESSES // 2].value is True
        assert arena.store.find_family(family.family_id, NOW + 20) is None


@pytest.mark.parametrize("ending", ENDINGS)
def test_nothing_lives_after_an_ending(arena: Arena, ending: str) -> None:
    """Row 31: rotations, redemptions and logins at the same moment leave nothing alive behind the ending."""
    store = arena.store
    for _ in range(3 * ROUNDS):
        owner = user()
        begun = logged_in(store, owner)
        family = granted(store, begun)
        codes = [code(begun) for _ in range(20)]
        for each in codes:
            store.insert_code(each)
        redemptions = [redemption(each) for each in codes]
        calls = [Call("redeem_code", (each,)) for each in redemptions]
        calls += [log_in(session(owner), begun) for _ in range(2)]
        calls += [log_in(session(owner)) for _ in range(8)]
        calls += [rotate(family, now=NOW + 9)] * 10
        outcomes = arena.race([*calls[:20], ENDINGS[ending](begun), *calls[20:]])
        assert set(errors(outcomes)) <= {"", "InvalidGrant"}
        families = [family.family_id, *(each.family_id for each in redemptions)]
        alive = [found for each in families if (found := store.find_family(each, NOW + 20))]
        sessions = store.list_sessions(owner.user_id, NOW + 20)
        assert _may_live(ending, alive, {each.session_id for each in sessions}, begun.session_id)
        store.enable_client("web")


def _may_live(ending: str, families: list[Family], sessions: set[str], session_id: str) -> bool:
    """Whether what is left may be left.

    A login in place of the session takes its families over, so they outlive a logout that comes after it, and a login
    that comes after a logout everywhere is a new one. After a password change and a disabling nothing is left.
    """
    if ending in ("new password", "user disabled"):
        return not families and not sessions
    if ending == "client disabled":
        return not families
    return all(family.session_id in sessions and family.session_id != session_id for family in families)


def test_families_pass_to_one_of_two_logins(arena: Arena) -> None:
    """32 browsers, each with two logins at once in place of a session: one of the two takes its family over."""
    for _ in range(ROUNDS):
        owners = [user() for _ in range(PROCESSES // 2)]
        old = [logged_in(arena.store, owner) for owner in owners]
        families = [granted(arena.store, each) for each in old]
        new = [[session(owner, created_at=NOW + 5) for _ in range(2)] for owner in owners]
        calls = [log_in(each, previous) for pair, previous in zip(new, old, strict=True) for each in pair]
        assert [outcome.value for outcome in arena.race(calls)] == [True] * PROCESSES
        for previous, family, pair in zip(old, families, new, strict=True):
            assert arena.store.find_session(previous.session_id, NOW + 6) is None
            kept = arena.store.find_family(family.family_id, NOW + 6)
            assert kept in [replace(family, session_id=each.session_id) for each in pair]


def test_an_assertion_is_used_once(arena: Arena) -> None:
    """CVE-2020-5300 and CVE-2020-15222: in all processes together; again once it has expired."""
    for number in range(ROUNDS):
        for now in (NOW, NOW + DAY):
            outcomes = arena.race([Call("use_assertion", ("web", f"jti {number}", now + DAY, now))] * PROCESSES)
            assert Counter(outcome.value for outcome in outcomes) == {True: 1, False: PROCESSES - 1}


def test_every_revocation_has_its_version(arena: Arena) -> None:
    """64 changes of every kind at once take 64 versions without a gap, and none is logged twice."""
    for _ in range(ROUNDS):
        begun = [logged_in(arena.store) for _ in range(PROCESSES // 4)]
        families = [granted(arena.store) for _ in begun]
        endings: list[Any] = [ENDINGS["logout"], ENDINGS["logout everywhere"], ENDINGS["new password"]]
        calls = [ending(logged_in(arena.store)) for ending in endings for _ in begun] + [revoke(f) for f in families]
        (before,) = arena.numbers("SELECT version FROM store_version")
        assert set(errors(arena.race(calls))) == {""}
        logged = arena.numbers("SELECT version FROM invalidations WHERE version > %s ORDER BY version", before)
        assert logged == list(range(before + 1, before + PROCESSES + 1))


def test_a_thousand_rotations_at_full_speed(arena: Arena) -> None:
    """keycloak#50999, keycloak#52666: all in one second of the clock, and each token but the newest two convicts."""
    store = arena.store
    used = [granted(store)]
    for _ in range(1000):
        used.append(store.rotate_refresh_token(rotation(used[-1], now=NOW + 10.5)).family)
    assert [each.generation for each in used] == list(range(1001))
    assert store.rotate_refresh_token(rotation(used[-2], now=NOW + 10.5)).family == used[-1]
    for old in used[:-2]:
        with pytest.raises(RefreshTokenReused):
            store.rotate_refresh_token(rotation(old, now=NOW + 10.5))
        with pytest.raises(InvalidGrant):
            store.rotate_refresh_token(rotation(used[-1], now=NOW + 10.5))
        arena.numbers(
            "UPDATE refresh_tokens SET revoked_at = NULL, expires_at = to_timestamp(%s) WHERE generation = 1000 "
            "RETURNING generation",
            int(used[0].expires_at),
        )
    assert store.find_family(used[0].family_id, NOW + 11) == used[-1]


def test_old_tokens_from_all_sides_are_refused(arena: Arena) -> None:
    """63 processes with a consumed token each, one with the newest: the family dies, and at most the one succeeds."""
    for _ in range(ROUNDS):
        used = [granted(arena.store)]
        for _ in range(PROCESSES):
            used.append(arena.store.rotate_refresh_token(rotation(used[-1])).family)
        outcomes = arena.race([rotate(each) for each in [*used[:-2], used[-1]]])
        assert {outcome.error for outcome in outcomes[:-1]} <= {"RefreshTokenReused", "InvalidGrant"}
        assert "RefreshTokenReused" in errors(outcomes)
        assert arena.store.find_family(used[0].family_id, NOW + 11) is None
