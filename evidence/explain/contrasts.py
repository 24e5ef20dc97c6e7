"""The plane's indexes beside other ways: plans before and after each index, and the anti-patterns of TR-6."""

from collections.abc import Callable
from dataclasses import dataclass

from evidence.connection import Parameters
from evidence.explain import keys
from evidence.explain.keys import NOW, Keys, digest
from evidence.explain.statements import TR6_EMAIL, TR6_SESSIONS, TR6_TOKEN
from shared.store.postgres import sessions


@dataclass(frozen=True, slots=True)
class Way:
    """One way.

    Attributes:
        changes: What makes the schema so.
        indexes: Those whose size matters.
    """

    label: str
    sql: str
    changes: tuple[str, ...] = ()
    indexes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Contrast:
    """Ways to ask for the same rows; the first is what the plane does."""

    title: str
    lesson: str
    parameters: Callable[[Keys], Parameters]
    ways: tuple[Way, ...]


_CODE = "SELECT * FROM auth_codes WHERE code = %(code)s AND expires_at > to_timestamp(%(now)s)"
_NO_EMAIL = "DROP INDEX idx_users_email_lower"
_NO_PAIR = "DROP INDEX idx_sessions_user_status"
_NO_COVERING = "ALTER TABLE sessions DROP CONSTRAINT idx_sessions_covering"
_NO_CODE = "ALTER TABLE auth_codes DROP CONSTRAINT idx_codes_code_expires"
_NO_PARTIAL, _NO_FULL = "DROP INDEX idx_tokens_active", "DROP INDEX idx_tokens_hash_active"

_USER_SESSIONS = (
    Way("one index on (user_id, status)", TR6_SESSIONS, indexes=("idx_sessions_user_status",)),
    Way(
        "two indexes, on user_id and on status",
        TR6_SESSIONS,
        (
            _NO_PAIR,
            "CREATE INDEX idx_sessions_user ON sessions (user_id)",
            "CREATE INDEX idx_sessions_status ON sessions (status)",
        ),
        ("idx_sessions_user", "idx_sessions_status"),
    ),
    Way(
        "one index on user_id",
        TR6_SESSIONS,
        (_NO_PAIR, "CREATE INDEX idx_sessions_user ON sessions (user_id)"),
        ("idx_sessions_user",),
    ),
    Way("no index", TR6_SESSIONS, (_NO_PAIR,)),
)

CONTRASTS = (
    Contrast(
        "User by e-mail address in any case",
        "Only the very function that the index holds can use it. ILIKE is a pattern match, upper() another function, "
        "and an index on the bare column holds other values: each reads the whole table.",
        lambda pick: {"email": f"User{pick.user()}@Example.com"},
        (
            Way("lower(email), index on lower(email)", TR6_EMAIL, indexes=("idx_users_email_lower",)),
            Way("lower(email), no index", TR6_EMAIL, (_NO_EMAIL,)),
            Way(
                "lower(email), index on email",
                TR6_EMAIL,
                (_NO_EMAIL, "CREATE INDEX idx_users_email ON users (email)"),
                ("idx_users_email",),
            ),
            Way("ILIKE, index on lower(email)", "SELECT * FROM users WHERE email ILIKE %(email)s"),
            Way("upper(email), index on lower(email)", "SELECT * FROM users WHERE upper(email) = upper(%(email)s)"),
        ),
    ),
    Contrast(
        "Active sessions of a user who has four",
        "With two indexes PostgreSQL takes the one on user_id and filters: combining it with the one on status would "
        "read most of that index. The second index is only written, never read.",
        lambda pick: {"user_id": keys.user_id(pick.owner())},
        _USER_SESSIONS,
    ),
    Contrast(
        "Active sessions of a user who has one of every hundred, nearly all ended",
        "Here the second column matters: one index leads to the few active rows, where the index on user_id leads to "
        "all of that user's and each must be looked at.",
        lambda pick: {"user_id": keys.user_id(keys.BUSY_USER)},
        _USER_SESSIONS,
    ),
    Contrast(
        "Session validation",
        "The covering index answers alone. The plain one is smaller, and each check visits the table besides.",
        lambda pick: {"session_id": digest("session", pick.live())},
        (
            Way("covering: INCLUDE (user_id, expires_at, status)", sessions.CHECK, indexes=("idx_sessions_covering",)),
            Way(
                "plain: (session_id)",
                sessions.CHECK,
                (_NO_COVERING, "CREATE UNIQUE INDEX idx_sessions_sid ON sessions (session_id)"),
                ("idx_sessions_sid",),
            ),
            Way("no index", sessions.CHECK, (_NO_COVERING,)),
        ),
    ),
    Contrast(
        "Live refresh token by its hash alone",
        "The partial index leaves the revoked fifth out and has one column less. With both, PostgreSQL takes the "
        "partial one, and the full one is only written.",
        lambda pick: {"token_hash": digest("token", pick.live())},
        (
            Way("both indexes", TR6_TOKEN, indexes=("idx_tokens_active", "idx_tokens_hash_active")),
            Way("partial: WHERE revoked_at IS NULL", TR6_TOKEN, (_NO_FULL,), ("idx_tokens_active",)),
            Way("full: (token_hash, revoked_at)", TR6_TOKEN, (_NO_PARTIAL,), ("idx_tokens_hash_active",)),
            Way("no index", TR6_TOKEN, (_NO_PARTIAL, _NO_FULL)),
        ),
    ),
    Contrast(
        "Authorization code that has not expired",
        "A code is found by its digest, which one row has. The second column saves a look at the table for expired "
        "codes only, and makes each entry longer.",
        lambda pick: {"code": digest("code", pick.open_code()), "now": NOW},
        (
            Way("(code, expires_at)", _CODE, indexes=("idx_codes_code_expires",)),
            Way(
                "(code) alone",
                _CODE,
                (_NO_CODE, "CREATE UNIQUE INDEX idx_codes_code ON auth_codes (code)"),
                ("idx_codes_code",),
            ),
            Way("no index", _CODE, (_NO_CODE,)),
        ),
    ),
)
