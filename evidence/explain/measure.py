"""Plans and times of statements."""

from collections.abc import Callable
from statistics import median

from evidence.explain.connection import Connection, Parameters
from evidence.explain.figures import Percentiles, PlanFigures, StatementFigures
from evidence.explain.keys import Keys
from evidence.explain.statements import HotStatement
from evidence.plan import Plan

Timer = Callable[[], float]

_PASSES = 3
_EXPLAINED = 100


def explained(connection: Connection, sql: str, parameters: Parameters) -> Plan:
    """The plan with what it did when it ran. What the statement changes stays; the caller takes it back."""
    row = connection.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}", parameters).fetchone()
    return Plan.parse(row[0])


def taken_back(connection: Connection, sql: str, parameters: Parameters) -> Plan:
    """The same, in a transaction that is taken back."""
    connection.execute("BEGIN")
    try:
        return explained(connection, sql, parameters)
    finally:
        connection.execute("ROLLBACK")


def cold(connection: Connection, statement: HotStatement, keys: Keys) -> PlanFigures:
    """The first run on a connection that has asked for nothing yet."""
    return PlanFigures.of(taken_back(connection, statement.sql, statement.parameters(keys)))


def warm(
    connection: Connection, statement: HotStatement, first: PlanFigures, keys: Keys, repeat: int, timer: Timer
) -> StatementFigures:
    """Runs a statement many times, each time with another row.

    Warm means that each of these rows has been asked for once before, on this connection.

    Args:
        first: How it went cold.
        repeat: How many rows. All are asked for in three passes; a percentile is the median of the passes'.
        timer: Seconds, from any origin.
    """
    asked = [statement.parameters(keys) for _ in range(repeat)]
    _pass(connection, statement, asked, timer)
    passes = [Percentiles.of(_pass(connection, statement, asked, timer)) for _ in range(_PASSES)]
    plans = [taken_back(connection, statement.sql, parameters) for parameters in asked[:_EXPLAINED]]
    return StatementFigures(
        statement.name,
        statement.title,
        statement.sql.strip(),
        statement.writes,
        first,
        PlanFigures.of(plans[-1]),
        Percentiles(
            repeat,
            median(each.p50 for each in passes),
            median(each.p95 for each in passes),
            median(each.p99 for each in passes),
        ),
        Percentiles.of([plan.execution_ms for plan in plans]),
        max(plan.shared_blocks for plan in plans),
    )


def _pass(connection: Connection, statement: HotStatement, asked: list[Parameters], timer: Timer) -> list[float]:
    """Milliseconds of each."""
    times = []
    for parameters in asked:
        if statement.writes:
            connection.execute("BEGIN")
        begun = timer()
        connection.execute(statement.sql, parameters)
        times.append((timer() - begun) * 1e3)
        if statement.writes:
            connection.execute("ROLLBACK")
    return times
