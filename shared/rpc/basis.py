"""What an answer rests on, and where a log stands, as messages."""

from authplane.cache.v1 import cache_pb2
from shared.cache.log import Invalidation, Position
from shared.cache.recording import Basis
from shared.cache.view import FOREIGN, Stamp


def basis_message(basis: Basis | None) -> cache_pb2.Basis | None:
    """The message; none for an answer that must not be kept."""
    if basis is None:
        return None
    decided_at = position_message(basis.stamp.position)
    return cache_pb2.Basis(decided_at=decided_at, tags=basis.tags, expires_at=basis.expires_at)


def basis_at(position: Position) -> cache_pb2.Basis:
    """A message that says nothing but as of when."""
    return cache_pb2.Basis(decided_at=position_message(position))


def basis_of(message: cache_pb2.Basis) -> Basis:
    """What another process said its answer rests on."""
    stamp = Stamp(FOREIGN, position_of(message.decided_at))
    return Basis(stamp, tuple(message.tags), message.expires_at)


def position_message(position: Position) -> cache_pb2.Position:
    return cache_pb2.Position(version=position.version, stamp=position.stamp)


def position_of(message: cache_pb2.Position) -> Position:
    return Position(message.version, message.stamp)


def invalidation_message(invalidation: Invalidation) -> cache_pb2.Invalidation:
    return cache_pb2.Invalidation(position=position_message(invalidation.position), tags=invalidation.tags)


def invalidation_of(message: cache_pb2.Invalidation) -> Invalidation:
    return Invalidation(position_of(message.position), tuple(message.tags))
