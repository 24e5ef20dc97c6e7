"""Replies that a service keeps: given again to the same request, under the rule of `shared.cache`.

This is a fast path. It decides nothing: what may be kept, for how long and until which invalidation is what the slow
path has recorded while it answered. Neither the request nor the reply is read or made again; a request is known by its
bytes, which name whoever asks too.
"""

import hashlib
import math
from collections.abc import Callable
from typing import Any, Protocol

import grpc
from google.protobuf.message import DecodeError, Message

from shared.cache.cache import Cache
from shared.cache.decision import Decision
from shared.cache.log import BEGINNING, Position
from shared.cache.recording import Basis, current
from shared.cache.second_level import Kept
from shared.cache.view import FOREIGN, Stamp
from shared.clock import Clock
from shared.errors import AuthplaneError, InvalidRequest
from shared.rpc.basis import basis_at

Behaviour = Callable[[Any, grpc.ServicerContext], Any]
Reading = Callable[[bytes], Any] | None

_REFUSED = Decision(b"", (), math.inf, final=True)
"""In the place of a reply that nobody shall get again."""


class Keeper(Protocol):
    """Keeps replies of a method.

    Attributes:
        hit: Gives the reply that is kept, as good as made now, in no more time than it takes to refuse a call; none if
            there is none, which counts for nothing yet. None where replies take longer.
    """

    @property
    def hit(self) -> Callable[[bytes], bytes | None] | None: ...

    def around(self, behaviour: Behaviour, reading: Reading) -> Behaviour:
        """The behaviour from bytes to bytes, asked only for what is not kept."""


class KeptReplies:
    """Replies of one method, whose field `basis` says what they rest on.

    A question may say in `min_store_version` what the reply must be at or past. Such a question is always put to the
    method; its reply is kept for those who put the same one without a version, or they might hear yes after a no.

    Args:
        reply: The type of the reply.
        is_no: Whether a reply is a no that stays a no.
        refusal: The error that is such a no, where the method has no reply for it. It is not kept itself, but from
            then on the method is asked, and no reply is given again that was made before.
    """

    def __init__(
        self,
        cache: Cache[bytes],
        reply: type[Message],
        clock: Clock,
        is_no: Callable[[Any], bool] = lambda _: False,
        refusal: type[AuthplaneError] | tuple[()] = (),
    ) -> None:
        self._cache = cache
        self._reply = reply
        self._clock = clock
        self._is_no = is_no
        self._refusal = refusal
        self._newest = Position(0, ""), b""

    def around(self, behaviour: Behaviour, reading: Reading) -> Behaviour:
        """The behaviour from bytes to bytes.

        Raises:
            InvalidRequest: When called with what is no such request.
        """

        def answer(request: bytes, context: grpc.ServicerContext) -> bytes:
            kept = self.get(request)
            if kept is not None:
                return kept
            began, question = self._clock.monotonic(), read(request)
            try:
                reply = behaviour(question, context)
            except self._refusal:
                self._refuse(_plain(request, question), began)
                raise
            return self.put(_plain(request, question), reply, current().basis, began)

        read = reader(reading)
        return answer

    def get(self, request: bytes) -> bytes | None:
        """The reply to this request, as good as made now; none if it is not kept or may not be repeated."""
        return self._repeated(self._cache.get_kept(_key(request)))

    def hit(self, request: bytes) -> bytes | None:
        """The same for whoever asks `get` next when there is none, which counts only then."""
        return self._repeated(self._cache.hit(_key(request)))

    def _repeated(self, kept: Kept[bytes] | None) -> bytes | None:
        if kept is None or kept.decision is _REFUSED:
            return None
        return kept.decision.value + self._decided_at(kept.stamp.position)

    def put(self, request: bytes, reply: Message, basis: Basis | None, began: float) -> bytes:
        """Keeps a reply, unless it rests on nothing that is known; gives its bytes.

        Args:
            request: The question without a version.
            began: Monotonic time before the reply was begun.
        """
        written = reply.SerializeToString()
        if basis is not None:
            size, is_no = len(request) + len(written), self._is_no(reply)
            decision = Decision(written, basis.tags, basis.expires_at, size, is_no)
            self._cache.put(_key(request), decision, basis.stamp, began)
        return written

    def _refuse(self, request: bytes, began: float) -> None:
        # What was refused without reading anything was never answered well, and takes no room.
        if current().has_read:
            self._cache.put(_key(request), _REFUSED, Stamp(FOREIGN, BEGINNING), began)

    def _decided_at(self, position: Position) -> bytes:
        """What to add to a reply so that it says as of when it is good; in messages that are joined the last counts.

        Without it whoever keeps the reply would take it for older than it is, and soon for too old.
        """
        known, added = self._newest
        if known != position:
            added = self._reply(basis=basis_at(position)).SerializeToString()
            self._newest = position, added
        return added


def reader(reading: Reading) -> Callable[[bytes], Any]:
    """Reads requests.

    Raises:
        InvalidRequest: When called with what is none.
    """
    if reading is None:
        return bytes

    def read(request: bytes) -> Any:
        try:
            return reading(request)
        except DecodeError as error:
            raise InvalidRequest("the request is no such message") from error

    return read


def _plain(request: bytes, question: Any) -> bytes:
    if not getattr(question, "min_store_version", 0):
        return request
    plain = type(question)()
    plain.CopyFrom(question)
    plain.ClearField("min_store_version")
    return bytes(plain.SerializeToString())


def _key(request: bytes) -> str:
    return hashlib.sha256(request).hexdigest()
