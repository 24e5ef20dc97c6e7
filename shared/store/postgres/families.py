"""Families and their refresh tokens in PostgreSQL."""

from typing import Final

from shared.errors import InvalidGrant, RefreshTokenRaced, RefreshTokenReused
from shared.records import Family
from shared.store.contract import Rotated, Rotation
from shared.store.postgres.clients import good_epoch_of
from shared.store.postgres.database import Database
from shared.store.postgres.group_commit import GroupCommit
from shared.store.postgres.transaction import Parameters, Transaction
from shared.store.postgres.types import key
from shared.store.rotation import FamilyState, Outcome, judge
from shared.store.tags import family_tag

FAMILY_COLUMNS: Final = (
    "family_id, client_id, user_id, session_id, scopes, nonce, requested_claims, auth_time, acr, amr, token_hash, "
    "generation, created_at, expires_at"
)

_IS_ALLOWED: Final = f"client_epoch = {good_epoch_of('refresh_tokens.client_id')}"
_LIVES: Final = f"revoked_at IS NULL AND expires_at > to_timestamp(%(now)s) AND {_IS_ALLOWED}"

FIND: Final = f"SELECT {FAMILY_COLUMNS} FROM refresh_tokens WHERE family_id = %(family_id)s AND {_LIVES}"

FIND_BY_TOKEN: Final = f"{FIND} AND token_hash = %(token_hash)s"

# Whoever comes second finds another token in the row and changes nothing.
ROTATE: Final = f"""
UPDATE refresh_tokens
SET token_hash = %(successor_hash)s, generation = generation + 1, previous_token_hash = token_hash,
    rotated_at = to_timestamp(%(now)s)
WHERE family_id = %(family_id)s AND token_hash = %(token_hash)s AND client_id = %(client_id)s
    AND scopes @> %(scopes)s::text[] AND {_LIVES}
RETURNING {FAMILY_COLUMNS}
"""

_STATE: Final = f"""
SELECT coalesce(rotated_at, '-infinity'), coalesce(previous_token_hash, ''), {FAMILY_COLUMNS}
FROM refresh_tokens WHERE family_id = %(family_id)s AND {_LIVES}
"""

# What is revoked expires too, for the sweeper. When it would have expired is read by the statement's snapshot: nothing
# but a revocation changes that.
REVOKE: Final = f"""
UPDATE refresh_tokens
SET revoked_at = to_timestamp(%(now)s), expires_at = least(expires_at, to_timestamp(%(now)s))
WHERE family_id = %(family_id)s AND revoked_at IS NULL
RETURNING (SELECT before.expires_at FROM refresh_tokens AS before WHERE before.family_id = refresh_tokens.family_id)
    > to_timestamp(%(now)s) AND {_IS_ALLOWED}
"""

_ATTEMPTS = 3


class PostgresFamilies:
    """`FamilyStore` in PostgreSQL."""

    def __init__(self, database: Database, together: GroupCommit) -> None:
        self._database = database
        self._together = together

    def find_family(self, family_id: str, now: float) -> Family | None:
        row = self._database.one(FIND, {"family_id": key(family_id), "now": now})
        return Family(*row) if row else None

    def find_refresh_token(self, family_id: str, token_hash: str, now: float) -> Family | None:
        values = {"family_id": key(family_id), "token_hash": key(token_hash), "now": now}
        row = self._database.one(FIND_BY_TOKEN, values)
        return Family(*row) if row else None

    def rotate_refresh_token(self, rotation: Rotation) -> Rotated:
        values = rotation_values(rotation)
        for _ in range(_ATTEMPTS):
            row = self._database.one(ROTATE, values)
            if row is not None:
                return Rotated(Family(*row))
            state = self._state(values)
            match judge(state, rotation):
                case Outcome.REPEATED:
                    return Rotated(state.family, is_repeat=True)
                case Outcome.REUSED:
                    self.revoke_family(rotation.family_id, rotation.now)
                    raise RefreshTokenReused("the refresh token was used before; all tokens of its family are revoked")
        raise RefreshTokenRaced("the refresh token could not be rotated; try again", retry_after=1.0)

    def revoke_family(self, family_id: str, now: float) -> bool:
        return self._together.run(lambda transaction: revoke_family(transaction, family_id, now))

    def _state(self, values: Parameters) -> FamilyState:
        row = self._database.one(_STATE, values)
        if row is None:
            raise InvalidGrant("the refresh token is not valid")
        rotated_at, previous_token_hash, *family = row
        return FamilyState(Family(*family), rotated_at, previous_token_hash)


def revoke_family(transaction: Transaction, family_id: str, now: float) -> bool:
    """Revokes a family, and logs that; whether it was live."""
    row = transaction.one(REVOKE, {"family_id": key(family_id), "now": now})
    if row is None:
        return False
    transaction.invalidate(family_tag(family_id))
    return bool(row[0])


def rotation_values(rotation: Rotation) -> Parameters:
    return {
        "family_id": key(rotation.family_id),
        "token_hash": key(rotation.token_hash),
        "successor_hash": bytes.fromhex(rotation.successor_hash),
        "client_id": rotation.client_id,
        "scopes": list(rotation.scopes),
        "now": rotation.now,
    }
