"""Authorization codes in PostgreSQL."""

from typing import Final, NoReturn

from psycopg.types.json import Jsonb

from shared.errors import CodeAlreadyUsed, InvalidGrant
from shared.records import AuthorizationCode, Family
from shared.store.contract import CodeRedemption
from shared.store.postgres.clients import epoch_of, good_epoch_of
from shared.store.postgres.database import Database
from shared.store.postgres.families import FAMILY_COLUMNS, revoke_family
from shared.store.postgres.group_commit import GroupCommit
from shared.store.postgres.transaction import Parameters
from shared.store.postgres.types import key

INSERT: Final = f"""
INSERT INTO auth_codes (code, client_id, client_epoch, redirect_uri, code_challenge, user_id, session_id, scopes, nonce,
    requested_claims, auth_time, acr, amr, created_at, expires_at, not_after)
VALUES (%(code)s, %(client_id)s, {epoch_of("%(client_id)s")}, %(redirect_uri)s, %(code_challenge)s, %(user_id)s,
    %(session_id)s, %(scopes)s::text[], %(nonce)s, %(requested_claims)s, to_timestamp(%(auth_time)s), %(acr)s,
    %(amr)s::text[], to_timestamp(%(created_at)s), to_timestamp(%(expires_at)s), to_timestamp(%(not_after)s))
"""

_FITS: Final = f"""
    code = %(code)s AND auth_codes.expires_at > to_timestamp(%(now)s) AND client_id = %(client_id)s
    AND redirect_uri = %(redirect_uri)s AND code_challenge = %(code_challenge)s
    AND client_epoch = {good_epoch_of("auth_codes.client_id")}
"""

# The session's row is locked against changes until this is committed: a logout waits, and revokes the new family too.
# Then the code's row decides who is first.
REDEEM: Final = f"""
WITH login AS (
    SELECT sessions.session_id FROM auth_codes JOIN sessions ON sessions.session_id = auth_codes.session_id
    WHERE {_FITS} AND family_id IS NULL AND status = 'active' AND sessions.expires_at > to_timestamp(%(now)s)
    FOR SHARE OF sessions
), consumed AS (
    UPDATE auth_codes SET family_id = %(family_id)s
    FROM login
    WHERE {_FITS} AND family_id IS NULL
    RETURNING auth_codes.*
)
INSERT INTO refresh_tokens ({FAMILY_COLUMNS}, client_epoch)
SELECT family_id, client_id, user_id, session_id, scopes, nonce, requested_claims, auth_time, acr, amr, %(token_hash)s,
    0, to_timestamp(%(now)s), least(to_timestamp(%(expires_at)s), not_after), client_epoch
FROM consumed
RETURNING {FAMILY_COLUMNS}
"""

_WHOSE: Final = f"SELECT family_id FROM auth_codes WHERE {_FITS}"


class PostgresCodes:
    """`CodeStore` in PostgreSQL."""

    def __init__(self, database: Database, together: GroupCommit) -> None:
        self._database = database
        self._together = together

    def insert_code(self, code: AuthorizationCode) -> None:
        self._database.count(INSERT, _values(code))

    def redeem_code(self, redemption: CodeRedemption) -> Family:
        values = redemption_values(redemption)
        row = self._database.one(REDEEM, values)
        if row is None:
            self._refuse(values, redemption.now)
        return Family(*row)

    def _refuse(self, values: Parameters, now: float) -> NoReturn:
        row = self._database.one(_WHOSE, values)
        if row is None:
            raise InvalidGrant("the authorization code is not valid")
        (family_id,) = row
        if family_id is None:
            raise InvalidGrant("the login session behind the authorization code has ended")
        self._together.run(lambda transaction: revoke_family(transaction, family_id, now))
        raise CodeAlreadyUsed("the authorization code was redeemed before; what it gave is revoked")


def _values(code: AuthorizationCode) -> Parameters:
    return {
        "code": bytes.fromhex(code.code_hash),
        "client_id": code.client_id,
        "redirect_uri": code.redirect_uri,
        "code_challenge": code.code_challenge,
        "user_id": code.user_id,
        "session_id": bytes.fromhex(code.session_id),
        "scopes": list(code.scopes),
        "nonce": code.nonce,
        "requested_claims": Jsonb(dict(code.requested_claims)),
        "auth_time": code.auth_time,
        "acr": code.acr,
        "amr": list(code.amr),
        "created_at": code.created_at,
        "expires_at": code.expires_at,
        "not_after": code.not_after,
    }


def redemption_values(redemption: CodeRedemption) -> Parameters:
    return {
        "code": key(redemption.code_hash),
        "client_id": redemption.client_id,
        "redirect_uri": redemption.redirect_uri,
        "code_challenge": redemption.code_challenge,
        "family_id": bytes.fromhex(redemption.family_id),
        "token_hash": bytes.fromhex(redemption.token_hash),
        "now": redemption.now,
        "expires_at": redemption.now + redemption.lifetime,
    }
