"""Work that a path cannot do without: one bare statement on a bare connection, and signatures."""

import os
import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any, TypeVar

import psycopg
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from load.store.bare import BareStatements
from load.store.rows import redemptions, rotations

Work = Callable[[], object]
Item = TypeVar("Item")

STATEMENTS = ("none", "rotate", "redeem", "insert")

_TOKEN = os.urandom(400)
"""About as long as what is signed of a token."""

_PLAIN = ("client_id", "client_epoch", "redirect_uri", "code_challenge", "user_id", "session_id", "scopes", "nonce")
_AS_TEXT = ("requested_claims", "auth_time", "created_at", "expires_at", "not_after")
_LAST = ("acr", "amr")
_EXAMPLE = f"SELECT {', '.join([*_PLAIN, *(f'{name}::text' for name in _AS_TEXT), *_LAST])} FROM auth_codes LIMIT 1"  # noqa: S608 - constants.
_INSERT = f"INSERT INTO auth_codes (code, {', '.join([*_PLAIN, *_AS_TEXT, *_LAST])}) VALUES ({', '.join(['%s'] * 16)})"  # noqa: S608 - likewise.


class _TakenInTurn(Iterator[Item]):
    """Items of an iterator, for many threads."""

    def __init__(self, items: Iterator[Item]) -> None:
        self._items = items
        self._lock = threading.Lock()

    def __next__(self) -> Item:
        with self._lock:
            return next(self._items)


def signing(count: int) -> Work:
    """So many ES256 signatures of what is as long as a token."""
    key = ec.generate_private_key(ec.SECP256R1())
    algorithm = ec.ECDSA(hashes.SHA256())

    def work() -> None:
        for _ in range(count):
            key.sign(_TOKEN, algorithm)

    return work


def statement(stack: ExitStack, url: str, name: str, rows: int, connections: int) -> Work:
    """One statement, which is a transaction of its own, on rows as `load.store.rows.fill` makes them.

    Args:
        name: One of `STATEMENTS`.
        stack: Closes the connections.
    """
    if name == "none":
        return lambda: None
    idle: queue.SimpleQueue[psycopg.Connection[Any]] = queue.SimpleQueue()
    for _ in range(connections):
        idle.put(stack.enter_context(closing(psycopg.connect(url, autocommit=True))))
    run = _runner(name, rows, idle)

    def work() -> None:
        connection = idle.get()
        try:
            run(connection)
        finally:
            idle.put(connection)

    return work


def _runner(
    name: str, rows: int, idle: "queue.SimpleQueue[psycopg.Connection[Any]]"
) -> Callable[[psycopg.Connection[Any]], object]:
    items: Iterator[Any]
    match name:
        case "rotate":
            items = _TakenInTurn(rotations(rows))
            return lambda connection: BareStatements(connection).rotate(next(items))
        case "redeem":
            items = _TakenInTurn(redemptions(rows))
            return lambda connection: BareStatements(connection).redeem(next(items))
        case _:
            connection = idle.get()
            example = connection.execute(_EXAMPLE).fetchone() or ()
            idle.put(connection)
            return lambda connection: connection.execute(_INSERT, (os.urandom(32), *example))
