"""Whatever turns a yes into a no is logged, with the next version, in the same transaction."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from shared.errors import AuthplaneError
from shared.store import Store
from tests.contract.changes import CHANGES
from tests.contract.examples import NOW, granted
from tests.contract.races import race
from tests.servers.postgres import PostgresDatabases, open_store


class Logged:
    """A store, and what it logged."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.store: Store = open_store(url)

    def rows(self) -> list[tuple[int, str]]:
        return self._all("SELECT version, tag FROM invalidations ORDER BY version, tag")

    def version(self) -> int:
        return int(self._all("SELECT version FROM store_version")[0][0])

    def _all(self, query: str) -> list[Any]:
        with psycopg.connect(self.url) as connection:
            return connection.execute(query.encode()).fetchall()


@pytest.fixture
def logged(postgres_databases: PostgresDatabases) -> Iterator[Logged]:
    with postgres_databases.database() as url:
        logged = Logged(url)
        yield logged
        logged.store.close()


@pytest.mark.parametrize("name", CHANGES)
def test_what_cannot_be_logged_does_not_happen(logged: Logged, name: str) -> None:
    """The change and its log are one transaction: without the log there is neither."""
    act, _ = CHANGES[name](logged.store)
    before = _snapshot(logged.url)
    with psycopg.connect(logged.url, autocommit=True) as connection:
        connection.execute("ALTER TABLE invalidations ADD CONSTRAINT full_up CHECK (version < 0) NOT VALID")
    with pytest.raises(AuthplaneError):
        act()
    assert _snapshot(logged.url) == before


def _snapshot(url: str) -> list[Any]:
    tables = ("users", "sessions", "auth_codes", "refresh_tokens", "clients", "revoked_access_tokens", "store_version")
    with psycopg.connect(url) as connection:
        return [connection.execute(f"SELECT * FROM {table} ORDER BY 1".encode()).fetchall() for table in tables]


def test_what_changes_nothing_is_not_logged(logged: Logged) -> None:
    """Ending what has ended, and revoking what is revoked or unknown."""
    family = granted(logged.store)
    logged.store.end_session(family.session_id, NOW)
    before = logged.version()
    assert not logged.store.end_session(family.session_id, NOW)
    assert not logged.store.end_session("unknown", NOW)
    assert not logged.store.revoke_family(family.family_id, NOW)
    assert not logged.store.revoke_family("unknown", NOW)
    assert logged.version() == before


def test_versions_are_consecutive(logged: Logged) -> None:
    """Of 64 revocations at once some share a version; none is skipped, each is logged, each stamp is another one."""
    families = [granted(logged.store) for _ in range(64)]
    race(*[lambda family=family: logged.store.revoke_family(family.family_id, NOW) for family in families])
    rows = logged.rows()
    assert {version for version, _ in rows} == set(range(1, logged.version() + 1))
    tags = sorted(tag for _, tag in rows if tag.startswith("family:"))
    assert tags == sorted(f"family:{family.family_id}" for family in families)
    with psycopg.connect(logged.url) as connection:
        (stamps,) = connection.execute("SELECT count(DISTINCT stamp) FROM invalidations").fetchone() or (0,)
    assert stamps == len(rows)
