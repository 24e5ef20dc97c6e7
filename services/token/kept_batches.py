"""Batches of introspections, whose answers are kept one by one: a batch hardly ever comes again, its tokens do."""

from functools import lru_cache

import grpc

from authplane.token.v1 import token_pb2
from services.token.introspect import MAX_BATCH
from shared.cache.recording import Basis, current
from shared.clock import Clock
from shared.rpc.basis import basis_of
from shared.rpc.kept import Behaviour, KeptReplies, Reading, reader

_FIRST_FIELD = b"\x0a"
"""How field 1 begins on the wire, when it is text or a message: `responses` of a batch, and `token` of a question."""


class KeptBatches:
    """Answers what is kept of single introspections, and asks about the rest in one smaller batch."""

    hit = None  # A hundred take a hundred times as long as one.

    def __init__(self, introspections: KeptReplies, clock: Clock) -> None:
        self._introspections = introspections
        self._clock = clock

    def around(self, behaviour: Behaviour, reading: Reading) -> Behaviour:
        """The behaviour from bytes to bytes, asked only for what is not kept."""
        read, kept = reader(reading), self._introspections

        def answer(request: bytes, context: grpc.ServicerContext) -> bytes:
            batch = read(request)
            questions = _questions(batch)
            # Too large a batch is refused as a whole, whatever is known of its parts; a version is asked about anew.
            is_asked = batch.min_store_version or len(questions) > MAX_BATCH
            replies = [None if is_asked else kept.get(question) for question in questions]
            missing = [index for index, reply in enumerate(replies) if reply is None]
            if missing or not replies:
                rest = token_pb2.BatchIntrospectRequest()
                rest.CopyFrom(batch)
                del rest.tokens[:]
                rest.tokens.extend(batch.tokens[index] for index in missing)
                began = self._clock.monotonic()
                answered = behaviour(rest, context)
                for index, response in zip(missing, answered.responses, strict=True):
                    replies[index] = kept.put(questions[index], response, _basis(response), began)
            return b"".join([_framed(reply) for reply in replies if reply is not None])

        return answer


def _basis(response: token_pb2.IntrospectResponse) -> Basis | None:
    whole = current().basis
    if whole is None or not response.HasField("basis"):
        return None
    basis = basis_of(response.basis)
    return basis._replace(stamp=whole.stamp._replace(position=basis.stamp.position))  # It was read here.


def _questions(batch: token_pb2.BatchIntrospectRequest) -> list[bytes]:
    """Each token's question by itself, as a client writes it who asks about one."""
    rest = token_pb2.IntrospectRequest()
    if batch.HasField("client"):
        rest.client.CopyFrom(batch.client)
    written = rest.SerializeToString()
    return [_framed(token.encode()) + written for token in batch.tokens]


def _framed(content: bytes) -> bytes:
    return _head(len(content)) + content


@lru_cache(2048)
def _head(size: int) -> bytes:
    head = bytearray(_FIRST_FIELD)
    while size > 127:
        head.append(size & 127 | 128)
        size >>= 7
    head.append(size)
    return bytes(head)
