"""The hot statements: what serving asks PostgreSQL, and the statements of TR-6 as it has them."""

from collections.abc import Callable
from dataclasses import dataclass

from evidence.connection import Parameters
from evidence.explain import keys
from evidence.explain.keys import NOW, Keys, digest
from shared.store.postgres import access_tokens, clients, codes, families, sessions, users

TR6_EMAIL = "SELECT * FROM users WHERE lower(email) = lower(%(email)s)"
TR6_SESSIONS = "SELECT * FROM sessions WHERE user_id = %(user_id)s AND status = 'active'"
TR6_TOKEN = "SELECT * FROM refresh_tokens WHERE token_hash = %(token_hash)s AND revoked_at IS NULL"


@dataclass(frozen=True, slots=True)
class HotStatement:
    """A statement and what to ask it with.

    Attributes:
        name: For tests and files.
        title: What it is for.
        sql: With psycopg's named parameters.
        parameters: Values for a row chosen at random; one row is found, or changed.
        writes: Whether it changes anything: it is then run in a transaction that is taken back.
    """

    name: str
    title: str
    sql: str
    parameters: Callable[[Keys], Parameters]
    writes: bool = False


def _email(pick: Keys) -> Parameters:
    return {"email": f"User{pick.user()}@Example.com"}


def _sessions_of_user(pick: Keys) -> Parameters:
    return {"user_id": keys.user_id(pick.owner()), "now": NOW}


def _sessions(pick: Keys) -> Parameters:
    return {"session_id": digest("session", pick.live()), "now": NOW}


def _token(pick: Keys) -> Parameters:
    number = pick.live()
    return {"family_id": digest("family", number), "token_hash": digest("token", number), "now": NOW}


def _family(pick: Keys) -> Parameters:
    return {"family_id": digest("family", pick.live()), "now": NOW, "tag": "family:explain"}


def _rotation(pick: Keys) -> Parameters:
    number = pick.live()
    return {
        "family_id": digest("family", number),
        "token_hash": digest("token", number),
        "successor_hash": digest("token", pick.new()),
        "client_id": keys.client_id(number),
        "scopes": ["openid"],
        "now": NOW,
    }


def _new_session(pick: Keys) -> Parameters:
    number = pick.user()
    return {
        "session_id": digest("session", pick.new()),
        "user_id": keys.user_id(number),
        "password_hash": keys.password_hash(number),
        "acr": "pwd",
        "amr": ["pwd"],
        "auth_time": NOW,
        "created_at": NOW,
        "expires_at": NOW + 86400,
    }


def _new_code(pick: Keys) -> Parameters:
    number = pick.live()
    return {
        "code": digest("code", pick.new()),
        "client_id": keys.client_id(number),
        "redirect_uri": keys.REDIRECT_URI,
        "code_challenge": keys.code_challenge(number),
        "user_id": keys.user_id(pick.owner()),
        "session_id": digest("session", number),
        "scopes": list(keys.SCOPES),
        "nonce": "n-0S6_WzA2Mj",
        "requested_claims": "{}",
        "auth_time": NOW,
        "acr": "pwd",
        "amr": ["pwd"],
        "created_at": NOW,
        "expires_at": NOW + 60,
        "not_after": NOW + 86400,
    }


def _redemption(pick: Keys) -> Parameters:
    number = pick.open_code()
    return {
        "code": digest("code", number),
        "client_id": keys.client_id(number),
        "redirect_uri": keys.REDIRECT_URI,
        "code_challenge": keys.code_challenge(number),
        "family_id": digest("family", pick.new()),
        "token_hash": digest("token", pick.new()),
        "now": NOW,
        "expires_at": NOW + 86400,
    }


def _revocation(pick: Keys) -> Parameters:
    return {"jti": keys.jti(pick.new()), "expires_at": NOW + 600, "tag": "jti:explain"}


def _assertion(pick: Keys) -> Parameters:
    return {"assertion": digest("used", pick.new()), "expires_at": NOW + 600, "now": NOW}


HOT_STATEMENTS: tuple[HotStatement, ...] = (
    HotStatement("tr6_email", "TR-6: user by e-mail", TR6_EMAIL, _email),
    HotStatement("tr6_sessions_of_user", "TR-6: active sessions of a user", TR6_SESSIONS, _sessions_of_user),
    HotStatement("session_check", "check a session (TR-6 and serving)", sessions.CHECK, _sessions),
    HotStatement("tr6_token", "TR-6: token by its hash alone", TR6_TOKEN, _token),
    HotStatement(
        "login_by_email",
        "log in by e-mail",
        users.FIND_BY_LOGIN,
        lambda pick: {"login": f"user{pick.user()}@example.com"},
    ),
    HotStatement(
        "login_by_username", "log in by user name", users.FIND_BY_LOGIN, lambda pick: {"login": f"user{pick.user()}"}
    ),
    HotStatement("user", "user by id", users.FIND, lambda pick: {"user_id": keys.user_id(pick.user())}),
    HotStatement("client", "client by id", clients.FIND, lambda pick: {"client_id": keys.client_id(pick.new())}),
    HotStatement("session", "whole session by id", sessions.FIND, _sessions),
    HotStatement("sessions_of_user", "live sessions of a user", sessions.LIST_OF_USER, _sessions_of_user),
    HotStatement("session_insert", "begin a session", sessions.INSERT, _new_session, writes=True),
    HotStatement("code_insert", "issue a code", codes.INSERT, _new_code, writes=True),
    HotStatement("code_redeem", "redeem a code", codes.REDEEM, _redemption, writes=True),
    HotStatement("family", "family by id", families.FIND, _family),
    HotStatement("token", "refresh token by family and hash", families.FIND_BY_TOKEN, _token),
    HotStatement("token_rotate", "rotate a refresh token", families.ROTATE, _rotation, writes=True),
    HotStatement("family_revoke", "revoke a family", families.REVOKE, _family, writes=True),
    HotStatement("access_token_revoke", "revoke an access token", access_tokens.REVOKE, _revocation, writes=True),
    HotStatement(
        "access_token_revoked",
        "is an access token revoked?",
        access_tokens.IS_REVOKED,
        lambda pick: {"jti": keys.jti(pick.used())},
    ),
    HotStatement("assertion_use", "use a client assertion", access_tokens.USE_ASSERTION, _assertion, writes=True),
)
