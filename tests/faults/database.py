"""PostgreSQL is stopped, killed, frozen, far away, locked, or read-only."""

import signal
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from authplane.auth.v1 import user_admin_pb2, user_admin_pb2_grpc
from tests.eventually import eventually
from tests.faults.asks import of_health, of_life, of_memory, of_the_store
from tests.faults.doors import TIMEOUT
from tests.faults.fault import Fault, Figures, Lengths, Strike
from tests.faults.stage import Stage
from tests.faults.watch import OK, REFUSALS, Ask, Watch, longest, over_grpc, require_none, require_soon
from tests.servers.postgres import frozen

# As documented; what is longer has a factor of its own, because the machine may be busy with other things.
REFUSED_SECONDS = 0.25
_BACK_SECONDS = 0.5
_UNREADY_SECONDS = _READY_SECONDS = 4 * 2.0
_FROZEN_SECONDS = 3 * 2.5
_MOST_LATE = 3
_POOL_SECONDS = 3 * 2.0
"""Where a connection may be waited for: those that were open are of no use, and no new one can be had."""

_LATENCY_SECONDS = 0.1


def _restart(how: signal.Signals, alone: bool) -> Strike:
    def strike(stage: Stage, lengths: Lengths) -> Figures:
        asks = of_the_store(stage, stage.fleet.auth[:1] if alone else stage.services)
        with Watch(asks) as watch:
            stage.postgres.stop(how)
            stage.postgres.start()
            back_in = watch.until_ok(time.monotonic())
        return refused_politely(watch, lengths, REFUSED_SECONDS * lengths.slack, back_in)

    return strike


def _down(stage: Stage, lengths: Lengths) -> Figures:
    with Watch(of_the_store(stage, stage.services)) as watch, _health_watched(stage, lengths) as health:
        stopped = time.monotonic()
        stage.postgres.stop()
        time.sleep(lengths.down)
        stage.postgres.start()
        started = time.monotonic()
        back_in = watch.until_ok(started)
        ready_in = health.until_ok(started)
        unready_in = health.first_failures(stopped)
    assert all(part.process.poll() is None for part in stage.fleet.parts)
    require_below(min(_UNREADY_SECONDS, lengths.down), unready_in)
    require_below(_READY_SECONDS, ready_in)
    return refused_politely(watch, lengths, REFUSED_SECONDS * lengths.slack, back_in, unready_in, ready_in)


def _frozen(stage: Stage, lengths: Lengths) -> Figures:
    """Also, what is in memory is answered from there until it might be stale."""
    with (
        Watch(of_the_store(stage, stage.services)) as watch,
        _health_watched(stage, lengths) as health,
        Watch(of_memory(stage, stage.fleet.token)) as memory,
    ):
        stopped = time.monotonic()
        with frozen(stage.postgres):
            time.sleep(lengths.frozen)
        thawed = time.monotonic()
        back_in = watch.until_ok(thawed)
        ready_in = health.until_ok(thawed)
        unready_in = health.first_failures(stopped)
    from_memory = memory.answers(since=stopped + stage.fleet.bound / 4)
    assert any(each.said == OK and each.ended < thawed for each in from_memory), "memory was not used"
    require_none([each for each in from_memory if each.said not in {OK, *REFUSALS}])
    require_below(lengths.frozen, watch.first_failures(stopped))
    require_below(_READY_SECONDS, ready_in)
    return refused_politely(watch, lengths, _FROZEN_SECONDS, back_in, unready_in, ready_in)


def _far_away(stage: Stage, lengths: Lengths) -> Figures:
    """Half of the processes are; nobody is refused, and the other half does not notice."""
    with Watch(of_the_store(stage, stage.services)) as watch:
        stage.cable.delay = _LATENCY_SECONDS
        began = time.monotonic()
        try:
            time.sleep(lengths.brief)
        finally:
            stage.cable.delay = 0.0
        back_in = watch.until_ok(time.monotonic())
    near, far = (
        [f"{part.name} read" for part in parts]
        for parts in ((stage.fleet.auth[0], stage.fleet.token[0]), (stage.fleet.auth[1], stage.fleet.token[1]))
    )
    took = [[each.ended - each.began for name in names for each in watch.answers(name, began)] for names in (near, far)]
    require_none(watch.failures(since=began))
    assert max(took[1]) > _LATENCY_SECONDS
    assert statistics.median(took[0]) < statistics.median(took[1])
    return Figures(back_in=back_in)


def _locked(stage: Stage, lengths: Lengths) -> Figures:
    """A user's row: whoever wants it is refused in time, and nobody else notices."""
    begun = stage.prepared(stage.subjects.begin)
    users = user_admin_pb2_grpc.UserAdminServiceStub(stage.channel(stage.fleet.auth[0]))
    question = user_admin_pb2.DisableUserRequest(user=begun.user.user_id)
    hot: dict[str, Ask] = {
        f"hot {number}": over_grpc(lambda: users.DisableUser(question, timeout=TIMEOUT)) for number in range(2)
    }
    with Watch(of_the_store(stage, stage.services)) as others, Watch(hot) as watch:
        with psycopg.connect(stage.postgres.url) as connection:
            connection.execute("SELECT FROM users WHERE user_id = %s FOR UPDATE", [begun.user.user_id])
            eventually(lambda: len(watch.failures()) >= len(hot))
        back_in = watch.until_ok(time.monotonic())
    # On a machine that is busy with other tests one statement may be late all the same.
    assert len(others.failures()) <= _MOST_LATE, others.failures()
    return refused_politely(watch, lengths, _FROZEN_SECONDS, back_in)


def _read_only(stage: Stage, lengths: Lengths) -> Figures:
    """As after a failover: the connections lead to a server that takes no writes any more (25006)."""
    with Watch(of_the_store(stage, stage.services)) as watch:
        _alter(stage, "ALTER SYSTEM SET default_transaction_read_only = on")
        try:
            time.sleep(lengths.brief)
            eventually(watch.failures)
        finally:
            _alter(stage, "ALTER SYSTEM RESET default_transaction_read_only")
        back_in = watch.until_ok(time.monotonic())
    return refused_politely(watch, lengths, _POOL_SECONDS, back_in)


def refused_politely(
    watch: Watch,
    lengths: Lengths,
    bound: float,
    back_in: float,
    not_ready_in: float | None = None,
    ready_in: float | None = None,
) -> Figures:
    """Every failure was a refusal that says to try again, and came soon; and afterwards all was well soon."""
    failures = watch.failures()
    require_none([each for each in failures if each.said not in REFUSALS])
    require_soon(failures, bound)
    require_below(_BACK_SECONDS * lengths.slack, back_in)
    return Figures(longest(failures), len(failures), back_in, not_ready_in, ready_in)


def require_below(bound: float, seconds: float) -> None:
    """Raises AssertionError when it took as long as that."""
    assert seconds < bound, f"it took {seconds:.3f} s, which is not less than {bound:g}"


@contextmanager
def _health_watched(stage: Stage, lengths: Lengths) -> Iterator[Watch]:
    """Readiness comes and goes; that the processes live is never in question, and answered at once."""
    with Watch(of_life(stage, stage.services)) as life, Watch(of_health(stage, stage.services)) as health:
        yield health
    require_none(life.failures())
    require_none([each for each in health.failures() if each.said not in {"NOT_SERVING", "503"}])
    require_soon([*life.answers(), *health.answers()], REFUSED_SECONDS * lengths.slack)


def _alter(stage: Stage, statement: str) -> None:
    with psycopg.connect(stage.postgres.url, autocommit=True) as connection:
        connection.execute(statement.encode())
        connection.execute("SELECT pg_reload_conf()")


DATABASE_FAULTS = [
    Fault("PostgreSQL restarted (fast)", _restart(signal.SIGINT, alone=False)),
    Fault("PostgreSQL restarted (fast), one caller", _restart(signal.SIGINT, alone=True), people=0),
    Fault("PostgreSQL restarted (immediate)", _restart(signal.SIGQUIT, alone=False)),
    Fault("PostgreSQL restarted (immediate), one caller", _restart(signal.SIGQUIT, alone=True), people=0),
    Fault("PostgreSQL down", _down),
    Fault("PostgreSQL frozen", _frozen),
    Fault("PostgreSQL 100 ms away", _far_away),
    Fault("one row locked", _locked),
    Fault("PostgreSQL read-only", _read_only),
]
