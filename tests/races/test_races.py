"""64 processes at one door; AUTHPLANE_TEST_ROUNDS asks for more rounds.

In every race the only errors are the answers that are expected: nobody is told of a fault or of being too slow.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from shared.handles import digest
from shared.records import Family
from shared.store import Store
from tests.contract.endings import ENDINGS
from tests.contract.examples import DAY, NOW, client, code, granted, logged_in, redemption, rotation, session, user
from tests.races.processes import Call, Outcome, Racers, racers
from tests.servers.postgres import PostgresDatabases, open_store

PROCESSES = 64
ROUNDS = int(os.environ.get("AUTHPLANE_TEST_ROUNDS", "5"))


@pytest.fixture(scope="module")
def arena(postgres_databases: PostgresDatabases) -> Iterator[tuple[Store, Racers]]:
    with postgres_databases.database() as url, racers(url, PROCESSES) as many:
        store = open_store(url)
        yield store, many
        store.close()


def errors(outcomes: list[Outcome]) -> Counter[str]:
    return Counter(outcome.error for outcome in outcomes)


@pytest.mark.timeout(3600)
def test_a_code_is_redeemed_once(arena: tuple[Store, Racers]) -> None:
    """All but one are told that it was used, and what the one got is revoked, since others had the code too."""
    store, many = arena
    for _ in range(ROUNDS):
        issued = code(logged_in(store))
        store.insert_code(issued)
        outcomes = many.race([Call("redeem_code", (redemption(issued),)) for _ in range(PROCESSES)])
        assert errors(outcomes) == {"": 1, "CodeAlreadyUsed": PROCESSES - 1}
        (family,) = (outcome.value for outcome in outcomes if not outcome.error)
        assert store.find_family(family.family_id, NOW + 2) is None


@pytest.mark.timeout(3600)
def test_a_wrong_verifier_revokes_nothing(arena: tuple[Store, Racers]) -> None:
    """One holds the verifier, 63 have the code only: the one gets in and stays."""
    store, many = arena
    for _ in range(ROUNDS):
        issued = code(logged_in(store))
        store.insert_code(issued)
        wrong = [Call("redeem_code", (redemption(issued, code_challenge="wrong"),)) for _ in range(PROCESSES - 1)]
        outcomes = many.race([*wrong, Call("redeem_code", (redemption(issued),))])
        assert errors(outcomes) == {"": 1, "InvalidGrant": PROCESSES - 1}
        assert store.find_family(outcomes[-1].value.family_id, NOW + 2) is not None


@pytest.mark.timeout(3600)
def test_in_grace_all_get_the_same_successor(arena: tuple[Store, Racers]) -> None:
    """CVE-2026-1035, palaia#346: one generation, one live token, and nobody is logged out."""
    store, many = arena
    for _ in range(ROUNDS):
        family = granted(store)
        offered = [rotation(family, successor_hash=digest(f"{family.family_id} {n}")) for n in range(PROCESSES)]
        outcomes = many.race([Call("rotate_refresh_token", (each,)) for each in offered])
        assert errors(outcomes) == {"": PROCESSES}
        stored = store.find_family(family.family_id, NOW + 20)
        assert stored is not None
        assert stored.generation == 1
        assert all(outcome.value == stored for outcome in outcomes)


@pytest.mark.timeout(3600)
def test_without_grace_one_is_first_and_the_others_convict(arena: tuple[Store, Racers]) -> None:
    """Exactly one success, and then the family is dead."""
    store, many = arena
    for _ in range(ROUNDS):
        family = granted(store)
        outcomes = many.race([Call("rotate_refresh_token", (rotation(family, grace=0.0),))] * PROCESSES)
        told = errors(outcomes)
        # Who comes after the conviction finds no family any more.
        assert told[""] == 1
        assert told["RefreshTokenReused"] >= 1
        assert set(told) <= {"", "RefreshTokenReused", "InvalidGrant"}
        assert store.find_family(family.family_id, NOW + 20) is None


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("ending", ENDINGS)
def test_nothing_lives_after_an_ending(arena: tuple[Store, Racers], ending: str) -> None:
    """Rotations, redemptions and logins at the same moment as the ending: none leaves anything alive behind it."""
    store, many = arena
    if store.find_client("web") is None:
        store.insert_client(client("web"))
    for _ in range(3 * ROUNDS):
        owner = user()
        begun = logged_in(store, owner)
        family = granted(store, begun)
        codes = [code(begun) for _ in range(20)]
        for each in codes:
            store.insert_code(each)
        redemptions = [redemption(each) for each in codes]
        logins = [session(owner) for _ in range(10)]
        calls = [Call("redeem_code", (each,)) for each in redemptions]
        calls += [Call("insert_session", (each, owner.password_hash, begun.session_id)) for each in logins[:2]]
        calls += [Call("insert_session", (each, owner.password_hash, "")) for each in logins[2:]]
        calls += [Call("rotate_refresh_token", (rotation(family, now=NOW + 9),))] * 10
        ended = ENDING_CALLS[ending](begun.session_id, owner.user_id)
        outcomes = many.race([*calls[:20], ended, *calls[20:]])
        assert set(errors(outcomes)) <= {"", "InvalidGrant"}
        families = [family.family_id, *(each.family_id for each in redemptions)]
        alive = [found for each in families if (found := store.find_family(each, NOW + 20))]
        sessions = store.list_sessions(owner.user_id, NOW + 20)
        assert _may_live(ending, alive, {each.session_id for each in sessions}, begun.session_id)
        store.enable_client("web")


ENDING_CALLS: dict[str, Callable[[str, str], Call]] = {
    "logout": lambda session_id, _: Call("end_session", (session_id, NOW + 10)),
    "logout everywhere": lambda _, user_id: Call("end_sessions_of_user", (user_id, NOW + 10)),
    "new password": lambda _, user_id: Call("set_password", (user_id, "new hash", NOW + 10)),
    "user disabled": lambda _, user_id: Call("disable_user", (user_id, NOW + 10)),
    "client disabled": lambda *_: Call("disable_client", ("web", NOW + 10)),
}


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


@pytest.mark.timeout(3600)
def test_an_assertion_is_used_once(arena: tuple[Store, Racers]) -> None:
    """CVE-2020-5300 and CVE-2020-15222: in all processes together."""
    _, many = arena
    for number in range(ROUNDS):
        outcomes = many.race([Call("use_assertion", ("web", f"jti {number}", NOW + DAY, NOW))] * PROCESSES)
        assert Counter(outcome.value for outcome in outcomes) == {True: 1, False: PROCESSES - 1}


def test_many_rotations_leave_one_token(arena: tuple[Store, Racers]) -> None:
    """keycloak#50999 and #52666: within one second of the clock, and every token before the newest stays refused."""
    store, _ = arena
    family = granted(store)
    used = [family]
    for _ in range(200):
        used.append(store.rotate_refresh_token(rotation(used[-1], now=NOW + 10.5)))
    assert [each.generation for each in used] == list(range(201))
    for old in used[:-1]:
        assert store.find_refresh_token(family.family_id, old.token_hash, NOW + 11) is None
    assert store.find_refresh_token(family.family_id, used[-1].token_hash, NOW + 11) == used[-1]
