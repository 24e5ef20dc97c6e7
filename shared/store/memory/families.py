"""Families, their refresh tokens, and revoked access tokens in memory."""

from dataclasses import replace

from shared.errors import InvalidGrant, InvalidScope, RefreshTokenReused
from shared.records import Family
from shared.store.contract import Rotation
from shared.store.memory.state import FamilyRow, State


class MemoryFamilies:
    """`FamilyStore` in memory."""

    def __init__(self, state: State) -> None:
        self._state = state

    def find_family(self, family_id: str, now: float) -> Family | None:
        with self._state.lock:
            row = self._state.families.get(family_id)
            return row.family if row is not None and row.lives(now) else None

    def rotate_refresh_token(self, rotation: Rotation) -> Family:
        with self._state.lock:
            row = self._live_row(rotation)
            if row.family.token_hash == rotation.token_hash:
                return self._advance(row, rotation)
            if rotation.generation >= row.family.generation:
                raise InvalidGrant("the refresh token is not valid")
            if row.previous_token_hash == rotation.token_hash and rotation.now - row.rotated_at < rotation.grace:
                return row.family
            self._state.revoke_family(rotation.family_id, rotation.now)
            raise RefreshTokenReused("the refresh token was used before; all tokens of its family are revoked")

    def revoke_family(self, family_id: str, now: float) -> bool:
        with self._state.lock:
            return self._state.revoke_family(family_id, now)

    def _live_row(self, rotation: Rotation) -> FamilyRow:
        row = self._state.families.get(rotation.family_id)
        if row is None or not row.lives(rotation.now) or row.family.client_id != rotation.client_id:
            raise InvalidGrant("the refresh token is not valid")
        if not set(rotation.scopes) <= set(row.family.scopes):
            raise InvalidScope("a requested scope goes beyond what was granted")
        return row

    def _advance(self, row: FamilyRow, rotation: Rotation) -> Family:
        family = replace(row.family, token_hash=rotation.successor_hash, generation=row.family.generation + 1)
        self._state.families.replace(
            rotation.family_id,
            FamilyRow(family, rotated_at=rotation.now, previous_token_hash=rotation.token_hash),
        )
        return family


class MemoryAccessTokens:
    """`AccessTokenStore` in memory."""

    def __init__(self, state: State) -> None:
        self._state = state

    def revoke_access_token(self, jti: str, expires_at: float, now: float) -> None:
        with self._state.lock:
            if self._state.revoked_access_tokens.expires_at(jti) < expires_at:
                self._state.revoked_access_tokens.insert(jti, jti, expires_at, now)

    def is_access_token_revoked(self, jti: str) -> bool:
        with self._state.lock:
            return self._state.revoked_access_tokens.get(jti) is not None
