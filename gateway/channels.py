"""Several connections to one service, used in turn."""

import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, cast

import grpc.aio

from shared.rpc.channel import Credentials, async_channel

CHANNELS = 4
"""So many processes behind one address share the calls, and no connection comes near the server's bound on streams."""


class _Spread:
    """What a stub needs of a channel: its calls go over several in turn."""

    def __init__(self, channels: list[grpc.aio.Channel]) -> None:
        self._channels = channels

    def unary_unary(self, *arguments: Any, **named: Any) -> Callable[..., Any]:
        return _in_turn([channel.unary_unary(*arguments, **named) for channel in self._channels])

    def unary_stream(self, *arguments: Any, **named: Any) -> Callable[..., Any]:
        return _in_turn([channel.unary_stream(*arguments, **named) for channel in self._channels])


@asynccontextmanager
async def channels(target: str, credentials: Credentials = None) -> AsyncIterator[grpc.aio.Channel]:
    """A channel for stubs, open while the context is."""
    async with AsyncExitStack() as stack:
        opened = [
            await stack.enter_async_context(async_channel(target, number, credentials)) for number in range(CHANNELS)
        ]
        yield cast(grpc.aio.Channel, _Spread(opened))


def _in_turn(calls: list[Callable[..., Any]]) -> Callable[..., Any]:
    turns = itertools.cycle(calls)

    def call(*arguments: Any, **named: Any) -> Any:
        return next(turns)(*arguments, **named)

    return call
