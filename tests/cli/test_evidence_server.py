"""`authplane explain` and `authplane exercises` on a server that gives them no database."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from tests.cli.conftest import Command
from tests.servers.postgres import PostgresDatabases

COMMANDS = ("explain", "exercises")
ROLE, PASSWORD = "makes_no_databases", "hush"


@pytest.fixture
def role_without_databases(postgres_databases: PostgresDatabases) -> Iterator[str]:
    """The server's address for a role that may log in and nothing else."""
    with psycopg.connect(postgres_databases.url, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {ROLE} LOGIN PASSWORD '{PASSWORD}'")
        yield make_conninfo(postgres_databases.url, user=ROLE, password=PASSWORD)
        connection.execute(f"DROP ROLE {ROLE}")


def failure(command: str, url: str) -> str:
    """The one line that it fails with, without the password."""
    code, message = Command({"DATABASE_URL": url}).failure(command)
    assert (code, len(message.splitlines()), PASSWORD in message) == (3, 1, False)
    return message


@pytest.mark.parametrize("command", COMMANDS)
def test_a_role_that_may_not_create_databases_is_told_what_it_needs(command: str, role_without_databases: str) -> None:
    message = failure(command, role_without_databases)
    assert message.startswith("authplane: the role may not create databases; let it (ALTER ROLE ... CREATEDB), or ")
    assert message.endswith(": permission denied to create database")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_server_that_does_not_answer_is_told(command: str) -> None:
    message = failure(command, f"postgresql://u:{PASSWORD}@127.0.0.1:1/x")
    assert message.startswith("authplane: the database does not answer; see that its server runs")
    assert "Connection refused" in message


@pytest.mark.parametrize("command", COMMANDS)
def test_a_wrong_password_is_told(command: str, postgres_databases: PostgresDatabases) -> None:
    """With what the server says of it."""
    message = failure(command, make_conninfo(postgres_databases.url, password=PASSWORD))
    assert "password authentication failed" in message


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("url", [f"postgresql://u:{PASSWORD}%zz@127.0.0.1/x", f"host {PASSWORD}"])
def test_an_address_that_is_none_is_told(command: str, url: str) -> None:
    """With the form of one, and without repeating it."""
    assert "it is postgresql://" in failure(command, url)
