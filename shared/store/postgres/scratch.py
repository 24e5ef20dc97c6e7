"""A database for a while."""

import secrets
from types import TracebackType
from typing import Any, Self

import psycopg
from psycopg.conninfo import make_conninfo


class ScratchDatabase:
    """A new, empty database on a server, dropped when its context closes.

    Args:
        server_url: A database on that server; its role must be allowed to create databases.
        template: The name of a database to copy; nobody may be connected to it.

    Attributes:
        name: A random name.
        url: For psycopg and psql.

    Raises:
        psycopg.Error: The server does not answer, or the role may not create databases.
    """

    def __init__(self, server_url: str, template: str = "template0") -> None:
        self._server_url = server_url
        self._template = template
        self.name = f"authplane_scratch_{secrets.token_hex(6)}"
        self.url = make_conninfo(server_url, dbname=self.name)

    def __enter__(self) -> Self:
        self._on_server(f'CREATE DATABASE "{self.name}" TEMPLATE "{self._template}"')
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._on_server(f'DROP DATABASE "{self.name}" WITH (FORCE)')

    def connect(self, **options: Any) -> psycopg.Connection[tuple[Any, ...]]:
        """A new connection in which every statement commits by itself; the caller closes it."""
        return psycopg.connect(self.url, autocommit=True, **options)

    def _on_server(self, statement: str) -> None:
        with psycopg.connect(self._server_url, autocommit=True) as connection:
            connection.execute(statement)
