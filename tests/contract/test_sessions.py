"""`SessionStore`."""

from functools import partial

from shared.clock import SystemClock
from shared.store import SessionStatus, Store
from tests.contract.examples import DAY, NOW, granted, logged_in, session, user
from tests.contract.races import ROUNDS, race


def test_a_session_lives_until_it_expires(store: Store) -> None:
    """Expiry is honoured at read time, to the moment."""
    begun = logged_in(store, expires_at=NOW + 100)
    assert store.find_session(begun.session_id, NOW + 99.9) == begun
    assert store.find_session(begun.session_id, NOW + 100) is None
    assert store.find_session("unknown", NOW) is None


def test_no_session_for_a_user_who_may_not_log_in(store: Store) -> None:
    """A password that was changed, or a user who was disabled, while the password was checked: no session."""
    owner = user()
    store.insert_user(owner)
    assert not store.insert_session(session(owner), "old hash", "")
    store.disable_user(owner.user_id, NOW)
    assert not store.insert_session(session(owner), owner.password_hash, "")
    assert not store.insert_session(session(user()), "hash", "")
    assert store.list_sessions(owner.user_id, NOW) == []


def test_sessions_are_listed_newest_first(store: Store) -> None:
    """Only live sessions of that user."""
    owner = user()
    old = logged_in(store, owner, created_at=NOW)
    new = logged_in(store, owner, created_at=NOW + 1)
    logged_in(store, owner, created_at=NOW, expires_at=NOW + 2)
    logged_in(store)
    assert list(store.list_sessions(owner.user_id, NOW + 3)) == [new, old]


def test_a_login_in_the_same_browser_replaces_the_session(store: Store) -> None:
    """Row 23: the old id is dead, and the user's families live on as families of the new session."""
    owner = user()
    old = logged_in(store, owner)
    family = granted(store, old)
    new = session(owner, created_at=NOW + 5)
    assert store.insert_session(new, owner.password_hash, old.session_id)
    assert store.find_session(old.session_id, NOW + 6) is None
    kept = store.find_family(family.family_id, NOW + 6)
    assert kept is not None
    assert kept.session_id == new.session_id
    assert store.end_session(new.session_id, NOW + 7)
    assert store.find_family(family.family_id, NOW + 8) is None


def test_a_login_of_another_user_ends_what_was_there(store: Store) -> None:
    """Families of the previous user of a browser do not pass to the next."""
    old = logged_in(store)
    family = granted(store, old)
    other = user()
    store.insert_user(other)
    assert store.insert_session(session(other, created_at=NOW + 5), other.password_hash, old.session_id)
    assert store.find_session(old.session_id, NOW + 6) is None
    assert store.find_family(family.family_id, NOW + 6) is None


def test_an_expired_or_unknown_previous_session_is_no_obstacle(store: Store) -> None:
    """A browser may bring any old cookie; the families of a session that ended by itself stay as they are."""
    owner = user()
    old = logged_in(store, owner, expires_at=NOW + 5)
    family = granted(store, old, not_after=NOW + 30 * DAY)
    assert store.insert_session(session(owner, created_at=NOW + 6), owner.password_hash, old.session_id)
    assert store.insert_session(session(owner, created_at=NOW + 6), owner.password_hash, "unknown")
    assert store.find_family(family.family_id, NOW + 7) == family


def test_a_failed_login_leaves_the_previous_session_alone(store: Store) -> None:
    """A session is replaced only by one that begins."""
    old = logged_in(store)
    owner = store.find_user(old.user_id)
    assert owner is not None
    assert not store.insert_session(session(owner), "wrong", old.session_id)
    assert store.find_session(old.session_id, NOW + 1) == old


def test_ending_a_session_revokes_its_families_only(store: Store) -> None:
    """Row 31: logout ends what came of the session, and nothing of another session of the same user."""
    owner = user()
    one, other = logged_in(store, owner), logged_in(store, owner)
    family, kept = granted(store, one), granted(store, other)
    assert store.end_session(one.session_id, NOW + 5)
    assert not store.end_session(one.session_id, NOW + 5)
    assert store.find_family(family.family_id, NOW + 6) is None
    assert store.find_family(kept.family_id, NOW + 6) == kept


def test_ending_all_sessions_ends_families_whose_session_is_gone_too(store: Store) -> None:
    """Offline access that outlived its session ends with "log out everywhere"."""
    owner = user()
    old = logged_in(store, owner, expires_at=NOW + 5)
    family = granted(store, old, not_after=NOW + 30 * DAY)
    assert store.end_sessions_of_user(owner.user_id, NOW + 10) == 0
    assert store.find_family(family.family_id, NOW + 11) is None


def test_ending_all_sessions_tells_how_many_lived(store: Store) -> None:
    """Expired ones were dead before, and other users keep theirs."""
    owner = user()
    logged_in(store, owner, expires_at=NOW + 5)
    logged_in(store, owner)
    logged_in(store, owner)
    foreign = logged_in(store)
    assert store.end_sessions_of_user(owner.user_id, NOW + 5) == 2
    assert store.end_sessions_of_user(owner.user_id, NOW + 5) == 0
    assert store.list_sessions(owner.user_id, NOW + 5) == []
    assert store.find_session(foreign.session_id, NOW + 5) == foreign


def test_an_expired_session_cannot_be_ended(store: Store) -> None:
    """What has expired is absent, and what outlives it lives on."""
    old = logged_in(store, expires_at=NOW + 5)
    family = granted(store, old, not_after=NOW + DAY)
    assert not store.end_session(old.session_id, NOW + 5)
    assert store.find_family(family.family_id, NOW + 6) == family


def test_one_of_many_ends_a_session(store: Store) -> None:
    """The others are told that it was dead."""
    for _ in range(ROUNDS):
        begun = logged_in(store)
        ended = race(*[partial(store.end_session, begun.session_id, NOW + 5)] * 8)
        assert (ended.count(True), ended.count(False)) == (1, 7)


def test_families_pass_to_one_of_two_logins(store: Store) -> None:
    """Two logins that replace the same session at once: one takes its families over, and they end with it."""
    for _ in range(ROUNDS):
        owner = user()
        old = logged_in(store, owner)
        family = granted(store, old)
        new = [session(owner, created_at=NOW + 5) for _ in range(2)]
        assert race(*[partial(store.insert_session, each, owner.password_hash, old.session_id) for each in new]) == [
            True,
            True,
        ]
        assert store.find_session(old.session_id, NOW + 6) is None
        kept = store.find_family(family.family_id, NOW + 6)
        assert kept is not None
        assert kept.session_id in {each.session_id for each in new}
        store.end_session(kept.session_id, NOW + 7)
        assert store.find_family(family.family_id, NOW + 8) is None


def test_no_family_outlives_a_logout_that_raced_a_new_login(store: Store) -> None:
    """The families either end with the old session or pass to the new one; they are never left without one."""
    for _ in range(ROUNDS):
        owner = user()
        old = logged_in(store, owner)
        family = granted(store, old)
        new = session(owner, created_at=NOW + 5)
        ended, begun = race(
            partial(store.end_session, old.session_id, NOW + 5),
            partial(store.insert_session, new, owner.password_hash, old.session_id),
        )
        assert begun is True
        kept = store.find_family(family.family_id, NOW + 6)
        assert (kept is None) == ended
        assert kept is None or kept.session_id == new.session_id


def test_times_are_kept_to_the_microsecond(store: Store) -> None:
    """What the system's clock says comes back as it went in."""
    now = SystemClock().now()
    begun = logged_in(store, auth_time=now, created_at=now, expires_at=now + 60)
    assert store.find_session(begun.session_id, now) == begun


def test_a_check_tells_only_whose_session_it_is(store: Store) -> None:
    """It finds what a look-up finds, until it expires or ends."""
    begun = logged_in(store, expires_at=NOW + 100)
    assert store.check_session(begun.session_id, NOW) == SessionStatus(begun.user_id, NOW + 100)
    assert store.check_session(begun.session_id, NOW + 100) is None
    assert store.check_session("unknown", NOW) is None
    store.end_session(begun.session_id, NOW)
    assert store.check_session(begun.session_id, NOW) is None
