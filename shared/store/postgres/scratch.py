"""A database for a while."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.errors import InsufficientPrivilege

from shared.errors import Unavailable
from shared.store.postgres.errors import is_connection_lost

_CONNECT_SECONDS = 5


class ScratchDatabase:
    """A new, empty database on a server, dropped when its context closes.

    Args:
        server_url: A database on that server; its role must be allowed to create databases.
        template: The name of a database to copy; nobody may be connected to it.

    Attributes:
        name: A random name.
        url: For psycopg and psql.

    Raises:
        Unavailable: From here and every method: the address is malformed, the server does not answer, or it refuses a
            database, as it does to a role that may not create any. The message says what to do; what the server said
            is its `__cause__`.
    """

    def __init__(self, server_url: str, template: str = "template0") -> None:
        self._server_url = server_url
        self._template = template
        self.name = f"authplane_scratch_{secrets.token_hex(6)}"
        try:
            self.url = make_conninfo(server_url, dbname=self.name)
        except psycopg.Error:
            # What the parser says may hold the password.
            raise Unavailable(
                "the address of the database cannot be read; it is postgresql://user:password@host:port/database"
            ) from None

    def __enter__(self) -> Self:
        self._on_server(f'CREATE DATABASE "{self.name}" TEMPLATE "{self._template}"')
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._on_server(f'DROP DATABASE "{self.name}" WITH (FORCE)')

    def connect(self, **options: Any) -> psycopg.Connection[tuple[Any, ...]]:
        """A new connection in which every statement commits by itself; the caller closes it."""
        with _unavailable():
            return psycopg.connect(self.url, autocommit=True, **options)

    def _on_server(self, statement: str) -> None:
        with (
            _unavailable(),
            psycopg.connect(self._server_url, autocommit=True, connect_timeout=_CONNECT_SECONDS) as connection,
        ):
            connection.execute(statement)


@contextmanager
def _unavailable() -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        raise Unavailable(_advice(error)) from error


def _advice(error: psycopg.Error) -> str:
    if isinstance(error, InsufficientPrivilege):
        return "the role may not create databases; let it (ALTER ROLE ... CREATEDB), or name another role"
    if is_connection_lost(error):
        return "the database does not answer; see that its server runs, and that address and password are right"
    return "the server refuses a database for a while; change what it names, or name another server"
