"""The admin port, over a real socket."""

import io
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection, HTTPResponse

import pytest
from prometheus_client import CollectorRegistry, Counter

from shared.telemetry.admin import (
    AdminPage,
    AdminRequest,
    AdminServer,
    Page,
    live_page,
    metrics_page,
    ready_page,
)
from shared.telemetry.logging import make_logger


@contextmanager
def serving(
    pages: Mapping[str, Page], log: io.StringIO | None = None, host: str = "127.0.0.1"
) -> Iterator[AdminServer]:
    with AdminServer(host, 0, pages, make_logger(log or io.StringIO(), "info", "json")) as server:
        yield server


def get(
    server: AdminServer, path: str, method: str = "GET", host: str = "127.0.0.1", **headers: str
) -> tuple[HTTPResponse, str]:
    connection = HTTPConnection(host, server.port, timeout=10)
    connection.request(method, path, headers=headers)
    response = connection.getresponse()
    text = response.read().decode()
    connection.close()
    return response, text


def connect(server: AdminServer, said: bytes = b"") -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", server.port), timeout=10)
    connection.sendall(said)
    return connection


def registry_with(value: float) -> CollectorRegistry:
    registry = CollectorRegistry()
    Counter("logins", "Logins.", registry=registry).inc(value)
    return registry


def test_metrics_are_prometheus_text() -> None:
    """All series of the registry."""
    with serving({"/metrics": metrics_page(registry_with(3))}) as server:
        response, text = get(server, "/metrics")
    assert response.status == 200
    assert response.headers["Content-Type"].startswith("text/plain")
    assert "logins_total 3.0\n" in text


def test_metrics_are_openmetrics_where_that_is_accepted() -> None:
    """Prometheus itself asks for it."""
    with serving({"/metrics": metrics_page(registry_with(3))}) as server:
        response, text = get(server, "/metrics", Accept="application/openmetrics-text; version=1.0.0")
    assert response.headers["Content-Type"].startswith("application/openmetrics-text")
    assert text.endswith("# EOF\n")


def test_live_depends_on_nothing() -> None:
    """While readiness may be lost."""
    with serving({"/livez": live_page, "/readyz": ready_page({"store": lambda: False})}) as server:
        assert (get(server, "/livez")[0].status, get(server, "/readyz")[0].status) == (200, 503)


@pytest.mark.parametrize(
    ("store", "path", "accept", "expected"),
    [
        (True, "/readyz", "*/*", (200, "ok\n")),
        (True, "/readyz?verbose", "*/*", (200, "auth: ok\nstore: ok\n")),
        (False, "/readyz", "*/*", (503, "auth: ok\nstore: not ready\n")),
        (False, "/readyz", "application/json", (503, '{"auth": true, "store": false}\n')),
    ],
)
def test_ready_names_its_checks(store: bool, path: str, accept: str, expected: tuple[int, str]) -> None:
    """When asked, and when one fails."""
    with serving({"/readyz": ready_page({"auth": lambda: True, "store": lambda: store})}) as server:
        response, text = get(server, path, Accept=accept)
    assert (response.status, text) == expected


def test_remarks_decide_nothing() -> None:
    """They are told with the checks."""
    with serving({"/readyz": ready_page({"auth": lambda: True}, {"sweeper": lambda: False})}) as server:
        assert get(server, "/readyz")[0].status == 200
        response, text = get(server, "/readyz?verbose")
    assert (response.status, text) == (200, "auth: ok\nsweeper: not ready\n")


def test_other_paths_and_methods_are_refused() -> None:
    """404 and 405 with Allow; HEAD is GET without a body."""
    with serving({"/livez": live_page}) as server:
        assert get(server, "/")[0].status == 404
        assert get(server, "/livez/")[0].status == 404
        head, text = get(server, "/livez", "HEAD")
        assert (head.status, head.headers["Content-Length"], text) == (200, "3", "")
        for method in ("POST", "PUT", "DELETE", "OPTIONS", "BREW"):
            response, _ = get(server, "/livez", method)
            assert (response.status, response.headers["Allow"]) == (405, "GET, HEAD")


def test_a_page_that_fails_answers_and_is_logged(capfd: pytest.CaptureFixture[str]) -> None:
    """Row 29: the cause stands in the log alone; nothing is written to stderr past it."""
    log = io.StringIO()

    def failing(request: AdminRequest) -> AdminPage:
        raise ValueError("hunter2")

    with serving({"/statusz": failing}, log) as server:
        response, text = get(server, "/statusz")
        get(server, "/nothing")
        connect(server, b"garbage\r\n\r\n").close()
    assert response.status == 500
    assert "hunter2" not in text
    assert "hunter2" in log.getvalue()
    assert capfd.readouterr().err == ""


def test_an_address_that_cannot_be_had_is_an_error_that_names_it() -> None:
    """Before anything is served."""
    with serving({}) as server:
        logger = make_logger(io.StringIO(), "info", "json")
        with (
            pytest.raises(OSError, match=f"cannot listen on 127.0.0.1:{server.port}: Address already in use"),
            AdminServer("127.0.0.1", server.port, {}, logger),
        ):
            pass


def test_it_listens_on_ipv6_too() -> None:
    """When its host is an address of that kind."""
    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    with serving({"/livez": live_page}, host="::1") as server:
        assert get(server, "/livez", host="::1")[0].status == 200


def test_connections_that_say_nothing_do_not_keep_others_out() -> None:
    """The bound is on connections; the one that idles longest is given up for a new one."""
    before = threading.active_count()
    with serving({"/livez": live_page}) as server, ExitStack() as silent:
        for _ in range(40):
            silent.enter_context(connect(server, b"GET /livez HT"))
        began = time.monotonic()
        assert get(server, "/livez")[0].status == 200
        assert time.monotonic() - began < 3
        assert threading.active_count() - before <= 17


def test_no_thread_is_left() -> None:
    """Not even for connections that say nothing."""
    before = set(threading.enumerate())
    began = time.monotonic()
    with serving({"/livez": live_page}) as server:
        idle = connect(server, b"GET /livez HTTP/1.1\r\nX-Endless: ")
        get(server, "/livez")
    assert [thread.name for thread in set(threading.enumerate()) - before] == []
    assert time.monotonic() - began < 3
    idle.close()


def test_an_answer_that_was_begun_is_finished() -> None:
    """Leaving waits for pages that are being made."""
    begun = threading.Event()

    def slow(request: AdminRequest) -> AdminPage:
        begun.set()
        time.sleep(0.2)
        return live_page(request)

    with serving({"/slow": slow}) as server:
        connection = connect(server, b"GET /slow HTTP/1.1\r\n\r\n")
        assert begun.wait(5)
    with connection:
        assert connection.recv(100).startswith(b"HTTP/1.0 200 OK")
