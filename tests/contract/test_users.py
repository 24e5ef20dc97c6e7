"""`UserStore`."""

from dataclasses import replace
from functools import partial

import pytest

from shared.errors import UserExists, UserNotFound
from shared.records import User
from shared.store import Store
from tests.contract.examples import NOW, granted, logged_in, session, user
from tests.contract.races import ROUNDS, race


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


def test_case_is_ignored_beyond_ascii(store: Store) -> None:
    """Names of people are not written in ASCII alone."""
    zoe = user("ZOË")
    store.insert_user(zoe)
    assert store.find_user_by_login("zoë") == zoe
    with pytest.raises(UserExists):
        store.insert_user(user("Zoë"))


def test_the_same_user_is_not_added_twice(store: Store) -> None:
    """Adding never overwrites what is there."""
    ada = user("ada")
    store.insert_user(ada)
    with pytest.raises(UserExists):
        store.insert_user(replace(ada, password_hash="other"))
    assert store.find_user(ada.user_id) == ada


def test_one_of_many_gets_a_name(store: Store) -> None:
    """Of 32 threads that want the same login name, as user name or as address, one succeeds."""
    for number in range(ROUNDS):
        name = f"ada-{number}@example.com"
        asked = [user(name) if odd else user(claims={"email": name}) for odd in [False, True] * 16]
        answers = race(*[partial(store.insert_user, each) for each in asked])
        assert sum(isinstance(answer, UserExists) for answer in answers) == 31
        assert store.find_user_by_login(name) == asked[answers.index(None)]


def test_one_of_many_gets_an_address(store: Store) -> None:
    """Of 16 users who change to the same address at once, one succeeds; the others keep theirs."""
    users = [user(claims={"email": f"old-{number}@example.com"}) for number in range(16)]
    for each in users:
        store.insert_user(each)
    for turn in range(ROUNDS):
        email = f"new-{turn}@example.com"
        answers = race(*[partial(store.update_claims, each.user_id, {"email": email}, NOW) for each in users])
        assert sum(isinstance(answer, UserExists) for answer in answers) == 15
        winner = next(answer for answer in answers if isinstance(answer, User))
        assert store.find_user_by_login(email) == winner
        assert [found.email for found in store.list_users("", 100)].count(email) == 1


def test_users_are_listed_in_pages(store: Store) -> None:
    """By lower-case user name, compared by code point, after the name given, which need not exist."""
    names = ["-x", "A", "a-b", "a_b", "aB", "b", "C", "é"]
    for name in reversed(names):
        store.insert_user(user(name))
    assert [found.username for found in store.list_users("", 100)] == names
    assert [found.username for found in store.list_users("", 3)] == ["-x", "A", "a-b"]
    assert [found.username for found in store.list_users("B", 3)] == ["C", "é"]
    assert [found.username for found in store.list_users("a!", 1)] == ["a-b"]
    assert list(store.list_users("é", 3)) == []


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
    found = store.find_user_by_login(owner.username)
    assert found is not None
    assert (found.disabled, found.password_hash) == ((True, "hash") if act == "disable" else (False, "new hash"))
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


@pytest.mark.parametrize("act", ["disable", "set password"])
def test_no_session_outlives_a_change_that_raced_its_login(store: Store, act: str) -> None:
    """However logins with the old password and the change interleave, no live session is left."""
    for _ in range(ROUNDS):
        owner = user()
        store.insert_user(owner)
        changes = {
            "disable": partial(store.disable_user, owner.user_id, NOW),
            "set password": partial(store.set_password, owner.user_id, "new hash", NOW),
        }
        logins = [partial(store.insert_session, session(owner), owner.password_hash, "") for _ in range(3)]
        race(changes[act], *logins)
        assert store.list_sessions(owner.user_id, NOW + 1) == []


def test_one_of_many_upgrades_a_hash(store: Store) -> None:
    """None of them undoes a change of the password, whichever came first."""
    for _ in range(ROUNDS):
        owner = user()
        store.insert_user(owner)
        upgrades = [partial(store.upgrade_password_hash, owner.user_id, "hash", f"hash-{n}") for n in range(4)]
        assert race(*upgrades).count(True) == 1
        race(partial(store.set_password, owner.user_id, "new hash", NOW), *upgrades)
        found = store.find_user(owner.user_id)
        assert found is not None
        assert found.password_hash == "new hash"
