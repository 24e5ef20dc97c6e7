"""What only the store in memory promises: a bound, and refusal at it."""

import pytest

from shared.errors import StoreFull
from shared.store import Store
from shared.store.memory import MemoryStore
from tests.contract.examples import NOW, client, code, granted, logged_in, redemption, session, user


def test_it_is_a_store() -> None:
    """The type checker holds it to the contract."""
    store: Store = MemoryStore()
    store.close()
    store.close()


def test_at_its_bound_it_refuses_and_evicts_nothing() -> None:
    """A new entry is refused with a typed error; every live one is still there."""
    store = MemoryStore(max_rows=3)
    owner = user()
    live = [logged_in(store, owner) for _ in range(3)]
    with pytest.raises(StoreFull):
        store.insert_session(session(owner), owner.password_hash, "")
    assert all(store.find_session(each.session_id, NOW + 1) == each for each in live)


def test_what_has_expired_makes_room() -> None:
    """A full table of expired rows takes new ones."""
    store = MemoryStore(max_rows=3)
    owner = user()
    for _ in range(3):
        logged_in(store, owner, expires_at=NOW + 10)
    later = session(owner, created_at=NOW + 10, expires_at=NOW + 20)
    assert store.insert_session(later, owner.password_hash, "")
    assert store.find_session(later.session_id, NOW + 11) == later


def test_a_redemption_without_room_leaves_the_code_usable() -> None:
    """An operation that needs room in another table changes nothing when there is none."""
    store = MemoryStore(max_rows=1)
    begun = logged_in(store)
    family = granted(store, begun, code_hash="first")
    issued = code(begun, code_hash="second", created_at=NOW + 60, expires_at=NOW + 120)
    store.insert_code(issued)
    with pytest.raises(StoreFull):
        store.redeem_code(redemption(issued, now=NOW + 61))
    assert store.find_family(family.family_id, NOW + 62) == family
    with pytest.raises(StoreFull):
        store.redeem_code(redemption(issued, now=NOW + 61))


def test_a_login_at_the_bound_still_replaces_the_session() -> None:
    """A browser that logs in again frees the place of its old session."""
    store = MemoryStore(max_rows=1)
    old = logged_in(store)
    owner = store.find_user(old.user_id)
    assert owner is not None
    new = session(owner)
    assert store.insert_session(new, owner.password_hash, old.session_id)
    assert store.find_session(new.session_id, NOW + 1) == new


def test_indexes_leak_nothing() -> None:
    """After everything expired and made room, tables and indexes are as small as what lives."""
    store = MemoryStore(max_rows=100)
    owner = user()
    for _ in range(100):
        begun = logged_in(store, owner, expires_at=NOW + 10)
        granted(store, begun, not_after=NOW + 10)
    later = NOW + 10_000
    kept = session(owner, created_at=later, expires_at=later + 10)
    assert store.insert_session(kept, owner.password_hash, "")
    issued = code(kept, created_at=later, expires_at=later + 60, not_after=later + 10)
    store.insert_code(issued)
    store.redeem_code(redemption(issued, now=later))
    sizes = store.sizes()
    rows = {name: sizes[name] for name in ("sessions", "codes", "families", "sessions_of_user")}
    assert rows == {"sessions": 1, "codes": 1, "families": 1, "sessions_of_user": 1}
    assert {sizes[name] for name in ("families_of_user", "families_of_session", "families_of_client")} == {1}


def test_clients_and_users_are_bounded_too() -> None:
    """Every table has the bound."""
    store = MemoryStore(max_rows=1)
    store.insert_client(client("a"))
    with pytest.raises(StoreFull):
        store.insert_client(client("b"))
    store.insert_user(user())
    with pytest.raises(StoreFull):
        store.insert_user(user())
