"""The client for an event loop."""

import itertools
from collections.abc import Awaitable, Sequence
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self, TypeVar

import grpc

from authplane.auth.v1.auth_pb2_grpc import AuthServiceStub
from authplane.token.v1.token_pb2 import BatchIntrospectRequest, RevokeRequest
from authplane.token.v1.token_pb2_grpc import TokenServiceStub
from authplane_client.answers import Introspection, Session
from authplane_client.failures import error_of
from authplane_client.memory import Memory, digest
from authplane_client.options import Options
from shared.rpc.channel import async_channel
from shared.rpc.failure import failure_of
from shared.rpc.feed import AsyncRpcFeed

Answer = TypeVar("Answer")
_DEFAULT = Options()
_MAX_BATCH = 100


class AsyncClient:
    """`authplane_client.Client` for an event loop: made and used on one, open while its context is.

    The methods take and raise the same.
    """

    def __init__(self, token_target: str, auth_target: str = "", options: Options = _DEFAULT) -> None:
        self._token_target = token_target
        self._auth_target = auth_target
        self._options = options
        self._memory = Memory(options)

    async def __aenter__(self) -> Self:
        self._stack = AsyncExitStack()
        numbers, credentials = range(self._options.channels), self._options.credentials
        enter = self._stack.enter_async_context
        channels = [await enter(async_channel(self._token_target, number, credentials)) for number in numbers]
        self._tokens = itertools.cycle([TokenServiceStub(channel) for channel in channels])
        if self._auth_target:
            channels = [await enter(async_channel(self._auth_target, number, credentials)) for number in numbers]
            self._auth = itertools.cycle([AuthServiceStub(channel) for channel in channels])
        memory = self._memory
        feed = AsyncRpcFeed(memory.view, next(self._tokens), memory.clock, self._options.poll_seconds)
        feed.start()
        self._stack.push_async_callback(feed.stop)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def introspect(
        self, token: str, *, min_store_version: int = 0, timeout: float | None = None
    ) -> Introspection:
        """See `Client.introspect`."""
        key = digest(token)
        found = self._memory.find(self._memory.introspections, key, min_store_version)
        if found is not None:
            return found.value
        question = self._memory.introspect_request(token, min_store_version)
        began = self._memory.clock.monotonic()
        told = await self._call(next(self._tokens).Introspect(question, timeout=self._seconds(timeout)))
        return self._memory.keep_introspection(key, told, began)

    async def batch_introspect(
        self, tokens: Sequence[str], *, min_store_version: int = 0, timeout: float | None = None
    ) -> list[Introspection]:
        """See `Client.batch_introspect`."""
        answers: dict[str, Introspection] = {}
        for token in tokens:
            found = self._memory.find(self._memory.introspections, digest(token), min_store_version)
            if found is not None:
                answers[token] = found.value
        unknown = list(dict.fromkeys(token for token in tokens if token not in answers))
        for begin in range(0, len(unknown), _MAX_BATCH):
            some = unknown[begin : begin + _MAX_BATCH]
            at_least = self._memory.introspect_request("", min_store_version).min_store_version
            question = BatchIntrospectRequest(tokens=some, min_store_version=at_least)
            began = self._memory.clock.monotonic()
            told = await self._call(next(self._tokens).BatchIntrospect(question, timeout=self._seconds(timeout)))
            for token, response in zip(some, told.responses, strict=True):
                answers[token] = self._memory.keep_introspection(digest(token), response, began)
        return [answers[token] for token in tokens]

    async def validate_session(
        self, session_handle: str, *, min_store_version: int = 0, timeout: float | None = None
    ) -> Session | None:
        """See `Client.validate_session`."""
        if not self._auth_target:
            raise ValueError("validate_session needs auth_target")
        key = digest(session_handle)
        found = self._memory.find(self._memory.sessions, key, min_store_version)
        if found is not None:
            return found.value
        question = self._memory.validate_request(session_handle, min_store_version)
        began = self._memory.clock.monotonic()
        told = await self._call(next(self._auth).ValidateSession(question, timeout=self._seconds(timeout)))
        return self._memory.keep_session(key, told, began)

    async def revoke(self, token: str, *, timeout: float | None = None) -> int:
        """See `Client.revoke`."""
        told = await self._call(next(self._tokens).Revoke(RevokeRequest(token=token), timeout=self._seconds(timeout)))
        self._memory.view.note(told.store_version, told.invalidated)
        return told.store_version

    def _seconds(self, timeout: float | None) -> float:
        return self._options.timeout if timeout is None else timeout

    async def _call(self, call: Awaitable[Answer]) -> Answer:
        try:
            return await call
        except grpc.RpcError as error:
            failure = failure_of(error)
            self._memory.note(failure)
            raise error_of(failure) from error
