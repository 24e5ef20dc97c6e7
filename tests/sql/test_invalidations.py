"""Whatever turns a yes into a no is logged, with the next version, in the same transaction."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from shared.errors import AuthplaneError
from shared.store import Store
from tests.contract.examples import NOW, client, code, granted, logged_in, redemption, rotation, session, user
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


def _ended(store: Store) -> tuple[Callable[[], Any], str]:
    begun = logged_in(store)
    return lambda: store.end_session(begun.session_id, NOW), f"session:{begun.session_id}"


def _replaced(store: Store) -> tuple[Callable[[], Any], str]:
    owner = user()
    begun = logged_in(store, owner)
    return lambda: store.insert_session(session(owner), "hash", begun.session_id), f"session:{begun.session_id}"


def _of_user(act: Callable[[Store, str], Any]) -> Callable[[Store], tuple[Callable[[], Any], str]]:
    def made(store: Store) -> tuple[Callable[[], Any], str]:
        user_id = logged_in(store).user_id
        return lambda: act(store, user_id), f"user:{user_id}"

    return made


def _of_client(act: Callable[[Store], Any]) -> Callable[[Store], tuple[Callable[[], Any], str]]:
    def made(store: Store) -> tuple[Callable[[], Any], str]:
        store.insert_client(client("web"))
        return lambda: act(store), "client:web"

    return made


def _revoked(store: Store) -> tuple[Callable[[], Any], str]:
    family = granted(store)
    return lambda: store.revoke_family(family.family_id, NOW), f"family:{family.family_id}"


def _reused(store: Store) -> tuple[Callable[[], Any], str]:
    family = granted(store)
    store.rotate_refresh_token(rotation(family))
    return lambda: store.rotate_refresh_token(rotation(family, now=NOW + 999)), f"family:{family.family_id}"


def _replayed(store: Store) -> tuple[Callable[[], Any], str]:
    issued = code(logged_in(store))
    store.insert_code(issued)
    family = store.redeem_code(redemption(issued))
    return lambda: store.redeem_code(redemption(issued)), f"family:{family.family_id}"


def _created(store: Store) -> tuple[Callable[[], Any], str]:
    new = user()
    return lambda: store.insert_user(new), f"user:{new.user_id}"


CHANGES: dict[str, Callable[[Store], tuple[Callable[[], Any], str]]] = {
    "logout": _ended,
    "login in place of another": _replaced,
    "logout everywhere": _of_user(lambda store, user_id: store.end_sessions_of_user(user_id, NOW)),
    "password change": _of_user(lambda store, user_id: store.set_password(user_id, "new", NOW)),
    "user disabled": _of_user(lambda store, user_id: store.disable_user(user_id, NOW)),
    "user enabled": _of_user(lambda store, user_id: store.enable_user(user_id)),
    "profile change": _of_user(lambda store, user_id: store.update_claims(user_id, {"name": "Ada"}, NOW)),
    "family revoked": _revoked,
    "refresh token reused": _reused,
    "code replayed": _replayed,
    "access token revoked": lambda store: (lambda: store.revoke_access_token("x", NOW + 60, NOW), "jti:x"),
    "client disabled": _of_client(lambda store: store.disable_client("web", NOW)),
    "client enabled": _of_client(lambda store: store.enable_client("web")),
    "client secret replaced": _of_client(lambda store: store.set_client_secret("web", "new")),
    "user created": _created,
    "client registered": lambda store: (lambda: store.insert_client(client("web")), "client:web"),
    "consent granted": lambda store: (
        lambda: store.grant_consent("ada", "web", frozenset({"openid"}), NOW),
        "consent:ada:web",
    ),
    "keys replaced": lambda store: (lambda: store.replace_signing_keys([], {}), "keys"),
    "client changed": _of_client(lambda store: store.update_client(client("web"))),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_takes_the_next_version(logged: Logged, name: str) -> None:
    """One, and logs its one tag with it."""
    act, tag = CHANGES[name](logged.store)
    before = logged.version()
    with contextlib.suppress(AuthplaneError):
        act()
    assert logged.version() == before + 1
    assert logged.rows()[-1] == (before + 1, tag)


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
