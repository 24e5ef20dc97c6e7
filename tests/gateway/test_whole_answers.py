"""Answers from memory, byte for byte: their heads are encoded once."""

import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from authplane.token.v1.token_pb2 import IntrospectResponse
from tests.eventually import eventually
from tests.gateway.conftest import Gateway, run_gateway
from tests.gateway.test_kept import Log, asked

_BODY = b"token=the+token"
_AUTHORIZATION = b"authorization: Basic d2ViOnNlY3JldA==\r\n"


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    log = Log()
    with contextmanager(run_gateway)(log.view) as made:
        made.script.answers("Introspect", IntrospectResponse(active=True, sub="ada", basis=log.basis("user:1")))
        eventually(lambda: is_repeated(made))
        yield made


def is_repeated(gateway: Gateway) -> bool:
    """Whether nobody is asked for an answer, which is so once the gateway follows the log."""
    before = asked(gateway)
    exchange(gateway, question(), b"}")
    return asked(gateway) == before


def question(version: bytes = b"1.1", more: bytes = b"") -> bytes:
    form = b"content-type: application/x-www-form-urlencoded\r\ncontent-length: %d\r\n" % len(_BODY)
    return (
        b"POST /auth/introspect HTTP/" + version + b"\r\nhost: x\r\n" + _AUTHORIZATION + form + more + b"\r\n" + _BODY
    )


def exchange(gateway: Gateway, sent: bytes, until: bytes = b"", times: int = 1) -> bytes:
    """What comes back; until the connection is closed, or the last of so many bodies has come."""
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=10) as connection:
        connection.sendall(sent)
        received = b""
        while (part := connection.recv(65536)) and not (until and (received + part).count(until) >= times):
            received += part
        return received + part


def plain(answer: bytes) -> bytes:
    """Without what is another one each time."""
    return re.sub(rb"(date|x-request-id): [^\r]*\r\n", b"", answer)


def in_order(answer: bytes) -> list[bytes]:
    head, _, body = plain(answer).partition(b"\r\n\r\n")
    return [*sorted(head.split(b"\r\n")), body]


def test_it_is_the_same_again(gateway: Gateway) -> None:
    """But for its date and its id, which are there."""
    second = exchange(gateway, question(), b"}")
    before = asked(gateway)
    first = exchange(gateway, question(more=b"x-other: makes it another question\r\n"), b"}")
    assert asked(gateway) == before + 1
    assert in_order(first) == in_order(second)
    for name in (b"date: ", b"x-request-id: ", b"content-length: ", b"cache-control: no-store", b"nosniff"):
        assert second.count(name) == 1


def test_the_caller_s_id_comes_back(gateway: Gateway) -> None:
    """If it is harmless."""
    before = asked(gateway)
    assert b"x-request-id: mine-1\r\n" in exchange(gateway, question(more=b"x-request-id: mine-1\r\n"), b"}")
    assert asked(gateway) == before


@pytest.mark.parametrize(("version", "more"), [(b"1.0", b""), (b"1.1", b"connection: close\r\n")])
def test_who_wants_no_more_is_let_go(gateway: Gateway, version: bytes, more: bytes) -> None:
    """The answer says so, and the connection is closed after it."""
    before = asked(gateway)
    answer = exchange(gateway, question(version, more or b"accept: */*\r\n"))
    assert asked(gateway) == before
    assert b"connection: close\r\n" in answer
    assert answer.endswith(b"}")


def test_many_at_once_are_answered_in_order(gateway: Gateway) -> None:
    """Pipelined, all from memory."""
    before = asked(gateway)
    answers = exchange(gateway, question() * 5, b'"sub":"ada"}', times=5)
    assert asked(gateway) == before
    assert answers.count(b"HTTP/1.1 200 OK\r\n") == 5
