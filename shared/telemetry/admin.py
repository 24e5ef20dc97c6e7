"""The admin port: a small HTTP server beside the service, for people and monitors, on a thread of its own."""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

_TIMEOUT_SECONDS = 5.0
_MAX_CONCURRENT = 16


@dataclass(frozen=True, slots=True)
class AdminRequest:
    """What a page is asked for."""

    accept: str
    query: str


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
    return AdminPage(200, "text/plain; charset=utf-8", b"ok\n")


def ready_page(checks: Mapping[str, Check]) -> Page:
    """200 when every check holds, else 503; names each check with `?verbose` or when one fails."""

    def page(request: AdminRequest) -> AdminPage:
        results = {name: check() for name, check in checks.items()}
        ready = all(results.values())
        if "application/json" in request.accept:
            return AdminPage(200 if ready else 503, "application/json", json.dumps(results).encode() + b"\n")
        lines = [f"{name}: {'ok' if result else 'not ready'}\n" for name, result in results.items()]
        text = "".join(lines) if "verbose" in request.query or not ready else "ok\n"
        return AdminPage(200 if ready else 503, "text/plain; charset=utf-8", text.encode())

    return page


class AdminServer:
    """Serves pages over HTTP until the context is left.

    Args:
        pages: By path.

    Raises:
        OSError: On entering, when the port is taken.
    """

    def __init__(self, host: str, port: int, pages: Mapping[str, Page]) -> None:
        self._address = (host, port)
        self._pages = pages

    @property
    def port(self) -> int:
        """The port in use."""
        return int(self._server.server_address[1])

    def __enter__(self) -> Self:
        self._server = _Server(self._address, self._pages)
        self._thread = threading.Thread(target=self._server.serve_forever, name="admin", kwargs={"poll_interval": 0.1})
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    block_on_close = True
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], pages: Mapping[str, Page]) -> None:
        self.pages = pages
        self._room = threading.BoundedSemaphore(_MAX_CONCURRENT)
        super().__init__(address, _Handler)

    def process_request(self, request: object, client_address: object) -> None:
        self._room.acquire()
        super().process_request(request, client_address)  # type: ignore[arg-type]  # The stub names a private alias.

    def process_request_thread(self, request: object, client_address: object) -> None:
        try:
            super().process_request_thread(request, client_address)  # type: ignore[arg-type]  # Likewise.
        finally:
            self._room.release()

    def handle_error(self, request: object, client_address: object) -> None:
        """A peer that hangs up is no event."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = _TIMEOUT_SECONDS
    server_version = "authplane"
    sys_version = ""

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        page = self.server.pages.get(parts.path, _not_found)
        self._answer(page(AdminRequest(self.headers.get("Accept", ""), parts.query)))

    do_HEAD = do_GET

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name.startswith("do_"):
            return lambda: self._answer(AdminPage(405, "text/plain; charset=utf-8", b"method not allowed\n"))
        raise AttributeError(name)

    def log_message(self, format: str, *args: object) -> None:
        """Requests to the admin port are not logged."""

    def _answer(self, page: AdminPage) -> None:
        self.send_response(page.status)
        self.send_header("Content-Type", page.content_type)
        self.send_header("Content-Length", str(len(page.body)))
        self.send_header("X-Content-Type-Options", "nosniff")
        if page.status == 405:
            self.send_header("Allow", "GET, HEAD")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(page.body)


def _not_found(request: AdminRequest) -> AdminPage:
    return AdminPage(404, "text/plain; charset=utf-8", b"not found\n")
