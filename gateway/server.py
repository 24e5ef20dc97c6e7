"""The HTTP server: uvicorn in a thread of its own, on a socket that is bound before anything else happens."""

import asyncio
import logging
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager
from functools import partial
from types import TracebackType
from typing import Self, cast

import uvicorn
import uvloop
from starlette.types import ASGIApp

from gateway.connection import BoundedHttpProtocol, ConnectionLimits, OpenConnections
from gateway.https import Protection

_BACKLOG = 2048


class _SignallingServer(uvicorn.Server):
    """Says when it serves."""

    def __init__(self, config: uvicorn.Config, started: Future[None]) -> None:
        super().__init__(config)
        self._started = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._started.set_result(None)


class GatewayServer:
    """Serves an application while its context is open; leaving it finishes what was begun and leaves no thread.

    Args:
        port: 0 for any free one; the attribute `port` is the one it got.
        application: Opened on the event loop before the first request, closed after the last.
        drain_seconds: How long requests that are under way may take when the server stops.
        keep_alive_seconds: How long an idle connection is kept.
        protection: Of connections.
        shares_port: Whether other processes listen on the port too.

    Raises:
        OSError: On entering, when the port is taken.
    """

    def __init__(
        self,
        host: str,
        port: int,
        application: Callable[[], AbstractAsyncContextManager[ASGIApp]],
        limits: ConnectionLimits,
        connections: OpenConnections,
        drain_seconds: int,
        keep_alive_seconds: int,
        protection: Protection,
        shares_port: bool,
    ) -> None:
        self.port = port
        self._host = host
        self._application = application
        self._limits = limits
        self._connections = connections
        self._drain_seconds = drain_seconds
        self._keep_alive_seconds = keep_alive_seconds
        self._protection = protection
        self._shares_port = shares_port

    def __enter__(self) -> Self:
        self._socket = self._listen()
        self.port = self._socket.getsockname()[1]
        self._started: Future[None] = Future()
        self._thread = threading.Thread(target=self._run, name="gateway")
        self._thread.start()
        self._started.result()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join()

    @property
    def ready(self) -> bool:
        """Whether the server takes traffic."""
        return self._thread.is_alive() and not self._server.should_exit

    def _listen(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        try:
            return socket.create_server(
                (self._host, self.port), family=family, backlog=_BACKLOG, reuse_port=self._shares_port
            )
        except OSError as error:
            raise OSError(f"the gateway cannot listen on {self._host}:{self.port}: is the port taken?") from error

    def _run(self) -> None:
        try:
            with self._socket, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(self._serve())
        except BaseException as error:  # It must reach whoever waits for the start.
            if self._started.done():
                raise
            self._started.set_exception(error)

    async def _serve(self) -> None:
        async with self._application() as application:
            config = self._config(application)
            config.load()
            config.ssl = self._protection.context
            self._server = _SignallingServer(config, self._started)
            await self._server.serve(sockets=[self._socket])

    def _config(self, application: ASGIApp) -> uvicorn.Config:
        return uvicorn.Config(
            application,
            http=cast(type[asyncio.Protocol], partial(BoundedHttpProtocol, self._limits, self._connections)),
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            log_level=logging.ERROR,
            access_log=False,
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=self._keep_alive_seconds,
            timeout_graceful_shutdown=self._drain_seconds,
        )
