"""All tables of the store in memory, and the one lock that guards them."""

import secrets
import threading
from collections import deque
from dataclasses import dataclass, replace
from typing import Any

from shared.cache.log import Invalidation, Position, TagLog
from shared.cache.recording import current
from shared.clock import Clock
from shared.records import AuthorizationCode, Client, Family, Session, SigningKey, User
from shared.store.contract import Announce
from shared.store.memory.table import Index, Table
from shared.store.rotation import FamilyState
from shared.store.sweeping import SweptTable


@dataclass(frozen=True, slots=True)
class CodeRow:
    """A code, and the family it became; empty before."""

    code: AuthorizationCode
    family_id: str = ""


class State:
    """What the store in memory consists of.

    `lock` guards everything here: all tables and all indexes. Every method of the store takes it once, decides and
    changes under it, and calls nothing that waits; nothing in this class takes it.

    Args:
        max_rows: Bound on the rows of each table.
        clock: Says when an invalidation was logged.
        announce: Called under the lock, so that followers get every change in order.
    """

    def __init__(self, max_rows: int, clock: Clock, announce: Announce) -> None:
        self.lock = threading.Lock()
        self.max_rows = max_rows
        self.clock = clock
        self.users: Table[User] = Table("users", max_rows)
        self.logins: dict[str, str] = {}
        self.sessions: Table[Session] = Table("sessions", max_rows, self._session_removed)
        self.sessions_of_user = Index()
        self.codes: Table[CodeRow] = Table("authorization codes", max_rows)
        self.families: Table[FamilyState] = Table("refresh token families", max_rows, self._family_removed)
        self.families_of_user = Index()
        self.families_of_session = Index()
        self.families_of_client = Index()
        self.revoked_access_tokens: Table[str] = Table("revoked access tokens", max_rows)
        self.assertions: Table[str] = Table("used client assertions", max_rows)
        self.clients: Table[Client] = Table("clients", max_rows)
        self.consents: Table[frozenset[str]] = Table("consents", max_rows)
        self.keys: dict[str, SigningKey] = {}
        self.log = TagLog(max_rows)
        self.recorded_at: deque[tuple[int, float]] = deque()  # Each version of the log, and when it was logged.
        self.expiring: dict[SweptTable, Table[Any]] = {
            SweptTable.SESSIONS: self.sessions,
            SweptTable.CODES: self.codes,
            SweptTable.FAMILIES: self.families,
            SweptTable.ACCESS_TOKENS: self.revoked_access_tokens,
            SweptTable.ASSERTIONS: self.assertions,
        }
        self._announce = announce

    def invalidate(self, *tags: str) -> None:
        """Takes the next version and logs these tags with it. Must be the last thing that a method does."""
        invalidation = Invalidation(Position(self.log.position.version + 1, secrets.token_hex(16)), tags)
        self.log.append(invalidation)
        self.recorded_at.append((invalidation.position.version, self.clock.now()))
        while self.recorded_at and self.recorded_at[0][0] <= self.log.floor.version:
            self.recorded_at.popleft()
        self._announce(invalidation)
        current().change(invalidation.position.version, tags)

    def add_session(self, session: Session, now: float) -> None:
        self.sessions.insert(session.session_id, session, session.expires_at, now)
        self.sessions_of_user.add(session.user_id, session.session_id)

    def live_session(self, session_id: str, now: float) -> Session | None:
        return self.sessions.get(session_id) if self.sessions.lives(session_id, now) else None

    def add_family(self, family: Family, now: float) -> None:
        self.families.insert(family.family_id, FamilyState(family), family.expires_at, now)
        self.families_of_user.add(family.user_id, family.family_id)
        self.families_of_session.add(family.session_id, family.family_id)
        self.families_of_client.add(family.client_id, family.family_id)

    def live_family(self, family_id: str, now: float) -> FamilyState | None:
        return self.families.get(family_id) if self.families.lives(family_id, now) else None

    def hand_over_families(self, session: Session, successor: Session) -> None:
        """Families of a session become families of the one that replaces it."""
        for family_id in self.families_of_session.get(session.session_id):
            row = self.families.get(family_id)
            if row is not None:
                self.families_of_session.discard(session.session_id, family_id)
                self.families_of_session.add(successor.session_id, family_id)
                family = replace(row.family, session_id=successor.session_id)
                self.families.replace(family_id, replace(row, family=family))

    def revoke_family(self, family_id: str, now: float) -> bool:
        lived = self.families.lives(family_id, now)
        self.families.remove(family_id)
        return lived

    def end_session(self, session_id: str, now: float) -> bool:
        if not self.sessions.lives(session_id, now):
            return False
        for family_id in self.families_of_session.get(session_id):
            self.revoke_family(family_id, now)
        self.sessions.remove(session_id)
        return True

    def end_everything_of_user(self, user_id: str, now: float) -> int:
        for family_id in self.families_of_user.get(user_id):
            self.revoke_family(family_id, now)
        return sum([self.end_session(session_id, now) for session_id in self.sessions_of_user.get(user_id)])

    def _session_removed(self, session: Session) -> None:
        self.sessions_of_user.discard(session.user_id, session.session_id)

    def _family_removed(self, row: FamilyState) -> None:
        family = row.family
        self.families_of_user.discard(family.user_id, family.family_id)
        self.families_of_session.discard(family.session_id, family.family_id)
        self.families_of_client.discard(family.client_id, family.family_id)
