"""What only the store in memory promises: a bound, and refusal at it."""

import tracemalloc
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.errors import StoreFull
from shared.store import Store
from shared.store.memory import MemoryStore
from shared.store.memory.table import RECLAIMED_PER_INSERT, Table
from tests.contract.examples import NOW, client, code, granted, key, logged_in, redemption, session, user


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
    """After everything expired and was reclaimed, tables and indexes are as small as what lives."""
    store = MemoryStore(max_rows=1000)
    owners = [user() for _ in range(10)]
    for owner in owners * 20:
        begun = logged_in(store, owner, expires_at=NOW + 10)
        granted(store, begun, client_id=owner.user_id, not_after=NOW + 10)
        store.revoke_access_token(begun.session_id, NOW + 10, NOW)
        store.use_assertion("web", begun.session_id, NOW + 10, NOW)
    full = store.sizes()
    assert (full["sessions"], full["families"], full["families_of_session"]) == (200, 200, 200)
    later, kept_by = NOW + 10_000, owners[0]
    for number in range(200 // RECLAIMED_PER_INSERT + 1):
        kept = session(kept_by, created_at=later, expires_at=later + 10)
        assert store.insert_session(kept, kept_by.password_hash, "")
        issued = code(kept, created_at=later, expires_at=later + 60, not_after=later + 10)
        store.insert_code(issued)
        family = store.redeem_code(redemption(issued, now=later))
        store.revoke_family(family.family_id, later)
        store.end_session(kept.session_id, later)
        store.revoke_access_token(f"jti-{number}", later, later)
        store.use_assertion("web", f"jti-{number}", later, later)
    sizes = store.sizes()
    gone = ("sessions", "sessions_of_user", "families", "families_of_user", "families_of_session", "families_of_client")
    assert {name: sizes[name] for name in gone} == dict.fromkeys(gone, 0)
    assert max(sizes[name] for name in ("codes", "revoked_access_tokens", "assertions")) <= 26


def test_an_old_address_leaves_no_login_behind() -> None:
    """The index of login names holds the names that are used now."""
    store = MemoryStore()
    ada = user("ada", claims={"email": "ada@example.com"})
    store.insert_user(ada)
    for number in range(100):
        store.update_claims(ada.user_id, {"email": f"ada-{number}@example.com"}, NOW)
    assert store.sizes()["logins"] == 2
    store.update_claims(ada.user_id, {}, NOW)
    assert store.sizes()["logins"] == 1


def test_one_insert_reclaims_a_few_rows_only() -> None:
    """However much has expired, nobody waits for all of it to be removed."""
    store = MemoryStore(max_rows=1000)
    owner = user()
    for _ in range(1000):
        logged_in(store, owner, expires_at=NOW + 10)
    later = session(owner, created_at=NOW + 10, expires_at=NOW + 20)
    assert store.insert_session(later, owner.password_hash, "")
    assert store.sizes()["sessions"] == 1000 - RECLAIMED_PER_INSERT + 1


def test_rows_removed_before_they_expired_do_not_hide_those_that_expired() -> None:
    """A full table makes room, however many outdated entries come first in the order of expiry."""
    table: Table[int] = Table("numbers", max_rows=10)
    for number in range(50):
        table.insert("removed", number, NOW + number / 100, NOW)
        table.remove("removed")
    for number in range(10):
        table.insert(f"key-{number}", number, NOW + 10, NOW)
    table.insert("new", 0, NOW + 20, NOW + 10)
    assert table.lives("new", NOW + 10)


def test_what_was_removed_leaves_no_trace_in_the_order_of_expiry() -> None:
    """Logins that end by logout do not pile up until they would have expired."""
    table: Table[int] = Table("numbers", max_rows=10)
    tracemalloc.start()
    for number in range(10_000):
        table.insert(f"key-{number}", number, NOW + 10**6, NOW)
        table.remove(f"key-{number}")
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(table) == 0
    assert kept < 100_000


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["insert", "remove", "wait"]), st.integers(0, 9), st.integers(0, 5))))
def test_a_table_agrees_with_a_plain_model(steps: list[tuple[str, int, int]]) -> None:
    """Whatever is added, replaced or removed: what lives is there, the bound holds, and refusal means all rows live."""
    table: Table[int] = Table("numbers", max_rows=4)
    model: dict[str, float] = {}
    now = 0.0
    for step, number, seconds in steps:
        key = f"key-{number}"
        model = {each: expires_at for each, expires_at in model.items() if now < expires_at}
        if step == "wait":
            now += seconds
        elif step == "remove":
            table.remove(key)
            model.pop(key, None)
        elif key in model or len(model) < 4:
            table.insert(key, number, now + seconds, now)
            model[key] = now + seconds
        else:
            with pytest.raises(StoreFull):
                table.insert(key, number, now + seconds, now)
        assert len(table) <= 4
        assert {f"key-{each}" for each in range(10) if table.lives(f"key-{each}", now)} == {
            each for each, expires_at in model.items() if now < expires_at
        }


def test_every_table_is_bounded() -> None:
    """The second row of each is refused while the first one lives."""
    store = MemoryStore(max_rows=1)
    begun = logged_in(store)
    adds: list[Callable[[int], object]] = [
        lambda number: store.insert_client(client(f"client-{number}")),
        lambda number: store.insert_code(code(begun, code_hash=f"code-{number}")),
        lambda number: store.revoke_access_token(f"jti-{number}", NOW + 60, NOW),
        lambda number: store.use_assertion("web", f"jti-{number}", NOW + 60, NOW),
        lambda number: store.grant_consent(f"user-{number}", "web", frozenset({"openid"}), NOW),
        lambda number: store.replace_signing_keys([key(f"kid-{number}")], {}),
    ]
    for add in adds:
        add(1)
        with pytest.raises(StoreFull):
            add(2)
    with pytest.raises(StoreFull):
        store.insert_user(user())
    assert store.find_client("client-2") is None
    assert not store.is_access_token_revoked("jti-2")
    assert store.find_consent("user-2", "web") == frozenset()
    assert [each.kid for each in store.list_signing_keys()] == ["kid-1"]


def test_a_full_table_still_takes_changes() -> None:
    """Only rows that are new need room: a consent may grow, and an address may change."""
    store = MemoryStore(max_rows=1)
    ada = user("ada")
    store.insert_user(ada)
    store.grant_consent(ada.user_id, "web", frozenset({"openid"}), NOW)
    store.grant_consent(ada.user_id, "web", frozenset({"email"}), NOW)
    store.update_claims(ada.user_id, {"email": "ada@example.com"}, NOW)
    assert store.find_consent(ada.user_id, "web") == {"openid", "email"}
    assert store.find_user_by_login("ada@example.com") is not None


def test_a_refused_user_leaves_the_name_free() -> None:
    """No trace of what was not added, in any index."""
    store = MemoryStore(max_rows=1)
    store.insert_user(user("ada"))
    with pytest.raises(StoreFull):
        store.insert_user(user("bob", claims={"email": "bob@example.com"}))
    assert store.find_user_by_login("bob") is None
    assert store.sizes()["logins"] == 1


def test_keys_are_added_all_or_not_at_all() -> None:
    """Without room for both, neither is added and nothing is retired."""
    store = MemoryStore(max_rows=2)
    old = key("old")
    store.replace_signing_keys([old], {})
    with pytest.raises(StoreFull):
        store.replace_signing_keys([key("one"), key("two")], {"old": NOW})
    assert list(store.list_signing_keys()) == [old]
