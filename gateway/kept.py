"""What the gateway keeps of the services' answers, under the rule of `shared.cache`."""

import hashlib
from typing import TypeVar

from google.protobuf.message import Message

from authplane.cache.v1.cache_pb2 import Basis
from shared.cache.aio import Answer
from shared.cache.decision import Decision
from shared.rpc.basis import basis_of

Value = TypeVar("Value")

_MESSAGE_BYTES = 500


def key_of(question: Message) -> str:
    """The key of an answer: it covers every field of the question, so whoever asks otherwise gets another answer."""
    return hashlib.sha256(question.SerializeToString(deterministic=True)).hexdigest()


def answer(value: Value, basis: Basis | None, is_no: bool = False, size: int = _MESSAGE_BYTES) -> Answer[Value]:
    """A service's answer as it is kept.

    Args:
        basis: What the service said that it rests on; none when it must not be kept.
        is_no: Whether it says that something is not, or no longer, valid.
    """
    if basis is None:
        return Answer(Decision(value, (), 0.0), None)
    rests_on = basis_of(basis)
    return Answer(Decision(value, rests_on.tags, rests_on.expires_at, size, is_no), rests_on.stamp)
