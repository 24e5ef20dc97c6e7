"""Reads the log of invalidations in PostgreSQL, on one connection that does nothing else."""

import contextlib
import socket
from typing import LiteralString

import psycopg

from shared.cache.log import News, Position
from shared.store.postgres.errors import domain_error
from shared.store.postgres.invalidations import CHANNEL, read_invalidations
from shared.store.postgres.settings import PostgresSettings
from shared.store.postgres.transaction import Parameters
from shared.store.postgres.types import Row, register


class PostgresLogReader:
    """`LogReader` on PostgreSQL. A notification wakes it; a pooler that swallows those costs time and nothing else.

    Raises:
        Unavailable: From every method but `interrupt` and `close`, when PostgreSQL does not answer.
    """

    def __init__(self, url: str, settings: PostgresSettings) -> None:
        options = settings.connection_options("feed")
        try:
            # An unanswered request is given up by the kernel, since a statement's own limit needs a server that lives.
            self._connection: psycopg.Connection[Row] = psycopg.connect(
                url,
                autocommit=True,
                tcp_user_timeout=settings.pg_statement_timeout_ms,
                **options,  # type: ignore[arg-type]  # All are options of libpq.
            )
            register(self._connection)
            self._cursor = self._connection.cursor(binary=True)
            self._connection.execute(f"LISTEN {CHANNEL}".encode())
        except psycopg.Error as error:
            raise domain_error(error) from error

    def read(self, since: Position | None, limit: int) -> News:
        try:
            return read_invalidations(self, since, limit)
        except psycopg.Error as error:
            raise domain_error(error) from error

    def wait(self, seconds: float) -> None:
        try:
            for _ in self._connection.notifies(timeout=seconds, stop_after=1):
                return
        except psycopg.Error as error:
            raise domain_error(error) from error

    def interrupt(self) -> None:
        with contextlib.suppress(OSError, psycopg.Error), socket.socket(fileno=self._connection.fileno()) as half:
            half.shutdown(socket.SHUT_RDWR)
            half.detach()

    def close(self) -> None:
        with contextlib.suppress(psycopg.Error):
            self._connection.close()

    def one(self, statement: LiteralString, parameters: Parameters) -> Row | None:
        return self._cursor.execute(statement, parameters).fetchone()

    def all(self, statement: LiteralString, parameters: Parameters) -> list[Row]:
        return self._cursor.execute(statement, parameters).fetchall()

    def count(self, statement: LiteralString, parameters: Parameters) -> int:
        return self._cursor.execute(statement, parameters).rowcount
