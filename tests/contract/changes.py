"""Everything that has to be logged: how to bring it about, and its tag."""

from collections.abc import Callable
from typing import Any

from shared.store import Store
from tests.contract.examples import NOW, client, code, granted, logged_in, redemption, rotation, session, user

Change = Callable[[Store], tuple[Callable[[], Any], str]]


def _of_session(store: Store) -> tuple[Callable[[], Any], str]:
    begun = logged_in(store)
    return lambda: store.end_session(begun.session_id, NOW), f"session:{begun.session_id}"


def _replaced(store: Store) -> tuple[Callable[[], Any], str]:
    owner = user()
    begun = logged_in(store, owner)
    return lambda: store.insert_session(session(owner), "hash", begun.session_id), f"session:{begun.session_id}"


def _of_user(act: Callable[[Store, str], Any]) -> Change:
    def made(store: Store) -> tuple[Callable[[], Any], str]:
        user_id = logged_in(store).user_id
        return lambda: act(store, user_id), f"user:{user_id}"

    return made


def _of_client(act: Callable[[Store], Any]) -> Change:
    def made(store: Store) -> tuple[Callable[[], Any], str]:
        store.insert_client(client("web"))
        return lambda: act(store), "client:web"

    return made


def _created(store: Store) -> tuple[Callable[[], Any], str]:
    new = user()
    return lambda: store.insert_user(new), f"user:{new.user_id}"


def _revoked(store: Store) -> tuple[Callable[[], Any], str]:
    family = granted(store)
    return lambda: store.revoke_family(family.family_id, NOW), f"family:{family.family_id}"


def _reused(store: Store) -> tuple[Callable[[], Any], str]:
    family = granted(store)
    store.rotate_refresh_token(rotation(family))
    return lambda: store.rotate_refresh_token(rotation(family, now=NOW + 999)).family, f"family:{family.family_id}"


def _replayed(store: Store) -> tuple[Callable[[], Any], str]:
    issued = code(logged_in(store))
    store.insert_code(issued)
    family = store.redeem_code(redemption(issued))
    return lambda: store.redeem_code(redemption(issued)), f"family:{family.family_id}"


CHANGES: dict[str, Change] = {
    "logout": _of_session,
    "login in place of another": _replaced,
    "logout everywhere": _of_user(lambda store, user_id: store.end_sessions_of_user(user_id, NOW)),
    "password change": _of_user(lambda store, user_id: store.set_password(user_id, "new", NOW)),
    "password hash upgraded": _of_user(lambda store, user_id: store.upgrade_password_hash(user_id, "hash", "new")),
    "user disabled": _of_user(lambda store, user_id: store.disable_user(user_id, NOW)),
    "user enabled": _of_user(lambda store, user_id: store.enable_user(user_id)),
    "user created": _created,
    "profile change": _of_user(lambda store, user_id: store.update_claims(user_id, {"name": "Ada"}, NOW)),
    "family revoked": _revoked,
    "refresh token reused": _reused,
    "code replayed": _replayed,
    "access token revoked": lambda store: (lambda: store.revoke_access_token("x", NOW + 60, NOW), "jti:x"),
    "client registered": lambda store: (lambda: store.insert_client(client("web")), "client:web"),
    "client disabled": _of_client(lambda store: store.disable_client("web", NOW)),
    "client enabled": _of_client(lambda store: store.enable_client("web")),
    "client secret replaced": _of_client(lambda store: store.set_client_secret("web", "new")),
    "client changed": _of_client(lambda store: store.update_client(client("web"))),
    "consent granted": lambda store: (
        lambda: store.grant_consent("ada", "web", frozenset({"openid"}), NOW),
        "consent:ada:web",
    ),
    "keys replaced": lambda store: (lambda: store.replace_signing_keys([], {}), "keys"),
    "housekeeping": lambda store: (lambda: store.record_invalidations(["token:x"]), "token:x"),
}
