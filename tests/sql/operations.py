"""Every operation of the store, once, so that none can be forgotten."""

from collections.abc import Callable
from typing import Any

from shared.store import Store, SweptTable
from tests.contract.examples import (
    NOW,
    client,
    code,
    granted,
    key,
    logged_in,
    redemption,
    rotation,
    session,
    user,
)

Act = Callable[[], Any]


def _granted_code(store: Store) -> Any:
    issued = code(logged_in(store))
    store.insert_code(issued)
    return redemption(issued)


def _replacing_session(store: Store) -> Act:
    owner = user()
    previous = logged_in(store, owner)
    begun = session(owner)
    return lambda: store.insert_session(begun, owner.password_hash, previous.session_id)


def _known_user(store: Store) -> str:
    return logged_in(store).user_id


def _known_client(store: Store) -> str:
    made = client("known")
    if store.find_client(made.client_id) is None:
        store.insert_client(made)
    return made.client_id


def _new_session(store: Store) -> Act:
    owner = user()
    store.insert_user(owner)
    begun = session(owner)
    return lambda: store.insert_session(begun, owner.password_hash, "")


def _rotation(store: Store) -> Act:
    asked = rotation(granted(store))
    return lambda: store.rotate_refresh_token(asked).family


def _redemption(store: Store) -> Act:
    asked = _granted_code(store)
    return lambda: store.redeem_code(asked)


def _of(prepare: Callable[[Store], Any], act: Callable[[Store, Any], Any]) -> Callable[[Store], Act]:
    def made(store: Store) -> Act:
        value = prepare(store)
        return lambda: act(store, value)

    return made


def _nothing(store: Store) -> None:
    """Needs no preparation."""


OPERATIONS: dict[str, Callable[[Store], Act]] = {
    "insert_user": _of(lambda _: user(), lambda store, made: store.insert_user(made)),
    "find_user": _of(_known_user, lambda store, user_id: store.find_user(user_id)),
    "find_user_by_login": _of(_nothing, lambda store, _: store.find_user_by_login("ada@example.com")),
    "list_users": _of(_known_user, lambda store, _: store.list_users("", 10)),
    "update_claims": _of(_known_user, lambda store, user_id: store.update_claims(user_id, {"name": "Ada"}, NOW)),
    "set_password": _of(_known_user, lambda store, user_id: store.set_password(user_id, "new hash", NOW)),
    "upgrade_password_hash": _of(_known_user, lambda store, user_id: store.upgrade_password_hash(user_id, "hash", "x")),
    "disable_user": _of(_known_user, lambda store, user_id: store.disable_user(user_id, NOW)),
    "enable_user": _of(_known_user, lambda store, user_id: store.enable_user(user_id)),
    "insert_session": _new_session,
    "find_session": _of(logged_in, lambda store, begun: store.find_session(begun.session_id, NOW)),
    "check_session": _of(logged_in, lambda store, begun: store.check_session(begun.session_id, NOW)),
    "list_sessions": _of(_known_user, lambda store, user_id: store.list_sessions(user_id, NOW)),
    "end_session": _of(logged_in, lambda store, begun: store.end_session(begun.session_id, NOW)),
    "end_sessions_of_user": _of(_known_user, lambda store, user_id: store.end_sessions_of_user(user_id, NOW)),
    "insert_code": _of(lambda store: code(logged_in(store)), lambda store, made: store.insert_code(made)),
    "redeem_code": _redemption,
    "find_family": _of(granted, lambda store, family: store.find_family(family.family_id, NOW)),
    "find_refresh_token": _of(
        granted, lambda store, family: store.find_refresh_token(family.family_id, family.token_hash, NOW)
    ),
    "rotate_refresh_token": _rotation,
    "revoke_family": _of(granted, lambda store, family: store.revoke_family(family.family_id, NOW)),
    "revoke_access_token": _of(_nothing, lambda store, _: store.revoke_access_token("jti", NOW + 60, NOW)),
    "is_access_token_revoked": _of(_nothing, lambda store, _: store.is_access_token_revoked("jti")),
    "insert_client": _of(lambda _: client("brand new"), lambda store, made: store.insert_client(made)),
    "find_client": _of(_known_client, lambda store, client_id: store.find_client(client_id)),
    "list_clients": _of(_known_client, lambda store, _: store.list_clients("", 10)),
    "update_client": _of(_known_client, lambda store, client_id: store.update_client(client(client_id))),
    "set_client_secret": _of(_known_client, lambda store, client_id: store.set_client_secret(client_id, "hash")),
    "disable_client": _of(_known_client, lambda store, client_id: store.disable_client(client_id, NOW)),
    "enable_client": _of(_known_client, lambda store, client_id: store.enable_client(client_id)),
    "find_consent": _of(_nothing, lambda store, _: store.find_consent("ada", "web")),
    "grant_consent": _of(_nothing, lambda store, _: store.grant_consent("ada", "web", frozenset({"openid"}), NOW)),
    "use_assertion": _of(_nothing, lambda store, _: store.use_assertion("web", "once", NOW + 60, NOW)),
    "list_signing_keys": _of(_nothing, lambda store, _: store.list_signing_keys()),
    "replace_signing_keys": _of(_nothing, lambda store, _: store.replace_signing_keys([key("kid")], {})),
    "record_invalidations": _of(_nothing, lambda store, _: store.record_invalidations(["tag"])),
    "read_invalidations": _of(_nothing, lambda store, _: store.read_invalidations(None, 10)),
    "newest_version": _of(_nothing, lambda store, _: store.newest_version()),
    "sweep": _of(_nothing, lambda store, _: store.sweep(SweptTable.SESSIONS, NOW, 10)),
    "oldest_expired": _of(_nothing, lambda store, _: store.oldest_expired(SweptTable.SESSIONS, NOW)),
    "current_time": _of(_nothing, lambda store, _: store.current_time()),
    # Not a method of its own, but a way of its own.
    "insert_session in place of another": _replacing_session,
}
"""By name: what prepares the store, and gives the operation itself."""
