"""The loopback redirect: where the browser brings the authorization response (RFC 8252 section 7.3)."""

import threading
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, urlsplit

from cli.failures import CommandFailed

_PATH = "/callback"
_PAGE = (
    "<!doctype html><html lang=en><meta charset=utf-8><meta name=color-scheme content='light dark'>"
    "<meta name=viewport content='width=device-width'><title>authplane login</title><h1>{title}</h1><p>{text}</p>"
)

Response = dict[str, str]
"""The parameters of an authorization response."""


class RedirectListener:
    """Listens on a free loopback port while its context is open.

    A request with another state than ours is answered and forgotten: whoever guesses the port cannot end the login.

    Args:
        state: What the response must bring back.
    """

    def __init__(self, state: str) -> None:
        self._responses: SimpleQueue[Response] = SimpleQueue()
        self._server = _Server(("127.0.0.1", 0), _handler(state, self._responses))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self.redirect_uri = f"http://127.0.0.1:{self._server.server_address[1]}{_PATH}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def wait(self, seconds: float) -> Response:
        """The response.

        Raises:
            CommandFailed: None came in time.
        """
        try:
            return self._responses.get(timeout=seconds)
        except Empty:
            raise CommandFailed(f"no answer from the browser within {seconds:.0f} s; run the command again") from None


class _Server(ThreadingHTTPServer):
    daemon_threads = True  # A browser may hold a connection open that it never uses.


def _handler(state: str, responses: SimpleQueue[Response]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 5

        def do_GET(self) -> None:
            url = urlsplit(self.path)
            response = dict(parse_qsl(url.query, max_num_fields=20))
            if url.path != _PATH:
                self._answer(404, "Not found", "There is nothing here.")
            elif response.get("state") != state:
                self._answer(400, "Not this login", "This answer belongs to another login. Go back to the terminal.")
            elif "error" in response:
                self._answer(200, "Not logged in", f"The answer was: {response['error']}. Go back to the terminal.")
                responses.put(response)
            else:
                self._answer(200, "Logged in", "You can close this window and go back to the terminal.")
                responses.put(response)

        def _answer(self, status: int, title: str, text: str) -> None:
            body = _PAGE.format(title=escape(title), text=escape(text)).encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Security-Policy", "default-src 'none'")
            self.send_header("Cache-Control", "no-store")
            self.send_header("Referrer-Policy", "no-referrer")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Keeps the code, which is in the request line, off the terminal."""

    return Handler
