"""What grpcio knows of a call at the moment it hands it to a pool of threads."""

import math
import time
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import grpc

from shared.overload.lane import Arrival

CLIENT_ADDRESS = "authplane-client-address"
"""Metadata in which the gateway says for whom it calls."""

_FAR_FUTURE_SECONDS = 10 * 365 * 86_400.0  # A call without a deadline has one in the year 292 billion.


def arrival_of(arguments: tuple[Any, ...]) -> Arrival:
    """Reads the event among what grpcio submits, which no public interface shows so early.

    A test holds this against the pinned grpcio. Without an event, as when something else is submitted, the call is
    nobody's and has no deadline.
    """
    for argument in arguments:
        details = getattr(argument, "call_details", None)
        if details is not None:
            seconds_left = details.deadline - time.time()
            return Arrival(_caller(argument), seconds_left if seconds_left < _FAR_FUTURE_SECONDS else math.inf)
    return Arrival("", math.inf)


def unread(arguments: tuple[Any, ...]) -> tuple[Any, ...]:
    """The same for a call that is refused: grpcio would first have its request read, by way of two other threads.

    What reads it comes third after the event; a test holds that against the pinned grpcio too.
    """
    for place, argument in enumerate(arguments):
        if hasattr(argument, "call_details"):
            return (*arguments[: place + 3], bytes, *arguments[place + 4 :])
    return arguments


def client_address(context: grpc.ServicerContext) -> str:
    """For whom a call is made: whom the gateway names, or else the caller itself."""
    return _named(context.invocation_metadata()) or _host_of(context.peer())


def _caller(event: Any) -> str:
    return _named(event.invocation_metadata) or _host_of(event.call.peer().decode())


def _named(metadata: Iterable[tuple[str, str | bytes]]) -> str:
    for key, value in metadata:
        if key == CLIENT_ADDRESS:
            return str(value)
    return ""


@lru_cache(maxsize=4096)  # One for each connection.
def _host_of(peer: str) -> str:
    """The address of a peer as gRPC names it, without its port: one caller may have many connections."""
    return peer.rpartition(":")[0].partition(":")[2] or peer
