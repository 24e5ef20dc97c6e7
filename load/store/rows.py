"""Rows to work on, made by the server itself."""

import hashlib
from collections.abc import Iterator

from shared.store import CodeRedemption, Rotation
from shared.store.postgres.scratch import ScratchDatabase

NOW = 1_800_000_000.0
LIFETIME = 86_400.0

_FILL = """
INSERT INTO sessions (session_id, user_id, status, auth_time, acr, amr, created_at, expires_at)
SELECT sha256(convert_to('session ' || n, 'UTF8')), 'user ' || n, 'active', at, '1', '{pwd}', at, at + interval '1 day'
FROM generate_series(0, %(last)s) AS n, to_timestamp(%(now)s) AS at;

INSERT INTO refresh_tokens (family_id, client_id, client_epoch, user_id, session_id, scopes, nonce, requested_claims,
    auth_time, acr, amr, token_hash, generation, created_at, expires_at)
SELECT sha256(convert_to('family ' || n, 'UTF8')), 'web', 0, 'user ' || n, sha256(convert_to('session ' || n, 'UTF8')),
    '{openid,email}', 'nonce', '{}', at, '1', '{pwd}', sha256(convert_to('token ' || n, 'UTF8')), 0, at,
    at + interval '1 day'
FROM generate_series(0, %(last)s) AS n, to_timestamp(%(now)s) AS at;

INSERT INTO auth_codes (code, client_id, client_epoch, redirect_uri, code_challenge, user_id, session_id, scopes, nonce,
    requested_claims, auth_time, acr, amr, created_at, expires_at, not_after)
SELECT sha256(convert_to('code ' || n, 'UTF8')), 'web', 0, 'https://web.example/callback', 'challenge', 'user ' || n,
    sha256(convert_to('session ' || n, 'UTF8')), '{openid,email}', 'nonce', '{}', at, '1', '{pwd}', at,
    at + interval '1 day', 'infinity'
FROM generate_series(0, %(last)s) AS n, to_timestamp(%(now)s) AS at;
"""


def fill(scratch: ScratchDatabase, count: int) -> None:
    """Adds so many sessions, each with a family and a code."""
    with scratch.connect() as connection:
        for statement in _FILL.split(";\n"):
            if statement.strip():
                connection.execute(statement.encode(), {"last": count - 1, "now": NOW})
        connection.execute("VACUUM ANALYZE")


def session_ids(count: int) -> Iterator[str]:
    """Sessions; each any number of times."""
    while True:
        yield from (_digest(f"session {number}") for number in range(count))


def rotations(count: int) -> Iterator[Rotation]:
    """A rotation of each family."""
    for number in range(count):
        yield Rotation(
            family_id=_digest(f"family {number}"),
            token_hash=_digest(f"token {number}"),
            generation=0,
            client_id="web",
            scopes=("openid",),
            successor_hash=_digest(f"successor {number}"),
            grace=10.0,
            now=NOW + 1,
        )


def redemptions(count: int) -> Iterator[CodeRedemption]:
    """A redemption of each code."""
    for number in range(count):
        yield CodeRedemption(
            code_hash=_digest(f"code {number}"),
            client_id="web",
            redirect_uri="https://web.example/callback",
            code_challenge="challenge",
            family_id=_digest(f"new family {number}"),
            token_hash=_digest(f"new token {number}"),
            lifetime=LIFETIME,
            now=NOW + 1,
        )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
