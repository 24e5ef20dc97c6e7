"""A real browser, and a client for it to come back to."""

import os
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from cli.dev.plane import DevPlane

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC_BROWSER = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
PATIENCE_MS = 20_000  # A busy machine is slow, not wrong.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium without a screen. A module at a time: while it runs, no other event loop can. In CI it must be there."""
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    executable = found or (str(MAC_BROWSER) if MAC_BROWSER.exists() else None)
    if executable is None and not os.environ.get("CI"):
        pytest.skip("no browser here; install one with: make setup-test")
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield browser
        browser.close()


@dataclass
class ClientApplication:
    """A web application at its redirect URI; keeps what it is sent."""

    redirect_uri: str
    received: list[tuple[str, dict[str, str]]] = field(default_factory=list)


@pytest.fixture
def application() -> Iterator[ClientApplication]:
    """A client on a free loopback port, which the registration of the public client allows."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if urlsplit(self.path).path == "/callback":
                client.received.append(("GET", dict(parse_qsl(urlsplit(self.path).query))))
            self._answer()

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            client.received.append(("POST", dict(parse_qsl(body))))
            self._answer()

        def _answer(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><html lang=en><title>Client</title><h1>Back at the client</h1>")

        def log_message(self, format: str, *args: object) -> None:
            """Silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        client = ClientApplication(f"http://127.0.0.1:{server.server_address[1]}/callback")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield client
        server.shutdown()
        thread.join()


@dataclass
class Visit:
    """A page of a fresh browser profile, and what went wrong on it."""

    page: Page
    plane: DevPlane
    problems: list[str]

    def authorize_url(self, application: ClientApplication, **parameters: str) -> str:
        values = {
            "client_id": "spa",
            "response_type": "code",
            "redirect_uri": application.redirect_uri,
            "scope": "openid profile offline_access",
            "state": "state",
            "code_challenge": "a" * 43,
            "code_challenge_method": "S256",
            **parameters,
        }
        query = "&".join(f"{name}={value.replace(' ', '+')}" for name, value in values.items())
        return f"{self.plane.issuer}/auth/authorize?{query}"

    def log_in(self, username: str = "ada", password: str = "correct horse battery staple") -> None:
        self.page.get_by_label("User name or e-mail").fill(username)
        self.page.get_by_label("Password").fill(password)
        self.page.get_by_role("button", name="Sign in").click()


@pytest.fixture(params=[{}], ids=["default"])
def visit(request: pytest.FixtureRequest, browser: Browser, plane: DevPlane) -> Iterator[Visit]:
    """Fresh cookies; every console error and policy violation on our pages is a failure."""
    context = browser.new_context(**request.param)
    page = context.new_page()
    problems: list[str] = []

    def remember(message: ConsoleMessage) -> None:
        if message.type == "error" and message.location["url"].startswith(plane.issuer):
            problems.append(message.text)

    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", remember)
    yield Visit(page, plane, problems)
    context.close()
    # Chromium writes every answer of 400 and more to the console; those are meant.
    assert [problem for problem in problems if "the server responded with a status of 4" not in problem] == []
