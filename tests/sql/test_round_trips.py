"""How often each operation asks the server, counted by the server."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.store import Store
from shared.store.postgres.server import LocalServer
from tests.servers.postgres import OPTIONS, PostgresDatabases, programs
from tests.sql.operations import OPERATIONS

BUDGET = {
    "find_user_by_login": 1,
    "insert_session": 1,
    "find_session": 1,
    "check_session": 1,
    "find_user": 1,
    "find_client": 1,
    "find_family": 1,
    "find_refresh_token": 1,
    "find_consent": 1,
    "is_access_token_revoked": 1,
    "insert_code": 1,
    "redeem_code": 1,
    "rotate_refresh_token": 1,
    "use_assertion": 1,
    "list_signing_keys": 1,
}
"""Statements of what requests do; each is a transaction of its own."""

TRANSACTIONS = {
    "revoke_family": 2,
    "revoke_access_token": 2,
    "end_session": 3,
    "end_sessions_of_user": 4,
    "insert_session in place of another": 4,
    "set_password": 4,
    "disable_user": 4,
    "disable_client": 2,
}
"""Statements of one transaction, without its BEGIN and COMMIT."""


class Log:
    """The server's own record of statements."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def statements(self) -> list[str]:
        """All so far."""
        text = self._file.read_text(errors="replace")
        return re.findall(r"LOG:  (?:statement|execute [^:]+):\s+(\w+)", text)


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Log]]:
    directory = tmp_path_factory.mktemp("counted")
    options = {**OPTIONS, "log_statement": "all"}
    with (
        LocalServer(directory, programs(), options) as server,
        PostgresDatabases(server) as databases,
        databases.store(pg_pool_max=1, pg_prepare_threshold=-1) as store,
    ):
        yield store, Log(directory / "log")


def asked(counted: tuple[Store, Log], name: str) -> list[str]:
    """What the server was asked during the operation."""
    store, log = counted
    act = OPERATIONS[name](store)
    before = len(log.statements())
    act()
    return log.statements()[before:]


@pytest.mark.parametrize("name", BUDGET)
def test_a_request_asks_once(counted: tuple[Store, Log], name: str) -> None:
    """One round trip, and no BEGIN around it."""
    assert len(asked(counted, name)) == BUDGET[name]


@pytest.mark.parametrize("name", TRANSACTIONS)
def test_an_ending_is_one_short_transaction(counted: tuple[Store, Log], name: str) -> None:
    """With so many statements and no more."""
    first, *statements, last = asked(counted, name)
    assert (first, last) == ("BEGIN", "COMMIT")
    assert len(statements) == TRANSACTIONS[name]
