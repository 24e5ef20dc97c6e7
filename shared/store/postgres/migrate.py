"""Brings a database to a version of the schema, and says where it is."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from shared.errors import Unavailable
from shared.store.postgres.errors import domain_error
from shared.store.postgres.migrations import REQUIRED_VERSION, Migration, Script, load_migrations

Connection = psycopg.Connection[tuple[Any, ...]]
Told = Callable[[Migration], None]

_LOCK = 0x61757468706C616E  # "authplan"
_LOCK_SECONDS = 60.0

_CREATE_HISTORY = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    version integer PRIMARY KEY,
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
)
"""


class MigrationRefused(Exception):
    """The database is not as it should be; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Step:
    """A migration, and when this database took it; empty when it did not."""

    migration: Migration
    applied_at: str


class Migrator:
    """Changes the schema of one database; one at a time, whoever else tries.

    Raises:
        Unavailable: From every method, when the database does not answer or another migrator holds it for a minute.
        MigrationRefused: From every method, when a step was changed after it was taken, or the database has steps that
            this version of authplane does not know.
    """

    def __init__(self, database_url: str) -> None:
        self._url = database_url

    def status(self) -> list[Step]:
        """Every step, in order. Changes nothing."""
        with self._connected() as connection:
            taken = _taken(connection)
            return [Step(migration, taken.get(migration.version, "")) for migration in load_migrations()]

    def up(self, to: int | None = None, told: Told = lambda _: None) -> list[Migration]:
        """Takes the steps that are missing, up to a version; calls `told` before each, and returns them."""
        limit = load_migrations()[-1].version if to is None else to

        def wanted(taken: dict[int, str]) -> list[Migration]:
            return [step for step in load_migrations() if step.version not in taken and step.version <= limit]

        return self._apply(wanted, _take, told)

    def down(self, to: int, told: Told = lambda _: None) -> list[Migration]:
        """Takes steps back, the newest first, until the database is at a version. What their tables held is lost."""

        def wanted(taken: dict[int, str]) -> list[Migration]:
            return [step for step in reversed(load_migrations()) if step.version in taken and step.version > to]

        return self._apply(wanted, _take_back, told)

    def require_served_schema(self) -> None:
        """Raises `MigrationRefused` unless the database has what a process needs to serve. Changes nothing."""
        missing = [step for step in self.status() if not step.applied_at and step.migration.version <= REQUIRED_VERSION]
        if missing:
            raise MigrationRefused(
                f"the database lacks step {missing[0].migration.version} ({missing[0].migration.name}) of the schema; "
                "run: authplane migrate up"
            )

    def _apply(
        self,
        wanted: Callable[[dict[int, str]], list[Migration]],
        apply: Callable[[Connection, Migration], None],
        told: Told,
    ) -> list[Migration]:
        with self._connected() as connection, _locked(connection):
            connection.execute(_CREATE_HISTORY)
            steps = wanted(_taken(connection))
            for step in steps:
                told(step)
                apply(connection, step)
            return steps

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        try:
            with psycopg.connect(
                self._url, autocommit=True, connect_timeout=5, application_name="authplane migrate"
            ) as connection:
                # No reader or writer waits behind a step for longer than this: the step fails and can be repeated.
                connection.execute("SET lock_timeout = '5s'")
                yield connection
        except psycopg.Error as error:
            raise domain_error(error) from error


@contextmanager
def _locked(connection: Connection) -> Iterator[None]:
    # Whoever waits inside a statement is waited for by CREATE INDEX CONCURRENTLY, so nobody does.
    deadline = time.monotonic() + _LOCK_SECONDS
    while not _value(connection, sql.SQL("SELECT pg_try_advisory_lock({})").format(_LOCK)):
        if time.monotonic() > deadline:
            raise Unavailable("another migration holds the database; try again when it is through")
        time.sleep(0.1)
    try:
        yield
    finally:
        connection.execute(sql.SQL("SELECT pg_advisory_unlock({})").format(_LOCK))


def _taken(connection: Connection) -> dict[int, str]:
    """When each step was taken, by version."""
    if not _value(connection, sql.SQL("SELECT to_regclass('schema_migrations') IS NOT NULL")):
        return {}
    rows = connection.execute("SELECT version, name, checksum, applied_at::text FROM schema_migrations").fetchall()
    known = {migration.version: migration for migration in load_migrations()}
    for version, name, checksum, _ in rows:
        if version not in known:
            raise MigrationRefused(f"the database has step {version} ({name}), which a later authplane made")
        if known[version].checksum != checksum:
            raise MigrationRefused(f"step {version} ({name}) is not the one that the database took")
    return {version: applied_at for version, _, _, applied_at in rows}


def _take(connection: Connection, step: Migration) -> None:
    _run(
        connection,
        step.up,
        "INSERT INTO schema_migrations (version, name, checksum) VALUES (%s, %s, %s)",
        (step.version, step.name, step.checksum),
    )


def _take_back(connection: Connection, step: Migration) -> None:
    _run(connection, step.down, "DELETE FROM schema_migrations WHERE version = %s", (step.version,))


def _run(connection: Connection, script: Script, note: str, values: tuple[object, ...]) -> None:
    if not script.in_transaction:
        for statement in script.statements:
            connection.execute(statement.encode())
        connection.execute(note.encode(), values)
        return
    with connection.transaction():
        for statement in script.statements:
            connection.execute(statement.encode())
        connection.execute(note.encode(), values)


def _value(connection: Connection, query: sql.Composed | sql.SQL) -> Any:
    row = connection.execute(query).fetchone()
    return row[0] if row else None
