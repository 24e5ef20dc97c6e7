"""Follows the invalidations that the token service knows of, for whoever keeps its answers.

Polling is what counts; the stream of `WatchInvalidations` only wakes it early.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import grpc
import grpc.aio

from authplane.token.v1.token_pb2 import (
    SyncInvalidationsRequest,
    SyncInvalidationsResponse,
    WatchInvalidationsRequest,
)
from shared.cache.log import News
from shared.cache.view import View
from shared.clock import Clock
from shared.rpc.basis import invalidation_of, position_message, position_of

if TYPE_CHECKING:
    from authplane.token.v1.token_pb2_grpc import TokenServiceAsyncStub, TokenServiceStub

_RECONNECT_SECONDS = 0.25


class _Follower:
    """What to ask next, and what to make of the answer."""

    def __init__(self, view: View, clock: Clock) -> None:
        self._view = view
        self._clock = clock
        self._begin = True
        self._asked_at = 0.0
        self.timeout = view.max_staleness

    def question(self) -> SyncInvalidationsRequest:
        self._asked_at = self._clock.monotonic()
        return SyncInvalidationsRequest(since=None if self._begin else position_message(self._view.position))

    def take(self, reply: SyncInvalidationsResponse) -> None:
        news = News(
            reply.restart,
            tuple(map(invalidation_of, reply.invalidations)),
            position_of(reply.position),
            reply.complete,
            reply.age,
        )
        self._begin = not self._view.follow(news, self._asked_at)

    def miss(self) -> None:
        """There was no answer."""
        self._view.lose_touch()


class AsyncRpcFeed:
    """Follows on an event loop, from `start` until `stop`."""

    def __init__(self, view: View, tokens: "TokenServiceAsyncStub", clock: Clock, poll_seconds: float) -> None:
        self._follower = _Follower(view, clock)
        self._tokens = tokens
        self._poll_seconds = poll_seconds
        self._woken = asyncio.Event()

    def start(self) -> None:
        """Begins to follow."""
        self._tasks = [asyncio.create_task(self._sync()), asyncio.create_task(self._watch())]

    async def stop(self) -> None:
        """Follows no longer."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def wake(self) -> None:
        """Has it ask at once."""
        self._woken.set()

    async def _sync(self) -> None:
        while True:
            self._woken.clear()
            complete = True
            # Until it answers again the view grows stale, and nothing that is kept is used.
            try:
                reply = await self._tokens.SyncInvalidations(self._follower.question(), timeout=self._follower.timeout)
                self._follower.take(reply)
                complete = reply.complete
            except grpc.RpcError:
                self._follower.miss()
            if complete:
                # Not `wait_for`: it loses a cancellation that comes with what it waits for, and nobody would stop.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._poll_seconds):
                        await self._woken.wait()

    async def _watch(self) -> None:
        while True:
            with contextlib.suppress(grpc.RpcError):
                async for _ in self._tokens.WatchInvalidations(WatchInvalidationsRequest()):
                    self._woken.set()
            await asyncio.sleep(_RECONNECT_SECONDS)


class RpcFeed:
    """Follows on threads of its own, from `start` until `stop`."""

    def __init__(self, view: View, tokens: "TokenServiceStub", clock: Clock, poll_seconds: float) -> None:
        self._follower = _Follower(view, clock)
        self._tokens = tokens
        self._poll_seconds = poll_seconds
        self._woken = threading.Event()
        self._stop = threading.Event()
        self._lock = threading.Lock()  # Guards _cancel, which another thread calls.
        self._cancel: Callable[[], object] = lambda: None
        self._threads = [
            threading.Thread(target=work, name=f"authplane {work.__name__.strip('_')}", daemon=True)
            for work in (self._sync, self._watch)
        ]

    def start(self) -> None:
        """Begins to follow."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Follows no longer; no thread is left."""
        self._stop.set()
        self._woken.set()
        with self._lock:
            self._cancel()
        for thread in self._threads:
            thread.join()

    def _sync(self) -> None:
        while not self._stop.is_set():
            self._woken.clear()
            complete = True
            try:
                reply = self._tokens.SyncInvalidations(self._follower.question(), timeout=self._follower.timeout)
                self._follower.take(reply)
                complete = reply.complete
            except grpc.RpcError:
                self._follower.miss()
            if complete and not self._stop.is_set():
                self._woken.wait(self._poll_seconds)

    def _watch(self) -> None:
        while not self._stop.is_set():
            with contextlib.suppress(grpc.RpcError):
                self._listen()
            self._stop.wait(_RECONNECT_SECONDS)

    def _listen(self) -> None:
        stream = self._tokens.WatchInvalidations(WatchInvalidationsRequest())
        with self._lock:
            self._cancel = stream.cancel
        if self._stop.is_set():
            stream.cancel()
        for _ in stream:
            self._woken.set()
