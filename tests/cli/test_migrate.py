"""`authplane migrate` on a real database."""

from collections.abc import Iterator

import pytest

from shared.store.postgres.migrations import load_migrations
from shared.store.postgres.scratch import ScratchDatabase
from tests.cli.conftest import Command
from tests.servers.postgres import PostgresDatabases

NAMES = [migration.name for migration in load_migrations()]


@pytest.fixture
def scratch(postgres_databases: PostgresDatabases) -> Iterator[ScratchDatabase]:
    with ScratchDatabase(postgres_databases.url) as scratch:
        yield scratch


@pytest.fixture
def authplane(scratch: ScratchDatabase) -> Command:
    return Command({"DATABASE_URL": scratch.url, "COLUMNS": "100"})


def tables(scratch: ScratchDatabase) -> set[str]:
    with scratch.connect() as connection:
        rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    return {name for (name,) in rows}


def test_up_takes_every_step_and_says_so(authplane: Command, scratch: ScratchDatabase) -> None:
    """And a second time there is nothing to do."""
    said = authplane.text("migrate", "up").splitlines()
    assert [line.split()[-1] for line in said] == NAMES
    assert {"users", "sessions", "refresh_tokens", "auth_codes"} <= tables(scratch)
    assert authplane.text("migrate", "up") == "nothing to do: the schema is there\n"


def test_a_dry_run_changes_nothing(authplane: Command, scratch: ScratchDatabase) -> None:
    """Neither up nor down."""
    assert len(authplane.text("migrate", "up", "--dry-run").splitlines()) == len(NAMES)
    assert tables(scratch) == set()
    authplane.text("migrate", "up")
    there = tables(scratch)
    assert len(authplane.text("migrate", "down", "--to", "0", "--dry-run").splitlines()) == len(NAMES)
    assert tables(scratch) == there


def test_the_status_tells_each_step(authplane: Command) -> None:
    """Which were taken, and which serving needs."""
    authplane.text("migrate", "up", "--to", "2")
    steps = authplane.json("migrate", "status")
    assert [bool(step["applied_at"]) for step in steps] == [True, True, False, False]
    assert [step["needed"] for step in steps][-2:] == ["needed to serve", "optional"]


def test_down_asks_first(authplane: Command, scratch: ScratchDatabase) -> None:
    """No answer is a no; with --yes, or a yes, the tables go."""
    authplane.text("migrate", "up")
    assert authplane.run("migrate", "down", "--to", "0", stdin="n\n").exit_code == 1
    assert "users" in tables(scratch)
    authplane.text("migrate", "down", "--to", "0", "--yes")
    assert tables(scratch) == {"schema_migrations"}


def test_print_needs_no_database() -> None:
    """It is the SQL itself."""
    printed = Command({"DATABASE_URL": None}).text("migrate", "print")
    assert "CREATE UNIQUE INDEX idx_users_email_lower ON users (lower(email));" in printed


def test_what_is_missing_is_said(authplane: Command) -> None:
    """No database named: 2. A wrong version: 2. Nobody answers: 3. The password is never shown."""
    assert Command({"DATABASE_URL": None}).failure("migrate", "up")[0] == 2
    assert authplane.failure("migrate", "up", "--to", "99")[0] == 2
    code, message = Command({"DATABASE_URL": "postgresql://me:hidden@127.0.0.1:1/x"}).failure("migrate", "status")
    assert (code, "hidden" in message) == (3, False)
