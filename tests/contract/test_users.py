"""`UserStore`."""

import pytest

from shared.errors import UserExists, UserNotFound
from shared.records import User
from shared.store import Store
from tests.contract.examples import NOW, granted, logged_in, race, session, user


def test_a_user_is_found_by_id_name_and_address_in_any_case(store: Store) -> None:
    """Login names are compared without case; ids exactly."""
    ada = user("Ada", claims={"email": "Ada@Example.com"})
    store.insert_user(ada)
    assert store.find_user(ada.user_id) == ada
    for login in ("Ada", "aDA", "ada@example.COM"):
        assert store.find_user_by_login(login) == ada
    assert store.find_user("nobody") is None
    assert store.find_user_by_login("nobody") is None
    assert store.find_user_by_login("") is None


@pytest.mark.parametrize(
    ("username", "email"),
    [("ADA", ""), ("other", "ada@example.com"), ("ada@example.com", ""), ("other", "ADA")],
)
def test_names_and_addresses_share_one_name_space(store: Store, username: str, email: str) -> None:
    """A user name or address that any user has, as either, is taken, and nothing is added."""
    store.insert_user(user("Ada", claims={"email": "Ada@Example.com"}))
    second = user(username, claims={"email": email} if email else {})
    with pytest.raises(UserExists):
        store.insert_user(second)
    assert store.find_user(second.user_id) is None


def test_one_of_many_gets_a_name(store: Store) -> None:
    """Of 32 threads that create the same user name, one succeeds."""
    answers = race(32, lambda _: store.insert_user(user("ada")))
    assert [answer for answer in answers if answer is None] == [None]
    assert all(isinstance(answer, UserExists) for answer in answers if answer is not None)


def test_users_are_listed_in_pages(store: Store) -> None:
    """Pages follow the lower-case user name and begin after the name given."""
    for name in ("b", "A", "d", "C"):
        store.insert_user(user(name))
    assert [found.username for found in store.list_users("", 3)] == ["A", "b", "C"]
    assert [found.username for found in store.list_users("C", 3)] == ["d"]


def test_claims_are_replaced_and_the_old_address_is_free_again(store: Store) -> None:
    """An update replaces all claims, sets the time, and moves the address."""
    ada = user("ada", claims={"email": "old@example.com", "name": "Ada"})
    store.insert_user(ada)
    updated = store.update_claims(ada.user_id, {"email": "new@example.com"}, NOW + 5)
    assert (updated.claims, updated.updated_at) == ({"email": "new@example.com"}, NOW + 5)
    assert store.find_user(ada.user_id) == updated
    assert store.find_user_by_login("old@example.com") is None
    store.insert_user(user("other", claims={"email": "old@example.com"}))


def test_a_user_may_keep_the_address_but_not_take_another(store: Store) -> None:
    """Updating to one's own address works; to another user's it is refused and changes nothing."""
    ada, bob = user("ada", claims={"email": "ada@example.com"}), user("bob")
    store.insert_user(ada)
    store.insert_user(bob)
    store.update_claims(ada.user_id, {"email": "ADA@example.com"}, NOW)
    with pytest.raises(UserExists):
        store.update_claims(bob.user_id, {"email": "ada@example.com"}, NOW)
    assert store.find_user(bob.user_id) == bob


def test_a_hash_is_upgraded_only_if_it_is_still_the_one(store: Store) -> None:
    """A login that raises the cost of a hash ends nothing, and undoes no password that changed meanwhile."""
    begun = logged_in(store)
    assert store.upgrade_password_hash(begun.user_id, "hash", "costlier hash")
    assert store.find_session(begun.session_id, NOW + 1) == begun
    store.set_password(begun.user_id, "new hash", NOW + 2)
    assert not store.upgrade_password_hash(begun.user_id, "costlier hash", "costliest hash")
    assert not store.upgrade_password_hash("nobody", "hash", "costlier hash")
    found = store.find_user(begun.user_id)
    assert found is not None
    assert found.password_hash == "new hash"


def test_changes_to_nobody_are_refused(store: Store) -> None:
    """Every change names an existing user."""
    for change in (
        lambda: store.update_claims("nobody", {}, NOW),
        lambda: store.set_password("nobody", "hash", NOW),
        lambda: store.disable_user("nobody", NOW),
        lambda: store.enable_user("nobody"),
    ):
        with pytest.raises(UserNotFound):
            change()


@pytest.mark.parametrize("act", ["disable", "set password"])
def test_disabling_and_a_new_password_end_everything(store: Store, act: str) -> None:
    """Row 31: sessions end and families are revoked in the same step, the user's only, and the count is told."""
    owner = user()
    first, second, foreign = logged_in(store, owner), logged_in(store, owner), logged_in(store)
    family, foreign_family = granted(store, first), granted(store, foreign)
    ended = (
        store.disable_user(owner.user_id, NOW + 5)
        if act == "disable"
        else store.set_password(owner.user_id, "new hash", NOW + 5)
    )
    assert ended == 2
    assert store.list_sessions(owner.user_id, NOW + 5) == []
    assert store.find_session(second.session_id, NOW + 5) is None
    assert store.find_family(family.family_id, NOW + 5) is None
    assert store.find_session(foreign.session_id, NOW + 5) == foreign
    assert store.find_family(foreign_family.family_id, NOW + 5) == foreign_family


def test_enabling_brings_nothing_back(store: Store) -> None:
    """A user who is enabled again has to log in again."""
    begun = logged_in(store)
    family = granted(store, begun)
    store.disable_user(begun.user_id, NOW + 5)
    assert store.disable_user(begun.user_id, NOW + 5) == 0
    store.enable_user(begun.user_id)
    found = store.find_user(begun.user_id)
    assert found is not None
    assert not found.disabled
    assert store.find_session(begun.session_id, NOW + 6) is None
    assert store.find_family(family.family_id, NOW + 6) is None


def test_no_session_outlives_a_disable_that_raced_its_login(store: Store) -> None:
    """However logins and a disable interleave, no live session is left."""
    for _ in range(50):
        owner = user()
        store.insert_user(owner)

        def disable_or_log_in(number: int, owner: User = owner) -> object:
            if number == 0:
                return store.disable_user(owner.user_id, NOW)
            return store.insert_session(session(owner), owner.password_hash, "")

        race(4, disable_or_log_in)
        assert store.list_sessions(owner.user_id, NOW + 1) == []
