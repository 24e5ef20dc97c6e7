"""Whether all that was acknowledged holds, and nothing is half done."""

import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final

import psycopg
import pytest

from shared.errors import CodeAlreadyUsed, InvalidGrant
from shared.handles import digest
from shared.records import Family
from shared.store import CodeRedemption, Rotated, Rotation, Store
from tests.contract.examples import rotation
from tests.crash.worker import AFTER_GRACE, ROTATED, Said
from tests.races.processes import Call

# Each must be zero; the second column of a joined row is what the first cannot be without.
_HALVES: Final = {
    "a consumed code without its family": """
        SELECT count(*) FROM auth_codes WHERE family_id IS NOT NULL
        AND NOT EXISTS (SELECT FROM refresh_tokens WHERE refresh_tokens.family_id = auth_codes.family_id)""",
    "a family whose code was not consumed": """
        SELECT count(*) FROM refresh_tokens
        WHERE NOT EXISTS (SELECT FROM auth_codes WHERE auth_codes.family_id = refresh_tokens.family_id)""",
    "a live family of an ended session": """
        SELECT count(*) FROM refresh_tokens JOIN sessions USING (session_id)
        WHERE revoked_at IS NULL AND status = 'ended'""",
    "a live session of a disabled user": """
        SELECT count(*) FROM sessions JOIN users USING (user_id) WHERE status = 'active' AND disabled""",
    "a live session of a password before": """
        SELECT count(*) FROM sessions JOIN users USING (user_id) WHERE status = 'active' AND password_hash <> 'hash'""",
    "a revoked family without a version": """
        SELECT count(*) FROM refresh_tokens AS family WHERE revoked_at IS NOT NULL AND NOT EXISTS (
            SELECT FROM invalidations WHERE tag IN (
                'family:' || encode(family_id, 'hex'), 'session:' || encode(session_id, 'hex'), 'user:' || user_id))""",
    "a version without its change": """
        SELECT version - (SELECT count(DISTINCT version) FROM invalidations) FROM store_version""",
}

_ENDINGS: Final = {"revoke_family", "end_session", "end_sessions_of_user", "set_password", "disable_user"}


@dataclass
class Life:
    """What one worker said of one user.

    Attributes:
        answered: Calls and what they gave, or the error they raised.
        pending: The call that was not answered, if there is one.
    """

    answered: list[Said] = field(default_factory=list)
    pending: Call | None = None

    def arguments(self, *methods: str) -> list[Any]:
        """The first arguments of these calls when they succeeded."""
        return [
            said.call.arguments[0]
            for said in self.answered
            if said.call.method in methods and said.outcome and not said.outcome.error
        ]

    @property
    def family(self) -> Family | None:
        """As the last successful redemption or rotation gave it."""
        given = [said.outcome.value for said in self.answered if said.outcome]
        families = [value.family if isinstance(value, Rotated) else value for value in given]
        return next((value for value in reversed(families) if isinstance(value, Family)), None)

    @property
    def has_ended(self) -> bool:
        """An ending was acknowledged, or a second use convicted."""
        return bool(self.arguments(*_ENDINGS)) or any(said.outcome and said.outcome.error for said in self.answered)

    @property
    def may_have_ended(self) -> bool:
        """An ending was begun: it is known only of rotations in grace, and of first uses, that they are none."""
        pending, family = self.pending, self.family
        if pending is None or family is None:
            return False
        return pending.method in _ENDINGS or pending.method == "redeem_code" or self._convicts(pending, family)

    def _convicts(self, pending: Call, family: Family) -> bool:
        asked = pending.arguments[0]
        return isinstance(asked, Rotation) and asked.token_hash != family.token_hash


def lives_of(said: Iterable[Said]) -> list[Life]:
    """What was said, sorted by life."""
    lives: defaultdict[str, Life] = defaultdict(Life)
    for each in said:
        life = lives[each.life]
        life.pending = each.call if each.outcome is None else None
        if each.outcome is not None:
            life.answered.append(each)
    return list(lives.values())


def require_nothing_half_done(url: str) -> None:
    """Looks at the tables."""
    with psycopg.connect(url) as connection:
        found = {name: connection.execute(question).fetchone() for name, question in _HALVES.items()}
    assert found == dict.fromkeys(_HALVES, (0,))


def require_held(store: Store, life: Life) -> None:
    """Asks without changing anything."""
    for owner in life.arguments("insert_user"):
        assert store.find_user(owner.user_id) is not None
    for jti in life.arguments("revoke_access_token"):
        assert store.is_access_token_revoked(jti)
    for session_id in life.arguments("end_session"):
        assert store.find_session(session_id, ROTATED) is None
    for user_id in life.arguments("end_sessions_of_user", "set_password", "disable_user"):
        assert store.list_sessions(user_id, ROTATED) == []
    family = life.family
    if family is None:
        return
    found = store.find_family(family.family_id, ROTATED)
    if life.has_ended:
        assert found is None
    elif not life.may_have_ended:
        assert found is not None
        begun = life.pending is not None and life.pending.method == "rotate_refresh_token"
        assert found.generation in ({family.generation, family.generation + 1} if begun else {family.generation})
    for used in life.arguments("rotate_refresh_token"):
        assert store.find_refresh_token(family.family_id, used.token_hash, ROTATED) is None


def require_refused(store: Store, life: Life, chance: random.Random) -> None:
    """Tries again what was not answered, then uses a second time what was used: nothing is given twice."""
    pending = life.pending.arguments[0] if life.pending else None
    for assertion in [said.call.arguments for said in life.answered if said.call.method == "use_assertion"]:
        assert not store.use_assertion(*assertion)
    if isinstance(pending, CodeRedemption) and life.family is None:
        _redeem_again(store, pending)
    family = life.family
    if family is None:
        return
    if isinstance(pending, Rotation) and not life.may_have_ended:
        # The same successor, whether it was stored before the kill or is only now.
        family = store.rotate_refresh_token(pending).family
        assert (family.token_hash, family.generation) == (pending.successor_hash, pending.generation + 1)
    again = [partial(_redeem, store, used) for used in life.arguments("redeem_code")]
    again += [partial(_rotate, store, used) for used in life.arguments("rotate_refresh_token")]
    chance.shuffle(again)
    for use in [*again, partial(_rotate, store, rotation(family))]:
        with pytest.raises(InvalidGrant):
            use()
        assert store.find_family(family.family_id, ROTATED) is None


def _redeem(store: Store, used: CodeRedemption) -> None:
    store.redeem_code(replace(used, family_id=digest(f"again {used.family_id}")))


def _rotate(store: Store, used: Rotation) -> None:
    store.rotate_refresh_token(replace(used, now=AFTER_GRACE))


def _redeem_again(store: Store, pending: CodeRedemption) -> None:
    try:
        _redeem(store, pending)
    except CodeAlreadyUsed:
        """The first was done, and what it gave is revoked now."""
    assert store.find_family(pending.family_id, ROTATED) is None
