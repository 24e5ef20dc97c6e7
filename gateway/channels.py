"""Several connections to one service, used in turn."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, cast

import grpc
import grpc.aio

from shared.rpc.channel import Credentials, async_channel

CHANNELS = 4
"""So many processes behind one address share the calls, and no connection comes near the server's bound on streams."""


class _Spread:
    """What a stub needs of a channel: its calls go over several in turn, leaving out those that are not connected.

    After a restart they connect again one by one, and a call over one that has yet to would fail for nothing.
    """

    def __init__(self, channels: Sequence[grpc.aio.Channel]) -> None:
        self._channels = channels
        self._next = 0

    def unary_unary(self, *arguments: Any, **named: Any) -> Callable[..., Any]:
        return self._spread([channel.unary_unary(*arguments, **named) for channel in self._channels])

    def unary_stream(self, *arguments: Any, **named: Any) -> Callable[..., Any]:
        return self._spread([channel.unary_stream(*arguments, **named) for channel in self._channels])

    def _spread(self, calls: Sequence[Callable[..., Any]]) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            return calls[self._choose()](*arguments, **named)

        return call

    def _choose(self) -> int:
        first, count = self._next, len(self._channels)
        self._next = (first + 1) % count
        turns = [(first + turn) % count for turn in range(count)]
        connected = (turn for turn in turns if self._is_connected(turn))
        return next(connected, first)

    def _is_connected(self, number: int) -> bool:
        return self._channels[number].get_state(try_to_connect=True) is grpc.ChannelConnectivity.READY


@asynccontextmanager
async def channels(target: str, credentials: Credentials = None) -> AsyncIterator[grpc.aio.Channel]:
    """A channel for stubs, open while the context is."""
    async with AsyncExitStack() as stack:
        opened = [
            await stack.enter_async_context(async_channel(target, number, credentials)) for number in range(CHANNELS)
        ]
        yield cast(grpc.aio.Channel, _Spread(opened))
