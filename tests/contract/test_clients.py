"""`ClientStore`, `ConsentStore`, `AssertionStore` and `KeyStore`."""

from dataclasses import replace
from functools import partial

import pytest

from shared.errors import ClientExists, ClientNotFound, InvalidGrant
from shared.store import Store
from tests.contract.examples import NOW, client, code, granted, key, logged_in, redemption
from tests.contract.races import ROUNDS, race


def test_a_client_is_registered_once(store: Store) -> None:
    """The id is taken then; ids are compared exactly."""
    web = client("web")
    store.insert_client(web)
    with pytest.raises(ClientExists):
        store.insert_client(replace(web, client_name="Other"))
    store.insert_client(client("WEB"))
    assert store.find_client("web") == web
    assert store.find_client("nothing") is None


def test_clients_are_listed_in_pages(store: Store) -> None:
    """By ascending id, compared by code point, after the id given, which need not exist."""
    names = ["A", "B", "_", "a", "a-b", "aB", "ab", "é"]
    for name in sorted(names, reverse=True):
        store.insert_client(client(name))
    assert [found.client_id for found in store.list_clients("", 100)] == names
    assert [found.client_id for found in store.list_clients("", 2)] == ["A", "B"]
    assert [found.client_id for found in store.list_clients("B", 2)] == ["_", "a"]
    assert [found.client_id for found in store.list_clients("a!", 1)] == ["a-b"]
    assert list(store.list_clients("é", 2)) == []


def test_one_of_many_registers_a_client(store: Store) -> None:
    """Of 32 threads with the same id one succeeds, and what it registered stays."""
    for number in range(ROUNDS):
        asked = [client(f"client-{number}", client_name=f"by {thread}") for thread in range(32)]
        answers = race(*[partial(store.insert_client, each) for each in asked])
        assert sum(isinstance(answer, ClientExists) for answer in answers) == 31
        assert store.find_client(f"client-{number}") == asked[answers.index(None)]


def test_an_update_keeps_what_is_not_a_setting(store: Store) -> None:
    """Secret, state, epoch and time of registration are no settings."""
    web = client("web")
    store.insert_client(web)
    store.disable_client("web", NOW)
    changed = replace(web, client_name="New", secret_hash="", created_at=0.0, epoch=7)
    stored = store.update_client(changed)
    assert stored == replace(web, client_name="New", disabled=True, epoch=1)
    assert store.find_client("web") == stored


def test_changes_to_no_client_are_refused(store: Store) -> None:
    """Every change names a registered client."""
    for change in (
        lambda: store.update_client(client("nothing")),
        lambda: store.set_client_secret("nothing", "hash"),
        lambda: store.disable_client("nothing", NOW),
        lambda: store.enable_client("nothing"),
    ):
        with pytest.raises(ClientNotFound):
            change()


def test_a_new_secret_replaces_the_old(store: Store) -> None:
    """Only its digest is stored."""
    store.insert_client(client("web"))
    store.set_client_secret("web", "new hash")
    found = store.find_client("web")
    assert found is not None
    assert found.secret_hash == "new hash"


def test_disabling_a_client_revokes_all_it_has(store: Store) -> None:
    """Its families die, its epoch rises once, and enabling brings nothing back."""
    store.insert_client(client("web"))
    family, foreign = granted(store), granted(store, client_id="other")
    store.disable_client("web", NOW + 5)
    store.disable_client("web", NOW + 5)
    store.enable_client("web")
    found = store.find_client("web")
    assert found is not None
    assert (found.disabled, found.epoch) == (False, 1)
    assert store.find_family(family.family_id, NOW + 6) is None
    assert store.find_family(foreign.family_id, NOW + 6) == foreign


def test_a_code_of_a_disabled_client_does_not_come_back(store: Store) -> None:
    """Issued before, presented after the client was enabled again: refused; another client's code is still good."""
    for client_id in ("web", "other"):
        store.insert_client(client(client_id))
    issued, foreign = (code(logged_in(store), client_id=client_id) for client_id in ("web", "other"))
    store.insert_code(issued)
    store.insert_code(foreign)
    store.disable_client("web", NOW)
    store.enable_client("web")
    with pytest.raises(InvalidGrant):
        store.redeem_code(redemption(issued))
    assert store.redeem_code(redemption(foreign)).client_id == "other"


def test_a_client_is_disabled_once_however_many_do_it(store: Store) -> None:
    """The epoch rises by one and not by the number of threads."""
    store.insert_client(client("web"))
    for epoch in range(1, 21):
        race(*[partial(store.disable_client, "web", NOW)] * 16)
        found = store.find_client("web")
        assert found is not None
        assert (found.disabled, found.epoch) == (True, epoch)
        store.enable_client("web")


def test_changes_of_different_kind_do_not_undo_each_other(store: Store) -> None:
    """Settings, secret and state are changed at the same moment; all changes are there in the end."""
    for number in range(ROUNDS):
        web = client(f"client-{number}")
        store.insert_client(web)
        race(
            partial(store.update_client, replace(web, client_name="New")),
            partial(store.set_client_secret, web.client_id, "new hash"),
            partial(store.disable_client, web.client_id, NOW),
        )
        expected = replace(web, client_name="New", secret_hash="new hash", disabled=True, epoch=1)
        assert store.find_client(web.client_id) == expected


def test_consents_given_at_once_are_all_remembered(store: Store) -> None:
    """No grant overwrites another."""
    for user in range(ROUNDS):
        scopes = [f"scope-{number}" for number in range(8)]
        race(*[partial(store.grant_consent, f"user-{user}", "web", frozenset({scope}), NOW) for scope in scopes])
        assert store.find_consent(f"user-{user}", "web") == set(scopes)


def test_consent_is_remembered_and_grows(store: Store) -> None:
    """For that user and that client only."""
    assert store.find_consent("ada", "web") == frozenset()
    store.grant_consent("ada", "web", frozenset({"openid"}), NOW)
    store.grant_consent("ada", "web", frozenset({"email"}), NOW)
    assert store.find_consent("ada", "web") == {"openid", "email"}
    assert store.find_consent("ada", "spa") == frozenset()
    assert store.find_consent("bob", "web") == frozenset()


def test_an_assertion_is_used_once(store: Store) -> None:
    """Of 32 threads with the same assertion one succeeds; another client's assertion is another one."""
    for number in range(ROUNDS):
        answers = race(*[partial(store.use_assertion, "web", f"jti-{number}", NOW + 60, NOW)] * 32)
        assert (answers.count(True), answers.count(False)) == (1, 31)
    assert store.use_assertion("other", "jti-0", NOW + 60, NOW)


def test_an_assertion_is_forgotten_when_it_expires(store: Store) -> None:
    """Not before that, and to the moment; the next of the same name is then a first use again."""
    assert store.use_assertion("web", "jti", NOW + 60, NOW)
    assert not store.use_assertion("web", "jti", NOW + 60, NOW + 59.9)
    assert store.use_assertion("web", "jti", NOW + 120, NOW + 60)
    assert not store.use_assertion("web", "jti", NOW + 120, NOW + 119.9)


def test_keys_are_added_and_retired_in_one_step(store: Store) -> None:
    """The newest comes first; retired ones stay listed with their time."""
    old, new = key("old"), key("new", created_at=NOW + 1)
    store.replace_signing_keys([old], {})
    store.replace_signing_keys([new], {"old": NOW + 100})
    assert list(store.list_signing_keys()) == [new, replace(old, retires_at=NOW + 100)]


def test_retiring_a_key_that_is_gone_is_no_obstacle(store: Store) -> None:
    """Another process may have swept it; the rest of the step is done."""
    old, new = key("old"), key("new", created_at=NOW + 1)
    store.replace_signing_keys([old], {})
    store.replace_signing_keys([new], {"gone": NOW + 100, "old": NOW + 100})
    assert list(store.list_signing_keys()) == [new, replace(old, retires_at=NOW + 100)]
