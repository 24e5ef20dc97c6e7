"""Authorization codes in memory."""

from dataclasses import replace

from shared.errors import CodeAlreadyUsed, InvalidGrant
from shared.records import AuthorizationCode, Family
from shared.store.contract import CodeRedemption
from shared.store.memory.state import CodeRow, State
from shared.store.tags import family_tag


class MemoryCodes:
    """`CodeStore` in memory."""

    def __init__(self, state: State) -> None:
        self._state = state

    def insert_code(self, code: AuthorizationCode) -> None:
        with self._state.lock:
            self._state.codes.insert(code.code_hash, CodeRow(code), code.expires_at, code.created_at)

    def redeem_code(self, redemption: CodeRedemption) -> Family:
        state, now = self._state, redemption.now
        with state.lock:
            row = state.codes.get(redemption.code_hash)
            if row is None or not _fits(row.code, redemption):
                raise InvalidGrant("the authorization code is not valid")
            if row.family_id:
                state.revoke_family(row.family_id, now)
                state.invalidate(family_tag(row.family_id))
                raise CodeAlreadyUsed("the authorization code was redeemed before; what it gave is revoked")
            if not state.sessions.lives(row.code.session_id, now):
                raise InvalidGrant("the login session behind the authorization code has ended")
            client = state.clients.get(row.code.client_id)
            if client is not None and client.disabled:
                raise InvalidGrant("the client is disabled")
            family = _family(row.code, redemption)
            state.add_family(family, now)
            state.codes.replace(redemption.code_hash, replace(row, family_id=family.family_id))
            return family


def _fits(code: AuthorizationCode, redemption: CodeRedemption) -> bool:
    return (
        redemption.now < code.expires_at
        and code.client_id == redemption.client_id
        and code.redirect_uri == redemption.redirect_uri
        and code.code_challenge == redemption.code_challenge
    )


def _family(code: AuthorizationCode, redemption: CodeRedemption) -> Family:
    return Family(
        family_id=redemption.family_id,
        client_id=code.client_id,
        user_id=code.user_id,
        session_id=code.session_id,
        scopes=code.scopes,
        nonce=code.nonce,
        requested_claims=code.requested_claims,
        auth_time=code.auth_time,
        acr=code.acr,
        amr=code.amr,
        token_hash=redemption.token_hash,
        generation=0,
        created_at=redemption.now,
        expires_at=min(redemption.now + redemption.lifetime, code.not_after),
    )
