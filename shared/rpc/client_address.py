"""For whom a call is made."""

from collections.abc import Callable, Iterable
from functools import lru_cache

import grpc

CLIENT_ADDRESS = "authplane-client-address"
"""Metadata in which the gateway says for whom it calls."""


def client_address(context: grpc.ServicerContext) -> str:
    """For whom a call is made: whom the gateway names, or else the caller itself."""
    return address_of(context.invocation_metadata(), context.peer)


def address_of(metadata: Iterable[tuple[str, str | bytes]], peer: Callable[[], str]) -> str:
    """The same from a call's metadata and its peer as gRPC names it."""
    for key, value in metadata:
        if key == CLIENT_ADDRESS:
            return str(value)
    return _host_of(peer())


@lru_cache(maxsize=4096)  # One for each connection.
def _host_of(peer: str) -> str:
    """Its address without the port: one caller may have many connections."""
    return peer.rpartition(":")[0].partition(":")[2] or peer
