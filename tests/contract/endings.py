"""All that must leave nothing alive of what a session of the client "web" gave."""

from collections.abc import Callable

from shared.records import Session
from shared.store import Store
from tests.contract.examples import NOW

ENDINGS: dict[str, Callable[[Store, Session], object]] = {
    "logout": lambda store, of: store.end_session(of.session_id, NOW + 10),
    "logout everywhere": lambda store, of: store.end_sessions_of_user(of.user_id, NOW + 10),
    "new password": lambda store, of: store.set_password(of.user_id, "new hash", NOW + 10),
    "user disabled": lambda store, of: store.disable_user(of.user_id, NOW + 10),
    "client disabled": lambda store, _: store.disable_client("web", NOW + 10),
}
