"""`SweepStore`."""

from collections.abc import Callable
from functools import partial

import pytest

from shared.errors import CodeAlreadyUsed, InvalidGrant
from shared.store import Store, SweptTable
from tests.contract.endings import ENDINGS
from tests.contract.examples import DAY, NOW, client, code, granted, key, logged_in, redemption
from tests.contract.races import race

T = SweptTable


def _session(store: Store, end: float) -> None:
    logged_in(store, expires_at=end)


def _code(store: Store, end: float) -> None:
    store.insert_code(code(logged_in(store), expires_at=end))


def _family(store: Store, end: float) -> None:
    granted(store, not_after=end)


def _access_token(store: Store, end: float) -> None:
    store.revoke_access_token(f"jti {end}", end, NOW)


def _assertion(store: Store, end: float) -> None:
    assert store.use_assertion("web", f"jti {end}", end, NOW)


def _key(store: Store, end: float) -> None:
    store.replace_signing_keys([key(f"kid {end}", retires_at=end)], {})


ROWS: dict[SweptTable, Callable[[Store, float], None]] = {
    T.SESSIONS: _session,
    T.CODES: _code,
    T.FAMILIES: _family,
    T.ACCESS_TOKENS: _access_token,
    T.ASSERTIONS: _assertion,
    T.KEYS: _key,
}
"""How a row comes into each table that expires then; invalidations are another matter."""


def test_no_table_is_forgotten() -> None:
    """Each has a row above."""
    assert ROWS.keys() | {T.INVALIDATIONS} == set(T)


@pytest.mark.parametrize("table", ROWS)
def test_what_has_expired_goes_the_oldest_first(store: Store, table: SweptTable) -> None:
    """At most as many as allowed, to the moment; what lives stays."""
    for end in (50, 30, 40, 60, 70):
        ROWS[table](store, NOW + end)
    assert store.oldest_expired(table, NOW + 29) is None
    assert store.sweep(table, NOW + 29, 10) == 0
    assert store.oldest_expired(table, NOW + 60) == NOW + 30
    assert store.sweep(table, NOW + 60, 3) == 3
    assert store.oldest_expired(table, NOW + 60) == NOW + 60
    assert store.sweep(table, NOW + 60, 3) == 1
    assert store.oldest_expired(table, NOW + 60) is None
    assert store.sweep(table, NOW + 61, 3) == 0
    assert store.oldest_expired(table, NOW + 70) == NOW + 70


def test_a_used_code_is_known_until_it_expires(store: Store) -> None:
    """A replay is recognised although the sweeper has come, and revokes what the first use gave."""
    issued = code(logged_in(store), expires_at=NOW + 60)
    store.insert_code(issued)
    family = store.redeem_code(redemption(issued))
    for table in T:
        store.sweep(table, NOW + 59, 100)
    with pytest.raises(CodeAlreadyUsed):
        store.redeem_code(redemption(issued, now=NOW + 59))
    assert store.find_family(family.family_id, NOW + 59) is None
    store.sweep(T.CODES, NOW + 60, 100)
    with pytest.raises(InvalidGrant):
        store.redeem_code(redemption(issued, now=NOW + 59))


def test_a_revocation_is_known_until_its_token_expires(store: Store) -> None:
    """Also when it was prolonged."""
    store.revoke_access_token("jti", NOW + 10, NOW)
    store.revoke_access_token("jti", NOW + 60, NOW)
    store.sweep(T.ACCESS_TOKENS, NOW + 59, 100)
    assert store.is_access_token_revoked("jti")
    store.sweep(T.ACCESS_TOKENS, NOW + 60, 100)
    assert not store.is_access_token_revoked("jti")


@pytest.mark.parametrize("ending", [name for name in ENDINGS if name != "client disabled"])
def test_what_was_ended_goes_at_once(store: Store, ending: str) -> None:
    """Sessions and families, long before they would have expired; what lives beside them stays."""
    kept = granted(store)
    begun = logged_in(store, expires_at=NOW + DAY)
    granted(store, begun)
    ENDINGS[ending](store, begun)
    for table in (T.SESSIONS, T.FAMILIES):
        store.sweep(table, NOW + 10, 100)
        assert store.oldest_expired(table, NOW + DAY - 1) is None
    assert store.find_session(kept.session_id, NOW + 10) is not None
    assert store.find_family(kept.family_id, NOW + 10) == kept


def test_a_revoked_family_goes_at_once(store: Store) -> None:
    """And revoking it again says that there is none."""
    family = granted(store)
    assert store.revoke_family(family.family_id, NOW + 5)
    store.sweep(T.FAMILIES, NOW + 5, 100)
    assert store.oldest_expired(T.FAMILIES, NOW + DAY - 1) is None
    assert not store.revoke_family(family.family_id, NOW + 6)


def test_the_end_of_a_session_is_told_once(store: Store) -> None:
    """How many were live is what was before, though ending them makes them expire."""
    owner = logged_in(store).user_id
    user = store.find_user(owner)
    assert user is not None
    logged_in(store, user)
    logged_in(store, user, expires_at=NOW + 5)
    assert store.end_sessions_of_user(owner, NOW + 5) == 2
    assert store.end_sessions_of_user(owner, NOW + 5) == 0


def test_a_disabled_client_loses_nothing_to_the_sweeper(store: Store) -> None:
    """Its registration stays, like users and consents."""
    store.insert_client(client("web"))
    store.disable_client("web", NOW)
    for table in T:
        store.sweep(table, NOW + 1000 * DAY, 100)
    assert store.find_client("web") is not None


def test_the_newest_invalidation_stays(store: Store) -> None:
    """Followers that have applied it can tell that they have missed nothing; others begin anew."""
    for number in range(10):
        store.record_invalidations([f"tag {number}", f"other {number}"])
    begin = store.read_invalidations(None, 100)
    known = begin.invalidations[0].position if begin.invalidations else begin.position
    newest = begin.invalidations[-1].position if begin.invalidations else begin.position
    later = store.current_time() + 1
    assert store.oldest_expired(T.INVALIDATIONS, later - 10) is None
    assert store.sweep(T.INVALIDATIONS, later - 10, 100) == 0
    oldest = store.oldest_expired(T.INVALIDATIONS, later)
    assert oldest is not None
    assert later - 10 < oldest <= later
    while store.sweep(T.INVALIDATIONS, later, 4):
        pass
    assert store.oldest_expired(T.INVALIDATIONS, later) is None
    assert store.newest_version() == newest.version
    assert store.read_invalidations(known, 100).restart
    kept = store.read_invalidations(newest, 100)
    assert (kept.restart, kept.invalidations, kept.position) == (False, (), newest)
    store.record_invalidations(["one more"])
    assert [each.tags for each in store.read_invalidations(newest, 100).invalidations] == [("one more",)]


def test_versions_go_whole(store: Store) -> None:
    """Though more tags go than were asked for: half a version would be a revocation that a follower misses."""
    store.record_invalidations([f"tag {number:02}" for number in range(30)])
    store.record_invalidations(["newest"])
    assert store.sweep(T.INVALIDATIONS, store.current_time() + 1, 10) == 30
    assert store.sweep(T.INVALIDATIONS, store.current_time() + 1, 10) == 0


@pytest.mark.parametrize("table", ROWS)
def test_sweepers_share_the_rows(store: Store, table: SweptTable) -> None:
    """Each row is removed by one of them, and none waits for another."""
    for number in range(200):
        ROWS[table](store, NOW + 5 + number / 1000)
    removed = race(*[partial(store.sweep, table, NOW + 6, 50)] * 8)
    while more := store.sweep(table, NOW + 6, 50):
        removed.append(more)
    assert sum(count for count in removed if isinstance(count, int)) == 200


def test_the_store_tells_the_time(store: Store) -> None:
    """Seconds since the epoch, going on."""
    assert store.current_time() > 1_700_000_000
    assert store.current_time() >= store.current_time() - 1
