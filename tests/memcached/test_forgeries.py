"""What others wrote into the cache, over a socket of their own."""

import os
import pickle
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from tests.memcached.tried import TriedCache
from tests.servers.memcached import MemcachedServer

MakeCache = Callable[..., TriedCache]


class Acting:
    """Whoever unpickles it makes a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __reduce__(self) -> tuple[Callable[..., None], tuple[str]]:
        return os.mkdir, (str(self._folder),)


@pytest.mark.parametrize(
    "forge",
    [
        lambda sealed: b"",
        lambda sealed: b"value",
        lambda sealed: sealed[:-1],
        lambda sealed: sealed[:33],
        lambda sealed: sealed + b"\0",
        lambda sealed: b"\x02" + sealed[1:],
        lambda sealed: sealed[:1] + bytes(32) + sealed[33:],
        lambda sealed: sealed[:-1] + bytes([sealed[-1] ^ 1]),
        lambda sealed: b"\xff" * 2**20,
    ],
    ids=["empty", "plain", "cut", "no value", "longer", "another version", "no MAC", "a bit", "huge"],
)
def test_what_is_not_ours_is_a_miss(
    memcached: MemcachedServer, cache: TriedCache, forge: Callable[[bytes], bytes]
) -> None:
    """It is counted, is no fault of the node, and is gone when we store anew."""
    cache.set("key", b"value", 60)
    (name,) = memcached.names()
    memcached.write(name, forge(memcached.read(name))[: 2**20 - 500])
    assert [cache.get("key") for _ in range(5)] == [None] * 5
    assert cache.counted("get") == {"rejected": 5}
    cache.set("key", b"value", 60)
    assert cache.get("key") == b"value"


def test_a_value_does_not_move(memcached: MemcachedServer, cache: TriedCache) -> None:
    """Ada's session is nothing under the name of another one."""
    cache.set("ada", b"active", 60)
    (ada,) = memcached.names()
    cache.set("eve", b"ended", 60)
    (eve,) = set(memcached.names()) - {ada}
    memcached.write(eve, memcached.read(ada))
    assert (cache.get("ada"), cache.get("eve")) == (b"active", None)
    assert cache.counted("get") == {"hit": 1, "rejected": 1}


def test_another_secret_s_values_are_none(memcached: MemcachedServer, make_cache: MakeCache) -> None:
    """Whoever may write to memcached and knows all but our secret."""
    ours, theirs = make_cache(memcached.name), make_cache(memcached.name, key=b"x" * 32)
    theirs.set("key", b"active", 60)
    assert (theirs.get("key"), ours.get("key")) == (b"active", None)
    assert ours.counted("get") == {"rejected": 1}


@pytest.mark.parametrize("flags", [0, 1, 2, 16])
def test_nothing_is_unpickled(memcached: MemcachedServer, cache: TriedCache, tmp_path: Path, flags: int) -> None:
    """Whatever kind its flags pretend: in other clients 1 says pickle, 2 a number, 16 text."""
    cache.set("key", b"value", 60)
    (name,) = memcached.names()
    memcached.write(name, pickle.dumps(Acting(tmp_path / "unpickled")), flags)
    assert cache.get("key") is None
    assert cache.counted("get") == {"rejected": 1}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "answer",
    [
        b"END",
        b"\0" * 100 + b"\r\n",
        b"VALUE\r\n",
        b"VALUE other 0 5\r\nvalue\r\nEND\r\n",
        b"VALUE %s 0 abc\r\nvalue\r\nEND\r\n",
        b"VALUE %s 0 -5\r\nvalue\r\nEND\r\n",
        b"VALUE %s 0 9\r\nvalue\r\nEND\r\n",
        b"VALUE %s 0 99999999999999\r\nvalue",
        b"SERVER_ERROR out of memory\r\n",
        b"CLIENT_ERROR bad command\r\n",
        b"ERROR\r\n",
        b"STORED\r\n",
        "HTTP/1.1 400 Bad Request\r\n\r\n".encode("utf-16"),
    ],
)
def test_a_node_that_lies_harms_nobody(make_cache: MakeCache, answer: bytes) -> None:
    """Whatever it answers, and if it is no memcached at all."""
    with socket.create_server(("127.0.0.1", 0)) as liar:

        def lie() -> None:
            for _ in range(2):
                connection, _ = liar.accept()
                with connection, suppress(OSError):  # The cache hangs up.
                    asked = connection.recv(4096).split()[1]
                    connection.sendall(answer.replace(b"%s", asked))

        thread = threading.Thread(target=lie, daemon=True)
        thread.start()
        cache = make_cache(f"127.0.0.1:{liar.getsockname()[1]}", timeout_seconds=2.0)
        assert cache.get("key") is None
        cache.set("key", b"value", 60)
        assert set(cache.counted("get")) <= {"error", "rejected"}
        assert set(cache.counted("set")) <= {"error", "done"}
        thread.join(10)
        assert not thread.is_alive()
