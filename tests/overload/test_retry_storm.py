"""A thousand clients with the published service config, whose service refuses all of them for a while."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

import grpc

from authplane.token.v1 import token_pb2, token_pb2_grpc
from shared.errors import Unavailable
from shared.rpc.channel import async_channel
from tests.rpc.scripted import serving

CLIENTS, CHANNELS, CALLS = 1000, 10, 8


class Service:
    """Down, or up."""

    def __init__(self) -> None:
        self.attempts = 0
        self.is_up = False

    def __call__(self, request: object, context: object) -> token_pb2.IntrospectResponse:
        self.attempts += 1
        if not self.is_up:
            down = Unavailable("down")
            down.retry_after = 0.01
            raise down
        return token_pb2.IntrospectResponse(active=True)


async def storm(port: int, calls: int) -> Counter[str]:
    """So many calls of each client, one after the other; clients share a few channels, as processes do."""
    channels = [async_channel(f"127.0.0.1:{port}", number) for number in range(CHANNELS)]
    stubs = [token_pb2_grpc.TokenServiceStub(channel) for channel in channels]
    outcomes = Counter[str]()

    async def client(number: int) -> None:
        ask: Callable[..., Awaitable[object]] = stubs[number % CHANNELS].Introspect
        for _ in range(calls):
            try:
                await ask(token_pb2.IntrospectRequest(), timeout=100)
                outcomes["OK"] += 1
            except grpc.RpcError as error:
                outcomes[error.code().name] += 1

    await asyncio.gather(*(client(number) for number in range(CLIENTS)))
    for channel in channels:
        await channel.close()
    return outcomes


def test_retries_do_not_multiply() -> None:
    """While all is refused there are a tenth more attempts than calls at most; then all goes on as before."""
    service = Service()
    # Nobody is refused for any other reason, however slow the machine.
    room = {"store_queue": 8000, "lane_budget_ms": 0, "lane_share": 1, "rpc_max_concurrent": 16000}
    settings = {**room, "rpc_deadline_seconds": 120}
    with serving(service, **settings) as running:
        down = asyncio.run(storm(running.server.port, CALLS))
        attempts, calls = service.attempts, CLIENTS * CALLS
        assert down == {"UNAVAILABLE": calls}
        assert calls < attempts <= 1.1 * calls
        service.is_up, service.attempts = True, 0
        assert asyncio.run(storm(running.server.port, 2)) == {"OK": 2 * CLIENTS}
        assert service.attempts == 2 * CLIENTS
