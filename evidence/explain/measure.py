"""Plans and times of statements."""

from collections.abc import Callable
from dataclasses import dataclass

from evidence.connection import Connection, Parameters
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


@dataclass(frozen=True, slots=True)
class Side:
    """A database to ask."""

    connection: Connection
    keys: Keys


def warm(
    large: Side, small: Side, statement: HotStatement, first: PlanFigures, repeat: int, timer: Timer
) -> StatementFigures:
    """Runs a statement many times, each time with another row, on two databases in turn.

    Warm means that each of these rows has been asked for once before, on this connection.

    Args:
        large: What is measured.
        small: The database with the fewest rows, to compare with.
        first: How it went cold.
        repeat: How many rows. All are asked for in three passes; a percentile is the median of the passes'.
        timer: Seconds, from any origin.
    """
    sides = [(side.connection, [statement.parameters(side.keys) for _ in range(repeat)]) for side in (large, small)]
    _pass(statement, sides, timer)
    passes = [_pass(statement, sides, timer) for _ in range(_PASSES)]
    connection, asked = sides[0]
    plans = [taken_back(connection, statement.sql, parameters) for parameters in asked[:_EXPLAINED]]
    return StatementFigures(
        name=statement.name,
        title=statement.title,
        sql=statement.sql.strip(),
        writes=statement.writes,
        cold=first,
        warm=PlanFigures.of(plans[-1]),
        client=Percentiles.median([each for each, _ in passes]),
        beside=Percentiles.median([each for _, each in passes]),
        server=Percentiles.of([plan.execution_ms for plan in plans]),
        most_blocks=max(plan.shared_blocks for plan in plans),
    )


def _pass(
    statement: HotStatement, sides: list[tuple[Connection, list[Parameters]]], timer: Timer
) -> tuple[Percentiles, ...]:
    """Asks each side for its next row, in turn."""
    times: list[list[float]] = [[] for _ in sides]
    for turn in range(len(sides[0][1])):
        for (connection, asked), taken in zip(sides, times, strict=True):
            taken.append(_once(connection, statement, asked[turn], timer))
    return tuple(map(Percentiles.of, times))


def _once(connection: Connection, statement: HotStatement, parameters: Parameters, timer: Timer) -> float:
    """Milliseconds."""
    if statement.writes:
        connection.execute("BEGIN")
    begun = timer()
    connection.execute(statement.sql, parameters)
    taken = (timer() - begun) * 1e3
    if statement.writes:
        connection.execute("ROLLBACK")
    return taken
