"""Families, their refresh tokens, and revoked access tokens in memory."""

from dataclasses import replace

from shared.errors import InvalidGrant, RefreshTokenReused
from shared.records import Family
from shared.store.contract import Rotated, Rotation
from shared.store.memory.state import State
from shared.store.rotation import FamilyState, Outcome, judge
from shared.store.tags import access_token_tag, family_tag


class MemoryFamilies:
    """`FamilyStore` in memory."""

    def __init__(self, state: State) -> None:
        self._state = state

    def find_family(self, family_id: str, now: float) -> Family | None:
        with self._state.lock:
            state = self._state.live_family(family_id, now)
            return state.family if state else None

    def find_refresh_token(self, family_id: str, token_hash: str, now: float) -> Family | None:
        family = self.find_family(family_id, now)
        return family if family is not None and family.token_hash == token_hash else None

    def rotate_refresh_token(self, rotation: Rotation) -> Rotated:
        with self._state.lock:
            state = self._state.live_family(rotation.family_id, rotation.now)
            if state is None:
                raise InvalidGrant("the refresh token is not valid")
            match judge(state, rotation):
                case Outcome.NEWEST:
                    return Rotated(self._advance(state.family, rotation))
                case Outcome.REPEATED:
                    return Rotated(state.family, is_repeat=True)
            self._state.revoke_family(rotation.family_id, rotation.now)
            self._state.invalidate(family_tag(rotation.family_id))
            raise RefreshTokenReused("the refresh token was used before; all tokens of its family are revoked")

    def revoke_family(self, family_id: str, now: float) -> bool:
        with self._state.lock:
            lived = self._state.revoke_family(family_id, now)
            if lived:
                self._state.invalidate(family_tag(family_id))
            return lived

    def _advance(self, family: Family, rotation: Rotation) -> Family:
        advanced = replace(family, token_hash=rotation.successor_hash, generation=family.generation + 1)
        state = FamilyState(advanced, rotation.now, rotation.token_hash)
        self._state.families.replace(rotation.family_id, state)
        return advanced


class MemoryAccessTokens:
    """`AccessTokenStore` in memory."""

    def __init__(self, state: State) -> None:
        self._state = state

    def revoke_access_token(self, jti: str, expires_at: float, now: float) -> None:
        with self._state.lock:
            if self._state.revoked_access_tokens.expires_at(jti) < expires_at:
                self._state.revoked_access_tokens.insert(jti, jti, expires_at, now)
            self._state.invalidate(access_token_tag(jti))

    def is_access_token_revoked(self, jti: str) -> bool:
        with self._state.lock:
            return self._state.revoked_access_tokens.get(jti) is not None
