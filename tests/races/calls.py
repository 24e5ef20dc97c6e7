"""What the races are about, as calls of the store."""

from collections.abc import Callable

from shared.records import AuthorizationCode, Family, Session
from tests.contract.examples import NOW, redemption, rotation
from tests.races.processes import Call

ENDINGS: dict[str, Callable[[Session], Call]] = {
    "logout": lambda of: Call("end_session", (of.session_id, NOW + 10)),
    "logout everywhere": lambda of: Call("end_sessions_of_user", (of.user_id, NOW + 10)),
    "new password": lambda of: Call("set_password", (of.user_id, "new hash", NOW + 10)),
    "user disabled": lambda of: Call("disable_user", (of.user_id, NOW + 10)),
    "client disabled": lambda _: Call("disable_client", ("web", NOW + 10)),
}
"""All that must leave nothing alive of what a session of the client "web" gave."""

LOGIN_ENDINGS = ("new password", "user disabled")
"""After these no login with the password before holds."""


def redeem(issued: AuthorizationCode, **changes: str) -> Call:
    return Call("redeem_code", (redemption(issued, **changes),))


def rotate(family: Family, **changes: str | float) -> Call:
    return Call("rotate_refresh_token", (rotation(family, **changes),))


def revoke(family: Family) -> Call:
    return Call("revoke_family", (family.family_id, NOW + 10))


def log_in(begun: Session, previous: Session | None = None) -> Call:
    return Call("insert_session", (begun, "hash", previous.session_id if previous else ""))
