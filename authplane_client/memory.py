"""What a client keeps of the services' answers."""

import hashlib
from typing import TypeVar

from authplane.auth.v1.auth_pb2 import ValidateSessionRequest, ValidateSessionResponse
from authplane.token.v1.token_pb2 import IntrospectRequest, IntrospectResponse
from authplane_client.answers import Introspection, Session, introspection_of, session_of
from authplane_client.options import Options
from shared.cache.cache import Bounds, Cache
from shared.cache.caches import Caches
from shared.cache.decision import Decision
from shared.cache.recording import recording
from shared.cache.view import View
from shared.clock import SystemClock
from shared.rpc.basis import basis_of
from shared.rpc.failure import RpcFailure

Value = TypeVar("Value")

_BYTES = 1000


class Memory:
    """The view of one client and its caches. Tokens and handles themselves are never kept, only their digests."""

    def __init__(self, options: Options) -> None:
        self.clock = SystemClock()
        self.view = View(options.log_tags, options.max_staleness, self.clock)
        bounds = Bounds(options.max_entries, options.max_bytes, options.max_seconds)
        caches = Caches(self.view, self.clock, bounds, options.no_seconds)
        self.introspections: Cache[Introspection] = caches.make("introspections")
        self.sessions: Cache[Session | None] = caches.make("sessions")

    def find(self, cache: Cache[Value], key: str, min_store_version: int) -> Decision[Value] | None:
        """What is kept under the key, if the rule allows it and it is at or past the version."""
        if not min_store_version:
            return cache.get(key)
        with recording() as made:
            made.at_least = min_store_version
            return cache.get(key)

    def introspect_request(self, token: str, min_store_version: int) -> IntrospectRequest:
        return IntrospectRequest(token=token, min_store_version=self._at_least(min_store_version))

    def validate_request(self, session_handle: str, min_store_version: int) -> ValidateSessionRequest:
        at_least = self._at_least(min_store_version)
        return ValidateSessionRequest(session_handle=session_handle, min_store_version=at_least)

    def keep_introspection(self, key: str, told: IntrospectResponse, began: float) -> Introspection:
        answer = introspection_of(told)
        if told.HasField("basis"):
            basis = basis_of(told.basis)
            decision = Decision(answer, basis.tags, basis.expires_at, _BYTES, final=not answer.active)
            self.introspections.put(key, decision, basis.stamp, began)
        return answer

    def keep_session(self, key: str, told: ValidateSessionResponse, began: float) -> Session | None:
        session = session_of(told)
        if told.HasField("basis"):
            basis = basis_of(told.basis)
            decision = Decision(session, basis.tags, basis.expires_at, _BYTES, final=session is None)
            self.sessions.put(key, decision, basis.stamp, began)
        return session

    def note(self, failure: RpcFailure) -> None:
        """Takes in what a call has changed although it was refused."""
        if failure.store_version:
            self.view.note(failure.store_version, failure.invalidated)

    def _at_least(self, min_store_version: int) -> int:
        # Nothing older than what this client has heard of, whichever process answers.
        return max(min_store_version, self.view.newest)


def digest(credential: str) -> str:
    """The key of a credential; it stands for all of the question, since an internal caller may see everything."""
    return hashlib.sha256(credential.encode("utf-8", "surrogatepass")).hexdigest()
