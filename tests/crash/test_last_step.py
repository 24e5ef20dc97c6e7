"""Killed at the last step of a change, when only its version is yet to be taken: all of it holds, or none."""

import time
from contextlib import closing
from typing import LiteralString

import psycopg
import pytest

from tests.contract.examples import NOW, client, code, logged_in, redemption, session, user
from tests.crash.judge import require_nothing_half_done
from tests.races.arena import Arena
from tests.races.calls import ENDINGS, log_in, redeem, revoke
from tests.races.processes import racers
from tests.servers.postgres import PostgresDatabases, open_store

VERSION: LiteralString = "SELECT FROM store_version FOR UPDATE"
BUSY: LiteralString = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND state <> 'idle' AND pid <> pg_backend_pid()
"""


CUT: LiteralString = """
SELECT pg_terminate_backend(pid)::int FROM pg_stat_activity
WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


@pytest.mark.parametrize("victim", ["process", "connection"])
@pytest.mark.parametrize("change", ["revocation", "replay of the code", "login in its place", *ENDINGS])
def test_nothing_is_half_done(postgres_databases: PostgresDatabases, change: str, victim: str) -> None:
    """Looked at in the tables, when the server has seen that nobody is there any more."""
    with (
        postgres_databases.database() as url,
        racers(url, 1) as racer,
        closing(open_store(url)) as store,
        psycopg.connect(url, autocommit=True) as connection,
    ):
        arena = Arena(url, store, racer, connection)
        store.insert_client(client("web"))
        owner = user()
        begun = logged_in(store, owner)
        issued = code(begun)
        store.insert_code(issued)
        family = store.redeem_code(redemption(issued))
        others = {
            "revocation": revoke(family),
            "replay of the code": redeem(issued),
            "login in its place": log_in(session(owner), begun),
        }
        with arena.held(VERSION):
            arena.begin(others.get(change) or ENDINGS[change](begun))
            if victim == "process":
                arena.kill()
            else:
                assert arena.numbers(CUT) == [1]
        deadline = time.monotonic() + 10
        while arena.numbers(BUSY) != [0]:
            assert time.monotonic() < deadline
            time.sleep(0.005)
        require_nothing_half_done(url)
        if victim == "connection":
            assert [outcome.error for outcome in arena.outcomes] == ["Unavailable"]
            assert store.list_sessions(owner.user_id, NOW + 5) == [begun]
            assert store.find_family(family.family_id, NOW + 5) == family
