"""`ClientStore`, `ConsentStore`, `AssertionStore` and `KeyStore`."""

from dataclasses import replace

import pytest

from shared.errors import ClientExists, ClientNotFound
from shared.store import Store
from tests.contract.examples import NOW, client, granted, key, race


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
    """By ascending id, after the id given."""
    for name in ("b", "a", "c"):
        store.insert_client(client(name))
    assert [found.client_id for found in store.list_clients("", 2)] == ["a", "b"]
    assert [found.client_id for found in store.list_clients("b", 2)] == ["c"]


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
    answers = race(32, lambda _: store.use_assertion("web", "jti", NOW + 60, NOW))
    assert answers.count(True) == 1
    assert answers.count(False) == 31
    assert store.use_assertion("other", "jti", NOW + 60, NOW)


def test_keys_are_added_and_retired_in_one_step(store: Store) -> None:
    """The newest comes first; retired ones stay listed with their time."""
    old, new = key("old"), key("new", created_at=NOW + 1)
    store.replace_signing_keys([old], {})
    store.replace_signing_keys([new], {"old": NOW + 100})
    assert list(store.list_signing_keys()) == [new, replace(old, retires_at=NOW + 100)]
