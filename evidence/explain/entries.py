"""How many bytes an entry of an index takes: built and grown, with more and fewer revoked tokens."""

from evidence.connection import Connection
from evidence.explain.small_figures import EntryFigures, ShareFigures

_PLAIN = "(session_id)"
_INDEXES = {
    "sessions (session_id)": ("sessions", _PLAIN),
    "sessions (session_id) INCLUDE (user_id, expires_at, status)": (
        "sessions",
        f"{_PLAIN} INCLUDE (user_id, expires_at, status)",
    ),
    "sessions (user_id, status)": ("sessions", "(user_id, status)"),
    "users (lower(email))": ("users", "(lower(email))"),
    "refresh_tokens (token_hash) WHERE revoked_at IS NULL": (
        "refresh_tokens",
        "(token_hash) WHERE revoked_at IS NULL",
    ),
    "refresh_tokens (token_hash, revoked_at)": ("refresh_tokens", "(token_hash, revoked_at)"),
    "auth_codes (code)": ("auth_codes", "(code)"),
    "auth_codes (code, expires_at)": ("auth_codes", "(code, expires_at)"),
}
_SHARES = (0, 10, 20, 50, 80)
_SIZE = "SELECT pg_relation_size('measured'::regclass), reltuples::bigint FROM pg_class WHERE relname = 'measured'"


def entry_sizes(connection: Connection) -> tuple[EntryFigures, ...]:
    """Indexes of a loaded database, on copies of its tables."""
    return tuple(_entry(connection, label, table, index) for label, (table, index) in _INDEXES.items())


def _entry(connection: Connection, label: str, table: str, index: str) -> EntryFigures:
    connection.execute(f"CREATE TABLE copied (LIKE {table})")
    connection.execute(f"INSERT INTO copied SELECT * FROM {table}")
    connection.execute(f"CREATE INDEX measured ON copied {index}")
    built, entries = connection.execute(_SIZE).fetchone()
    connection.execute("TRUNCATE copied")
    connection.execute(f"INSERT INTO copied SELECT * FROM {table}")
    grown, _ = connection.execute(_SIZE).fetchone()
    connection.execute("DROP TABLE copied")
    return EntryFigures(label, entries, built / max(entries, 1), grown / max(entries, 1))


def share_sizes(connection: Connection, rows: int) -> tuple[ShareFigures, ...]:
    """The partial and the full index on a token's hash, by the share of tokens that are revoked."""
    return tuple(_share(connection, rows, percent) for percent in _SHARES)


def _share(connection: Connection, rows: int, percent: int) -> ShareFigures:
    connection.execute("CREATE TABLE copied (token_hash bytea NOT NULL, revoked_at timestamptz)")
    connection.execute(
        "INSERT INTO copied SELECT sha256(i::text::bytea), CASE WHEN mod(i, 100) < %(percent)s THEN now() END "
        "FROM generate_series(1, %(rows)s::integer) AS i",
        {"rows": rows, "percent": percent},
    )
    connection.execute("CREATE INDEX measured ON copied (token_hash) WHERE revoked_at IS NULL")
    partial, _ = connection.execute(_SIZE).fetchone()
    connection.execute("DROP INDEX measured")
    connection.execute("CREATE INDEX measured ON copied (token_hash, revoked_at)")
    full, _ = connection.execute(_SIZE).fetchone()
    connection.execute("DROP TABLE copied")
    return ShareFigures(percent / 100, partial, full)
