"""How PostgreSQL sweeps: by the index on the expiry, in its order, waiting for nobody."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import psycopg
import pytest

from evidence.plan import Node, Plan
from load.sweep.rows import add_rows
from shared.store import SweptTable
from shared.store.postgres.database import Database
from shared.store.postgres.migrate import Migrator
from shared.store.postgres.scratch import ScratchDatabase
from shared.store.postgres.sweeping import OLDEST, SWEEPS
from tests.contract.examples import logged_in, user
from tests.servers.postgres import PostgresDatabases, postgres_settings
from tests.sql.partitioned import make_partitioned_schema
from tests.sweeper.conftest import CLOCK, Swept, expired_sessions

T = SweptTable
INDEXES = {
    T.SESSIONS: "idx_sessions_expires",
    T.CODES: "idx_codes_expires",
    T.FAMILIES: "idx_tokens_expires",
    T.ACCESS_TOKENS: "idx_revoked_access_tokens_expires",
    T.ASSERTIONS: "idx_used_assertions_expires",
    T.INVALIDATIONS: "invalidations_pkey",
}
"""Signing keys have none: there are never more than a few."""
ROWS = 20_000

Explain = Callable[[str, float, int], Plan]


@pytest.fixture(scope="module", params=["plain", "partitioned"])
def connection(request: pytest.FixtureRequest, postgres_databases: PostgresDatabases) -> Iterator[Any]:
    """A database with many rows of each kind, half of them expired."""
    with ScratchDatabase(postgres_databases.url) as scratch, scratch.connect() as opened:
        if request.param == "partitioned":
            make_partitioned_schema(scratch.url)
        else:
            Migrator(scratch.url).up()
        for table in INDEXES:
            add_rows(opened, table, ROWS // 2, CLOCK.now() - 10)
            add_rows(opened, table, ROWS // 2, CLOCK.now() + 100_000, first=ROWS)
        opened.execute("VACUUM (ANALYZE)")
        yield opened


@pytest.fixture(params=["force_custom_plan", "force_generic_plan"])
def explain(request: pytest.FixtureRequest, connection: Any) -> Explain:
    def explained(statement: str, now: float, limit: int) -> Plan:
        with connection.transaction(force_rollback=True):
            connection.execute(f"SET LOCAL plan_cache_mode = {request.param}")
            query = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}".encode()
            row = connection.execute(query, {"now": now, "limit": limit}).fetchone()
        return Plan.parse(row[0])

    return explained


def scans(plan: Plan) -> list[Node]:
    return [node for node in plan.nodes() if "Scan" in node.type and node.relation]


def chosen(plan: Plan) -> list[Node]:
    """From the LIMIT down: how the rows are chosen."""
    return [below for node in plan.nodes() if node.type == "Limit" for below in node.walk()]


@pytest.mark.parametrize("table", INDEXES)
def test_a_sweep_goes_by_the_index_on_the_expiry(explain: Explain, connection: Any, table: SweptTable) -> None:
    """Rows come in its order, are locked as they come, and no table is read as a whole; none is sorted either."""
    plan = explain(SWEEPS[table], CLOCK.now(), 100)
    assert [str(node.relation) for node in plan.nodes() if node.type == "Seq Scan"] == [], plan
    picking = chosen(plan)
    used = {definition(connection, node.index) for node in picking if node.index}
    assert used == {definition(connection, INDEXES[table])}, plan
    assert {"Sort", "Incremental Sort", "Bitmap Heap Scan"} & {node.type for node in picking} == set(), plan
    assert ("LockRows" in {node.type for node in picking}) == (table is not T.INVALIDATIONS), plan


def definition(connection: Any, index: str | None) -> str:
    """The columns of an index; those of a partition's index are those of the whole one's."""
    (text,) = connection.execute("SELECT pg_get_indexdef(%s::regclass)", (index,)).fetchone()
    return str(text).rpartition("(")[2]


@pytest.mark.parametrize("table", INDEXES)
def test_so_does_the_question_for_the_oldest(explain: Explain, connection: Any, table: SweptTable) -> None:
    """And it looks at a few pages only."""
    plan = explain(OLDEST[table], CLOCK.now(), 1)
    assert {definition(connection, node.index) for node in scans(plan) if node.index} == {
        definition(connection, INDEXES[table])
    }, plan
    assert "Sort" not in plan.node_types
    assert plan.shared_blocks <= 80, plan


@pytest.mark.parametrize("table", INDEXES)
def test_the_work_is_bounded_by_the_batch(explain: Explain, table: SweptTable) -> None:
    """A batch of a hundred looks at pages for a hundred rows, however many have expired."""
    plan = explain(SWEEPS[table], CLOCK.now(), 100)
    assert plan.shared_blocks <= 16 * 100 * 4, plan
    assert sum(node.in_all_loops("Actual Rows") for node in chosen(plan) if node.type == "Limit") <= 100 + 1


def test_the_order_is_by_expiry(postgres: Swept) -> None:
    """What expired first goes first."""
    for seconds in (30, 10, 20):
        expired_sessions(postgres.store, 1, seconds)
    for left in (20, 10):
        postgres.store.sweep(T.SESSIONS, CLOCK.now(), 1)
        oldest = postgres.store.oldest_expired(T.SESSIONS, CLOCK.now())
        assert oldest is not None
        assert CLOCK.now() - oldest == pytest.approx(left, abs=5)


def test_locked_rows_are_passed_over(postgres: Swept) -> None:
    """Nobody is waited for."""
    expired_sessions(postgres.store, 10)
    own = postgres.open_own()
    with psycopg.connect(postgres.url) as holder, closing(own):
        holder.execute("SELECT FROM sessions ORDER BY expires_at LIMIT 4 FOR SHARE")
        begun = time.monotonic()
        assert own.sweep(T.SESSIONS, CLOCK.now(), 100) == 6
        assert time.monotonic() - begun < 0.5
        holder.rollback()
        assert own.sweep(T.SESSIONS, CLOCK.now(), 100) == 4


def test_one_sweeper_at_a_time_has_the_log(postgres: Swept) -> None:
    """Holes in it would look like a history rewritten."""
    for number in range(10):
        postgres.store.record_invalidations([f"tag {number}"])
    own, later = postgres.open_own(), postgres.store.current_time() + 1
    with psycopg.connect(postgres.url) as holder, closing(own):
        holder.execute("SELECT pg_advisory_xact_lock(hashtext('authplane sweeps the log'))")
        assert own.sweep(T.INVALIDATIONS, later, 100) == 0
        holder.rollback()
        assert own.sweep(T.INVALIDATIONS, later, 100) == 9


def test_it_has_a_connection_of_its_own_with_its_own_limits(postgres: Swept) -> None:
    """So that no request waits for the sweeper, and its statements give up sooner."""
    with closing(postgres.open_own()) as own, psycopg.connect(postgres.url) as connection:
        own.current_time()
        names = connection.execute("SELECT application_name FROM pg_stat_activity WHERE datname = current_database()")
        assert "authplane sweeper" in {name for (name,) in names}
    settings = postgres_settings(postgres.url, pg_sweeper_statement_timeout_ms=700, pg_sweeper_lock_timeout_ms=70)
    options = str(settings.for_sweeper().connection_options("sweeper")["options"])
    assert "statement_timeout=700" in options
    assert "lock_timeout=70" in options
    assert "statement_timeout=2000" in str(settings.connection_options("requests")["options"])


def test_a_pool_tells_how_long_its_callers_wait(postgres: Swept) -> None:
    """Those who wait now, and all waits so far."""
    with closing(Database(postgres.url, postgres_settings(postgres.url), "test", 1)) as database:
        database.one("SELECT 1", {})
        before = database.pressure
        acts = [threading.Thread(target=lambda: database.one("SELECT pg_sleep(0.2)", {})) for _ in range(3)]
        for act in acts:
            act.start()
        time.sleep(0.1)
        assert database.pressure.waiting == 2
        for act in acts:
            act.join()
        after = database.pressure
    assert (after.waiting, after.requests - before.requests) == (0, 3)
    assert after.waited_seconds - before.waited_seconds > 0.3


def test_a_session_that_lives_again_stays(postgres: Swept) -> None:
    """A row that is prolonged while the sweeper has chosen it is looked at once more."""
    logged_in(postgres.store, user(), created_at=CLOCK.now() - 100, expires_at=CLOCK.now() - 10)
    own = postgres.open_own()
    with closing(own), psycopg.connect(postgres.url) as other:
        other.execute("UPDATE sessions SET expires_at = 'infinity'")
        assert own.sweep(T.SESSIONS, CLOCK.now(), 10) == 0
        other.commit()
        assert own.sweep(T.SESSIONS, CLOCK.now(), 10) == 0
