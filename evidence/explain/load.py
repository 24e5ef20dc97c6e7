"""Fills a migrated database with N users, sessions, families and codes.

Everything about row number i follows from i, here and in `evidence.explain.keys`: keys are SHA-256 digests of a name
and the number, which are as random as any. The last digit of i decides what became of the row:

    digit  users       sessions  refresh_tokens  auth_codes
    0, 1   no e-mail,  ended     revoked         redeemed
           disabled
    2                  expired   expired         expired
    3, 4                                         open
    5-9                                          redeemed

A user has four sessions, far apart in the table. User 0 is a program that logs in and out all day: of every hundred
sessions one is its own, and all but one in a hundred of these have ended.

Rows are made by a COPY from a query on one connection and go into the table by a COPY on another, block by block; two
processes of the server work at a time. Indexes are built after the rows, as one does when loading in bulk.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

from evidence.connection import Copying, Parameters
from evidence.explain.keys import CLIENTS, NOW, REDIRECT_URI, SCOPES, owners
from evidence.explain.rebuild import put_indexes_back, take_indexes_away

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and of how much."""

CHUNK = 100_000
# Rows come one at a time; passed on one at a time they take a quarter longer.
_BLOCK = 200

_SCOPES = "'{" + ",".join(SCOPES) + "}'::text[]"
_DAY = "interval '1 day'"
_NOW = f"to_timestamp({NOW})"
_AGE = f"({_NOW} - {_DAY} * mod(i, 300) / 10)"
_SPAN = f"{_DAY} * (1 + mod(i, 300) / 10)"
_OWNER = "md5('user ' || CASE WHEN mod(i, 100) = 99 THEN 0 ELSE 1 + mod(i, %(owners)s) END)"
_LOGIN = f"{_OWNER}, sha256(('session ' || i)::bytea), {_SCOPES}, md5('nonce ' || i), '{{}}'::jsonb, {_AGE}, 'pwd', "
_LOGIN += "'{pwd}'::text[]"


@dataclass(frozen=True, slots=True)
class Table:
    """How a table is filled.

    Attributes:
        columns: As in COPY and INSERT.
        values: As in SELECT, of the row's number `i`.
        one_in: This share of N; 1 for all.
    """

    columns: str
    values: str
    one_in: int = 1

    def rows(self, total: int) -> int:
        return total // self.one_in

    def query(self) -> str:
        """Makes rows; takes the parameters that `numbers` gives."""
        return f"SELECT {self.values} FROM generate_series(%(low)s::bigint, %(high)s::bigint - 1) AS i"


TABLES = {
    "users": Table(
        "user_id, username, username_lower, email, password_hash, claims, disabled, created_at, updated_at",
        f"""md5('user ' || i), 'user' || i, 'user' || i,
        CASE WHEN mod(i, 10) > 0 THEN 'user' || i || '@example.com' END,
        '$argon2id$v=19$m=19456,t=2,p=1$' || left(md5('salt ' || i), 22) || '$'
            || left(encode(sha256(('password ' || i)::bytea), 'hex'), 43),
        jsonb_build_object('name', 'User ' || i, 'email', 'user' || i || '@example.com', 'email_verified', true),
        mod(i, 10) = 1, {_AGE}, {_AGE}""",
    ),
    "sessions": Table(
        "session_id, user_id, status, auth_time, acr, amr, created_at, expires_at",
        f"""sha256(('session ' || i)::bytea), {_OWNER},
        CASE WHEN mod(i, 10) < 2 OR (mod(i, 100) = 99 AND mod(i, 10000) < 9999) THEN 'ended' ELSE 'active' END,
        {_AGE}, 'pwd', '{{pwd}}'::text[], {_AGE},
        CASE WHEN mod(i, 10) = 2 THEN {_NOW} - interval '1 hour' ELSE {_NOW} + {_SPAN} END""",
    ),
    "refresh_tokens": Table(
        "family_id, client_id, client_epoch, user_id, session_id, scopes, nonce, requested_claims, auth_time, acr, "
        "amr, token_hash, generation, created_at, expires_at, previous_token_hash, rotated_at, revoked_at",
        f"""sha256(('family ' || i)::bytea), 'client-' || mod(i, {CLIENTS}), 0, {_LOGIN},
        sha256(('token ' || i)::bytea), mod(i, 20), {_AGE},
        CASE WHEN mod(i, 10) = 2 THEN {_NOW} - interval '1 hour' ELSE {_NOW} + {_SPAN} END,
        CASE WHEN mod(i, 20) > 0 THEN sha256(('previous ' || i)::bytea) END,
        CASE WHEN mod(i, 20) > 0 THEN {_NOW} - interval '10 minutes' END,
        CASE WHEN mod(i, 10) < 2 THEN {_NOW} - interval '1 hour' END""",
    ),
    "auth_codes": Table(
        "code, client_id, client_epoch, redirect_uri, code_challenge, user_id, session_id, scopes, nonce, "
        "requested_claims, auth_time, acr, amr, created_at, expires_at, not_after, family_id",
        f"""sha256(('code ' || i)::bytea), 'client-' || mod(i, {CLIENTS}), 0, '{REDIRECT_URI}',
        left(encode(sha256(('verifier ' || i)::bytea), 'hex'), 43), {_LOGIN}, {_NOW},
        {_NOW} + interval '1 second' * CASE WHEN mod(i, 10) = 2 THEN -1 ELSE 1 + mod(i, 60) END, 'infinity',
        CASE WHEN mod(i, 10) NOT IN (2, 3, 4) THEN sha256(('family ' || i)::bytea) END""",
    ),
    "revoked_access_tokens": Table("jti, expires_at", f"md5('jti ' || i), {_NOW} + {_SPAN}", one_in=10),
    "used_assertions": Table("assertion, expires_at", f"sha256(('used ' || i)::bytea), {_NOW} + {_SPAN}", one_in=10),
}

_CLIENTS = Table(
    "client_id, secret_hash, metadata, disabled, epoch, created_at",
    f"""'client-' || i, encode(sha256(('secret ' || i)::bytea), 'hex'), '{{"client_name": "An app"}}', false, 0,
        {_NOW}""",
)


def numbers(low: int, high: int, rows: int) -> Parameters:
    """The rows from one number up to another, of a table that is loaded with so many in all."""
    return {"low": low, "high": high, "owners": owners(rows)}


def load(source: Copying, target: Copying, rows: int, progress: Progress = lambda what, done, of: None) -> None:
    """Fills the tables of a migrated, empty database and vacuums and analyzes them.

    Args:
        source: To any database of the server; makes the rows.
        target: To the database to fill, in autocommit mode.
        rows: Of users, sessions, refresh_tokens and auth_codes each; the two tables of used ids have a tenth of that.
        progress: Called after each chunk.
    """
    copy_clients(source, target)
    for name in TABLES:
        load_table(source, target, name, rows, progress)
    target.execute("VACUUM (ANALYZE) clients")


def load_table(
    source: Copying, target: Copying, name: str, rows: int, progress: Progress = lambda what, done, of: None
) -> None:
    """Fills one table, which has to be empty."""
    total = TABLES[name].rows(rows)
    # VACUUM leaves pages alone whose last change has not reached the disk, and an index-only scan visits them.
    target.execute("SET synchronous_commit = on")
    indexes = take_indexes_away(target, name)
    for low in range(0, total, CHUNK):
        high = min(low + CHUNK, total)
        copy_rows(source, target, name, low, high, rows)
        progress(name, high, total)
    progress(f"{name}: indexes", 0, 0)
    put_indexes_back(target, name, indexes)
    progress(f"{name}: vacuum", 0, 0)
    target.execute(f"VACUUM (ANALYZE) {name}")


def copy_clients(source: Copying, target: Copying) -> None:
    """Adds the clients that families and codes name."""
    _copy(source, target, "clients", _CLIENTS, numbers(0, CLIENTS, 0))


def copy_rows(source: Copying, target: Copying, name: str, low: int, high: int, rows: int) -> None:
    """Adds some rows to a table; see `numbers`."""
    _copy(source, target, name, TABLES[name], numbers(low, high, rows))


def _copy(source: Copying, target: Copying, name: str, table: Table, parameters: Parameters) -> None:
    with (
        source.cursor().copy(f"COPY ({table.query()}) TO STDOUT", parameters) as made,
        target.cursor().copy(f"COPY {name} ({table.columns}) FROM STDIN") as taken,
    ):
        rows = iter(made)
        while block := b"".join(islice(rows, _BLOCK)):
            taken.write(block)
