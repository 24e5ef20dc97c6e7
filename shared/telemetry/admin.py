"""The admin port: a small HTTP server beside the service, for people and monitors, on a thread of its own."""

import contextlib
import hmac
import json
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from structlog.typing import FilteringBoundLogger

_TIMEOUT_SECONDS = 5.0
_MAX_CONNECTIONS = 16
_OPEN = frozenset({"/livez", "/readyz"})
"""Orchestrators and balancers have no token; these pages say hardly anything."""


@dataclass(frozen=True, slots=True)
class AdminRequest:
    """What a page is asked for."""

    accept: str
    query: str
    authorization: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class AdminPage:
    """What a page answers."""

    status: int
    content_type: str
    body: bytes


Page = Callable[[AdminRequest], AdminPage]
Check = Callable[[], bool]


def metrics_page(registry: CollectorRegistry) -> Page:
    """All series of the registry, as Prometheus text or OpenMetrics, whichever is accepted."""

    def page(request: AdminRequest) -> AdminPage:
        encode, content_type = choose_encoder(request.accept)
        return AdminPage(200, content_type, encode(registry))

    return page


def live_page(request: AdminRequest) -> AdminPage:
    """Answers as long as the process does; depends on nothing else."""
    return _text(200, "ok\n")


def ready_page(checks: Mapping[str, Check], remarks: Mapping[str, Check] | None = None) -> Page:
    """200 when every check holds, else 503; names each check with `?verbose` or when one fails.

    Args:
        checks: By name.
        remarks: Checks that are named like the others and decide nothing; may grow while the page is served.
    """

    def page(request: AdminRequest) -> AdminPage:
        results = {name: check() for name, check in checks.items()}
        status = 200 if all(results.values()) else 503
        results.update({name: check() for name, check in dict(remarks or {}).items()})
        if "application/json" in request.accept:
            return AdminPage(status, "application/json", json.dumps(results).encode() + b"\n")
        if status == 200 and "verbose" not in request.query:
            return _text(status, "ok\n")
        return _text(status, "".join(f"{name}: {'ok' if held else 'not ready'}\n" for name, held in results.items()))

    return page


class AdminServer:
    """Serves pages over HTTP until the context is left.

    Args:
        pages: By path.
        token: What a reader of any page has to bring as `Authorization: Bearer`, but for those of health; empty for
            nothing.
        logger: Told why a page failed; requests are not logged.

    Raises:
        OSError: On entering, when the address cannot be had.
    """

    def __init__(
        self, host: str, port: int, pages: Mapping[str, Page], logger: FilteringBoundLogger, token: str = ""
    ) -> None:
        self._host = host
        self._port = port
        self._pages = _guarded(pages, token) if token else pages
        self._logger = logger

    @property
    def port(self) -> int:
        """The port in use."""
        return int(self._server.server_address[1])

    def __enter__(self) -> Self:
        try:
            self._server = _Server(self._host, self._port, self._pages, self._logger)
        except OSError as error:
            raise OSError(f"the admin server cannot listen on {self._host}:{self._port}: {error.strerror}") from error
        self._thread = threading.Thread(target=self._server.serve_forever, name="admin", kwargs={"poll_interval": 0.1})
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.hang_up()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    """A thread for each connection, and a bound on them; beyond it the oldest connection is heard no longer."""

    daemon_threads = False
    request_queue_size = 64

    def __init__(self, host: str, port: int, pages: Mapping[str, Page], logger: FilteringBoundLogger) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.pages = pages
        self.logger = logger
        self._room = threading.BoundedSemaphore(_MAX_CONNECTIONS)
        self._lock = threading.Lock()  # Guards _connections, which are in the order of their arrival.
        self._connections: dict[Any, None] = {}
        super().__init__((host, port), _Handler)

    def server_bind(self) -> None:
        TCPServer.server_bind(self)  # HTTPServer would also ask the DNS for the host's name, and wait for it.

    def process_request(self, request: Any, client_address: Any) -> None:
        if not self._room.acquire(blocking=False):
            self.hang_up(1)
            self._room.acquire()
        with self._lock:
            self._connections[request] = None
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._lock:
                del self._connections[request]
            self._room.release()

    def hang_up(self, count: int = _MAX_CONNECTIONS) -> None:
        """Reads no more from the oldest connections; answers that are being written are finished."""
        with self._lock:
            for connection in list(self._connections)[:count]:
                with contextlib.suppress(OSError):  # It has ended by itself.
                    connection.shutdown(socket.SHUT_RD)

    def handle_error(self, request: object, client_address: object) -> None:
        """A peer that hangs up is no event, and pages answer for themselves."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = _TIMEOUT_SECONDS
    server_version = "authplane"
    sys_version = ""

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        page = self.server.pages.get(parts.path, _not_found)
        try:
            answer = page(
                AdminRequest(self.headers.get("Accept", ""), parts.query, self.headers.get("Authorization", ""))
            )
        except Exception:  # Whatever a page does, its reader gets an answer.
            self.server.logger.exception("admin_page_failed", path=parts.path)
            answer = _text(500, "the page failed; the cause is in the log\n")
        self._answer(answer)

    do_HEAD = do_GET

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name.startswith("do_"):
            return lambda: self._answer(_text(405, "method not allowed\n"))
        raise AttributeError(name)

    def log_message(self, format: str, *args: object) -> None:
        """Requests to the admin port are not logged."""

    def _answer(self, page: AdminPage) -> None:
        self.send_response(page.status)
        self.send_header("Content-Type", page.content_type)
        self.send_header("Content-Length", str(len(page.body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
        if page.status == 401:
            self.send_header("WWW-Authenticate", "Bearer")
        if page.status == 405:
            self.send_header("Allow", "GET, HEAD")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(page.body)


def _guarded(pages: Mapping[str, Page], token: str) -> Mapping[str, Page]:
    expected = f"Bearer {token}".encode()

    def guarded(page: Page) -> Page:
        def checked(request: AdminRequest) -> AdminPage:
            if not hmac.compare_digest(request.authorization.encode(), expected):
                return _text(401, "this page needs the admin token: Authorization: Bearer ...\n")
            return page(request)

        return checked

    return {path: page if path in _OPEN else guarded(page) for path, page in pages.items()}


def _text(status: int, text: str) -> AdminPage:
    return AdminPage(status, "text/plain; charset=utf-8", text.encode())


def _not_found(request: AdminRequest) -> AdminPage:
    return _text(404, "not found\n")
