"""Rows to be swept, made by the server itself."""

from typing import Any

import psycopg

# The number of a row says when it expired, spread over 900 seconds, and not in the order of the table.
_END = "to_timestamp(%(end)s - mod(n * 7919, 900))"

_ROWS = {
    "sessions": f"""
INSERT INTO sessions (session_id, user_id, status, auth_time, acr, amr, created_at, expires_at)
SELECT sha256(('swept session ' || n)::bytea), 'swept ' || mod(n, 100000), 'ended', {_END}, '1', '{{pwd}}', {_END},
    {_END}""",
    "auth_codes": f"""
INSERT INTO auth_codes (code, client_id, client_epoch, redirect_uri, code_challenge, user_id, session_id, scopes, nonce,
    requested_claims, auth_time, acr, amr, created_at, expires_at, not_after)
SELECT sha256(('swept code ' || n)::bytea), 'swept', 0, 'https://web.example/callback', 'challenge',
    'swept ' || mod(n, 100000), sha256(('swept session ' || n)::bytea), '{{openid}}', 'nonce', '{{}}', {_END}, '1',
    '{{pwd}}', {_END}, {_END}, 'infinity'""",
    "refresh_tokens": f"""
INSERT INTO refresh_tokens (family_id, client_id, client_epoch, user_id, session_id, scopes, nonce, requested_claims,
    auth_time, acr, amr, token_hash, generation, created_at, expires_at, revoked_at)
SELECT sha256(('swept family ' || n)::bytea), 'swept', 0, 'swept ' || mod(n, 100000),
    sha256(('swept session ' || n)::bytea), '{{openid}}', 'nonce', '{{}}', {_END}, '1', '{{pwd}}',
    sha256(('swept token ' || n)::bytea), 0, {_END}, {_END}, CASE WHEN mod(n, 2) = 0 THEN {_END} END""",
    "revoked_access_tokens": f"""
INSERT INTO revoked_access_tokens (jti, expires_at) SELECT 'swept ' || n, {_END}""",
    "used_assertions": f"""
INSERT INTO used_assertions (assertion, expires_at) SELECT sha256(('swept ' || n)::bytea), {_END}""",
}

_VERSIONS = """
WITH newest AS (
    UPDATE store_version SET version = version + %(count)s RETURNING version - %(count)s AS before
)
INSERT INTO invalidations (version, tag, recorded_at)
SELECT before + 1 + n - %(first)s, 'swept:' || n, to_timestamp(%(end)s - 900 + 900.0 * (n - %(first)s) / %(count)s)
FROM newest, generate_series(%(first)s::bigint, %(first)s::bigint + %(count)s - 1) AS n
"""

SHARES = {"sessions": 0.4, "refresh_tokens": 0.3, "auth_codes": 0.2, "revoked_access_tokens": 0.05}
"""What a plane leaves behind, roughly; the rest is used assertions."""


def add_rows(connection: psycopg.Connection[Any], table: str, count: int, end: float, first: int = 0) -> None:
    """Adds so many rows that have expired by `end`, within the 900 seconds before.

    Args:
        first: The number of the first one, which no other may have.
    """
    values = {"count": count, "end": end, "first": first}
    if table == "invalidations":
        connection.execute(_VERSIONS.encode(), values)
        return
    series = "FROM generate_series(%(first)s::bigint, %(first)s::bigint + %(count)s - 1) AS n"
    connection.execute(f"{_ROWS[table]}\n{series}".encode(), values)


def add_backlog(connection: psycopg.Connection[Any], total: int, end: float) -> dict[str, int]:
    """Adds so many rows in all, in the shares above; returns how many each table got."""
    counts = {table: int(total * share) for table, share in SHARES.items()}
    counts["used_assertions"] = total - sum(counts.values())
    for table, count in counts.items():
        add_rows(connection, table, count, end)
    return counts
