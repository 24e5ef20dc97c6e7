"""Bounds on what a connection may bring, over raw sockets."""

import re
import socket
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from http.client import HTTPResponse

import pytest

from authplane.token.v1 import token_pb2
from tests.gateway.answers import CLIENT_CREDENTIALS
from tests.gateway.conftest import Gateway, run_gateway

TOKEN = b"POST /auth/token HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
GRANT = b"grant_type=client_credentials"


@pytest.fixture(scope="module")
def hasty() -> Iterator[Gateway]:
    """A gateway that waits for nobody."""
    yield from run_gateway(request_timeout_seconds=0.5, keep_alive_seconds=1)


def connect(gateway: Gateway) -> socket.socket:
    return socket.create_connection(("127.0.0.1", gateway.port), timeout=5)


def read(connection: socket.socket) -> HTTPResponse:
    """One answer with its body."""
    response = HTTPResponse(connection)
    response.begin()
    response.read()
    return response


def exchange(gateway: Gateway, request: bytes) -> HTTPResponse:
    """The answer to one request on a connection of its own."""
    with closing(connect(gateway)) as connection:
        connection.sendall(request)
        return read(connection)


def statuses(gateway: Gateway, requests: bytes) -> list[bytes]:
    """The status lines that come until the connection is closed."""
    with closing(connect(gateway)) as connection:
        connection.sendall(requests)
        answers = b""
        with suppress(ConnectionResetError):
            while chunk := connection.recv(65536):
                answers += chunk
    return re.findall(rb"HTTP/1.1 \d{3} [A-Za-z ]+", answers)


def is_cut_off(connection: socket.socket, data: bytes, pause: float = 0.0) -> bool:
    """Whether the other side closes before 8 MiB, or 3 seconds, of the same data over and over."""
    give_up = time.monotonic() + 3
    try:
        for _ in range(2048):
            connection.sendall(data)
            time.sleep(pause)
            if pause and time.monotonic() > give_up:
                return False
    except ConnectionError:
        return True
    return False


@pytest.mark.parametrize(
    "head",
    [
        b"GET /%s HTTP/1.1\r\nHost: x\r\n\r\n" % (b"a" * 17_000),
        b"GET / HTTP/1.1\r\nX: %s\r\n\r\n" % (b"a" * 17_000),
        b"GET / HTTP/1.1\r\n%s\r\n" % b"".join(b"X-%d: 1\r\n" % i for i in range(101)),
        b"GET / HTTP/1.1\r\n%s: 1\r\n\r\n" % (b"a" * 17_000),
        b"GET /auth/login?ticket=%s HTTP/1.1\r\nHost: x\r\n\r\n" % (b"a" * 1_000_000),
        b"GET / HTTP/1.1\r\nX: %s" % (b"a" * 900_000),
    ],
    ids=["target", "value", "fields", "name", "megabyte", "unfinished"],
)
def test_a_head_that_is_too_large_is_refused(gateway: Gateway, head: bytes) -> None:
    """Row 29: 431 (RFC 6585 section 5), also when the head has no end."""
    answer = exchange(gateway, head)

    assert (431, "close") == (answer.status, answer.headers["connection"])
    assert ("nosniff", "no-store") == (answer.headers["x-content-type-options"], answer.headers["cache-control"])


def test_a_large_head_within_the_bounds_is_taken(gateway: Gateway) -> None:
    """Tickets, hints and cookies together have room."""
    fields = b"".join(b"X-%d: %s\r\n" % (i, b"a" * 100) for i in range(90))

    assert 404 == exchange(gateway, b"GET /%s HTTP/1.1\r\n%s\r\n" % (b"a" * 5000, fields)).status


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\x00\x01\x02\x03\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: a\x00b\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /auth/authorize?a=\xff HTTP/1.1\r\nHost: x\r\n\r\n",
        b"CONNECT example.com:443 HTTP/1.1\r\nHost: x\r\n\r\n",
        TOKEN + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        TOKEN + b"Content-Length: -1\r\n\r\n",
        TOKEN + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        TOKEN + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
def test_what_is_not_http_is_refused(gateway: Gateway, request_bytes: bytes) -> None:
    """Row 29: a plain 400 and nothing about the inside."""
    answer = exchange(gateway, request_bytes)

    assert (400, "close", "22") == (answer.status, answer.headers["connection"], answer.headers["content-length"])


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("/auth/token", "application/json"),
        ("/auth/introspect", "application/json"),
        ("/auth/revoke", "application/json"),
        ("/auth/userinfo", "application/json"),
        ("/auth/authorize", "text/html; charset=utf-8"),
        ("/auth/login", "text/html; charset=utf-8"),
        ("/auth/consent", "text/html; charset=utf-8"),
        ("/auth/logout", "text/html; charset=utf-8"),
    ],
)
@pytest.mark.parametrize("chunked", [False, True], ids=["declared", "chunked"])
def test_a_body_that_is_too_long_is_refused(gateway: Gateway, path: str, content_type: str, chunked: bool) -> None:
    """Row 29: 413 beyond 64 KiB, told or not how long it is, in the form of the endpoint; no service is asked."""
    body = b"grant_type=" + b"a" * 65_526
    framed = b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    declared = b"Content-Length: %d\r\n\r\n%s" % (len(body), body)

    answer = exchange(gateway, TOKEN.replace(b"/auth/token", path.encode()) + (framed if chunked else declared))

    assert (413, content_type) == (answer.status, answer.headers["content-type"])
    assert [] == gateway.script.questions


def test_a_body_of_64_kib_is_taken(gateway: Gateway) -> None:
    """The bound itself is within the bound."""
    gateway.script.answers("ClientCredentials", CLIENT_CREDENTIALS)
    body = (GRANT + b"&x=").ljust(65_536, b"a")

    assert 200 == exchange(gateway, TOKEN + b"Content-Length: 65536\r\n\r\n" + body).status


def test_a_client_that_waits_to_be_asked_is_spared_the_upload(gateway: Gateway) -> None:
    """A declared length that is too long is refused before 100 Continue (RFC 9110 section 10.1.1)."""
    with closing(connect(gateway)) as connection:
        connection.sendall(TOKEN + b"Expect: 100-continue\r\nContent-Length: 65537\r\n\r\n")

        assert 413 == read(connection).status


def test_an_endless_body_is_cut_off(gateway: Gateway) -> None:
    """Nobody is listened to for ever, even after the answer was given."""
    with closing(connect(gateway)) as connection:
        connection.sendall(TOKEN + b"Transfer-Encoding: chunked\r\n\r\n")

        assert is_cut_off(connection, b"1000\r\n" + b"a" * 4096 + b"\r\n")


def test_endless_trailers_are_cut_off(gateway: Gateway) -> None:
    """Fields after the body are bounded too."""
    with closing(connect(gateway)) as connection:
        connection.sendall(TOKEN + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX: ")

        assert is_cut_off(connection, b"a" * 4096)


def test_many_requests_at_once_are_cut_off(gateway: Gateway) -> None:
    """A client that never waits for an answer does not fill the memory."""
    assert len(statuses(gateway, b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n" * 1000)) <= 17


def test_a_few_requests_at_once_are_answered_in_order(gateway: Gateway) -> None:
    """Pipelining works (RFC 9112 section 9.3.2)."""
    requests = b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n" * 5
    last = b"GET /auth/jwks?x HTTP/1.0\r\n\r\n"
    gateway.script.answers("GetJwks", token_pb2.GetJwksResponse())

    expected = [b"HTTP/1.1 404 Not Found"] * 5 + [b"HTTP/1.1 200 OK"]
    assert expected == statuses(gateway, requests + last)


@pytest.mark.parametrize(
    "begun",
    [b"", b"GET / HTTP/1.1\r\nX: ", TOKEN + b"Content-Length: 10\r\n\r\na"],
    ids=["nothing", "head", "body"],
)
def test_a_slow_client_is_cut_off(hasty: Gateway, begun: bytes) -> None:
    """A connection that brings no whole request in time is closed, whatever part is missing (slowloris)."""
    with closing(connect(hasty)) as connection:
        started = time.monotonic()
        connection.sendall(begun)
        with suppress(ConnectionResetError):
            assert b"" == connection.recv(1)

        assert 0.4 < time.monotonic() - started < 3


def test_dripping_does_not_help(hasty: Gateway) -> None:
    """A byte now and then does not prolong the time."""
    with closing(connect(hasty)) as connection:
        assert is_cut_off(connection, b"\r\n", pause=0.1)


def test_dripping_after_an_answer_does_not_help(hasty: Gateway) -> None:
    """Neither after a request that was answered before its body had come."""
    with closing(connect(hasty)) as connection:
        connection.sendall(TOKEN + b"Content-Length: 100000\r\n\r\n")
        assert 413 == read(connection).status

        assert is_cut_off(connection, b"a", pause=0.1)


def test_an_idle_connection_is_closed_also_after_a_late_body(hasty: Gateway) -> None:
    """The end of a body that had its answer before it came begins the wait for the next request."""
    with closing(connect(hasty)) as connection:
        connection.sendall(TOKEN + b"Content-Length: 65537\r\n\r\n")
        assert 413 == read(connection).status
        connection.sendall(b"a" * 65_537)

        connection.settimeout(3)
        with suppress(ConnectionResetError):
            assert b"" == connection.recv(1)
