"""The store, seen through caches."""

import math
from collections.abc import Sequence
from typing import Any, TypeVar

from shared.cache.cache import Cache
from shared.cache.caches import Caches
from shared.cache.decision import Decision
from shared.cache.recording import current
from shared.records import Client, Family, Session, SigningKey, User
from shared.store import tags
from shared.store.cached.second_levels import SecondLevels
from shared.store.cached.weights import weight
from shared.store.contract import Rotated, Rotation, SessionStatus, Store
from shared.store.pending import PendingInvalidations

Value = TypeVar("Value")


class CachedStore:
    """`Store`, with every record that decisions are made of kept in memory while the rule allows it.

    What is not defined here goes to the store itself. Whatever is read here becomes part of what the running call rests
    on (`shared.cache.recording`).
    """

    def __init__(
        self, store: Store, caches: Caches, second_levels: SecondLevels, pending: PendingInvalidations
    ) -> None:
        self._store = store
        self._caches = caches
        self._pending = pending
        self._users: Cache[User | None] = caches.make("users")
        self._sessions = caches.make("sessions", second_levels.of_sessions())
        self._families = caches.make("families", second_levels.of_families())
        self._refresh_tokens: Cache[Family | None] = caches.make("refresh_tokens")
        self._clients = caches.make("clients", second_levels.of_clients())
        self._consents: Cache[frozenset[str]] = caches.make("consents")
        self._keys: Cache[Sequence[SigningKey]] = caches.make("signing_keys")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def find_user(self, user_id: str) -> User | None:
        def load() -> Decision[User | None]:
            return self._decision(self._store.find_user(user_id), (tags.user_tag(user_id),))

        return self._users.get_or_load(user_id, load)

    def find_session(self, session_id: str, now: float) -> Session | None:
        def load() -> Decision[Session | None]:
            session = self._store.find_session(session_id, now)
            of_user = (tags.user_tag(session.user_id),) if session else ()
            expires_at = session.expires_at if session else math.inf
            return self._decision(session, (tags.session_tag(session_id), *of_user), expires_at, is_final=True)

        session = self._sessions.get_or_load(session_id, load)
        return session if session is not None and now < session.expires_at else None

    def check_session(self, session_id: str, now: float) -> SessionStatus | None:
        session = self.find_session(session_id, now)
        return SessionStatus(session.user_id, session.expires_at) if session else None

    def find_family(self, family_id: str, now: float) -> Family | None:
        def find() -> Family | None:
            return self._store.find_family(family_id, now)

        family = self._families.get_or_load(family_id, lambda: self._of_family(family_id, find()))
        return family if family is not None and now < family.expires_at else None

    def find_refresh_token(self, family_id: str, token_hash: str, now: float) -> Family | None:
        def find() -> Family | None:
            return self._store.find_refresh_token(family_id, token_hash, now)

        key = f"{family_id} {token_hash}"
        family = self._refresh_tokens.get_or_load(key, lambda: self._of_family(family_id, find()))
        return family if family is not None and now < family.expires_at else None

    def rotate_refresh_token(self, rotation: Rotation) -> Rotated:
        rotated = self._store.rotate_refresh_token(rotation)
        # Here it is refused at once. Elsewhere it may be believed for a moment, in which it is within its grace.
        tag = tags.refresh_token_tag(rotation.token_hash)
        self._caches.view.refuse(tag)
        self._pending.add(tag)
        return rotated

    def is_access_token_revoked(self, jti: str) -> bool:
        # Not kept by itself: whoever asks keeps what it makes of the answer.
        stamp = self._caches.view.stamp()
        revoked = self._store.is_access_token_revoked(jti)
        current().rest_on(stamp, (tags.access_token_tag(jti),), math.inf)
        return revoked

    def find_client(self, client_id: str) -> Client | None:
        def load() -> Decision[Client | None]:
            return self._decision(self._store.find_client(client_id), (tags.client_tag(client_id),))

        return self._clients.get_or_load(client_id, load)

    def find_consent(self, user_id: str, client_id: str) -> frozenset[str]:
        tag = tags.consent_tag(user_id, client_id)

        def load() -> Decision[frozenset[str]]:
            return self._decision(self._store.find_consent(user_id, client_id), (tag,))

        return self._consents.get_or_load(tag, load)

    def use_assertion(self, client_id: str, jti: str, expires_at: float, now: float) -> bool:
        current().forgo()  # An assertion proves something once; whatever rests on it must not be repeated.
        return self._store.use_assertion(client_id, jti, expires_at, now)

    def list_signing_keys(self) -> Sequence[SigningKey]:
        def load() -> Decision[Sequence[SigningKey]]:
            return self._decision(tuple(self._store.list_signing_keys()), (tags.KEYS,))

        return self._keys.get_or_load(tags.KEYS, load)

    def _of_family(self, family_id: str, family: Family | None) -> Decision[Family | None]:
        if family is None:
            return self._decision(None, (tags.family_tag(family_id),), is_final=True)
        rests_on = (
            tags.family_tag(family_id),
            tags.session_tag(family.session_id),
            tags.user_tag(family.user_id),
            tags.client_tag(family.client_id),
            tags.refresh_token_tag(family.token_hash),
        )
        return self._decision(family, rests_on, family.expires_at)

    def _decision(
        self, value: Value, rests_on: tuple[str, ...], expires_at: float = math.inf, is_final: bool = False
    ) -> Decision[Value]:
        if value is None:
            return Decision(value, rests_on, self._caches.end_of_no(), final=is_final)
        return Decision(value, rests_on, expires_at, weight(value))
