"""The kinds of steps that exercises are made of. Each runs, shows what came of it, and has it checked."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from evidence.connection import Connection
from evidence.exercises.check import Check, Figures, Verdict
from evidence.exercises.page import Page
from evidence.exercises.reading import reading
from evidence.plan import Plan


@dataclass(slots=True)
class Session:
    """One run of an exercise.

    Attributes:
        timer: Seconds, from any origin.
        figures: What was measured so far.
        verdicts: What was checked so far.
    """

    connection: Connection
    page: Page
    timer: Callable[[], float]
    figures: dict[str, float] = field(default_factory=dict)
    verdicts: list[Verdict] = field(default_factory=list)

    def explain(self, sql: str, options: str = "ANALYZE, BUFFERS") -> Plan:
        row = self.connection.execute(f"EXPLAIN ({options}, FORMAT JSON) {sql}").fetchone()
        return Plan.parse(row[0])

    def conclude(self, verdict: Verdict) -> None:
        self.verdicts.append(verdict)
        self.page.verdict(verdict)


class Step(Protocol):
    """Something that an exercise does."""

    def take(self, session: Session) -> None: ...


@dataclass(frozen=True, slots=True)
class Exercise:
    """Steps that show something.

    Attributes:
        stated: The answer that the requirements give.
    """

    title: str
    stated: str
    steps: Sequence[Step]


@dataclass(frozen=True, slots=True)
class Run:
    """A statement that prepares something.

    Attributes:
        further: Whether the requirements do not have it.
        note: Why it is there.
    """

    sql: str
    further: bool = False
    note: str = ""

    def take(self, session: Session) -> None:
        session.page.statement(self.sql, self.further, self.note)
        session.connection.execute(self.sql)


def filled(sql: str, rows: int) -> Run:
    """A statement of the requirements that makes a hundred thousand rows, with as many as are asked for."""
    return Run(sql.replace("100000", str(rows)))


@dataclass(frozen=True, slots=True)
class Explain:
    """A query, run under EXPLAIN; its plan is shown, read and checked.

    Attributes:
        shown_as: How the requirements ask for the plan.
    """

    sql: str
    checks: Sequence[Check[Plan]]
    further: bool = False
    note: str = ""
    shown_as: str = "EXPLAIN ANALYZE"

    def take(self, session: Session) -> None:
        session.page.statement(f"{self.shown_as} {self.sql}", self.further, self.note)
        plan = session.explain(self.sql)
        session.page.plan(plan, reading(plan))
        for check in self.checks:
            session.conclude(check.judge(plan))


@dataclass(frozen=True, slots=True)
class Ask:
    """A query for figures: rows of a name and a number.

    Attributes:
        unit: Of all the numbers.
    """

    sql: str
    unit: str
    note: str = ""

    def take(self, session: Session) -> None:
        session.page.statement(self.sql, further=True, note=self.note)
        found = {str(name): float(number) for name, number in session.connection.execute(self.sql).fetchall()}
        session.figures |= found
        session.page.figures(found, self.unit)


@dataclass(frozen=True, slots=True)
class Time:
    """A query, run again and again; the median of its execution times becomes a figure.

    Attributes:
        name: Of the figure, in milliseconds.
        times: How often.
    """

    name: str
    sql: str
    times: int = 101

    def take(self, session: Session) -> None:
        taken = [session.explain(self.sql, "ANALYZE, TIMING OFF").execution_ms for _ in range(self.times)]
        session.figures[self.name] = statistics.median(taken)
        session.page.note(f"{self.name}: p50 of {self.times} executions {session.figures[self.name]:.3f} ms")


@dataclass(frozen=True, slots=True)
class Race:
    """One query in several ways, in turn, so that whatever else the machine does falls on all of them alike.

    Figures: for each way its name (ms of execution), and with ", round trip" (ms for the client) and ", blocks".

    Attributes:
        sql: With $1 for the argument.
        argument_type: Of $1, in SQL.
        arguments: A query for the values of $1.
        ways: By name, the settings under which the way is planned.
    """

    sql: str
    argument_type: str
    arguments: str
    ways: Mapping[str, Mapping[str, str]]
    check: Check[Mapping[str, Plan]]

    def take(self, session: Session) -> None:
        session.page.statement(self.sql, further=True, note="Prepared, and run both ways in turn.")
        values = [str(value) for (value,) in session.connection.execute(self.arguments).fetchall()]
        # A prepared statement keeps its plan when the setting is gone that led to it.
        session.connection.execute("SET plan_cache_mode = force_generic_plan")
        plans = {way: self._prepare(session, way, values[0]) for way in self.ways}
        taken: dict[str, list[float]] = {name: [] for way in self.ways for name in (way, f"{way}, round trip")}
        for value in values:
            for way in self.ways:
                call = f"EXECUTE {way} ('{value}')"
                plan = session.explain(call, "ANALYZE, BUFFERS, TIMING OFF")
                taken[way].append(plan.execution_ms)
                session.figures[f"{way}, blocks"] = plan.shared_blocks
                began = session.timer()
                session.connection.execute(call).fetchall()
                taken[f"{way}, round trip"].append((session.timer() - began) * 1000)
        session.connection.execute("RESET plan_cache_mode")
        medians = {name: statistics.median(durations) for name, durations in taken.items()}
        session.figures |= medians
        session.page.figures(medians, f"ms, p50 of {len(values)} executions")
        session.conclude(self.check.judge(plans))

    def _prepare(self, session: Session, way: str, value: str) -> Plan:
        for name, setting in self.ways[way].items():
            session.connection.execute(f"SET {name} = {setting}")
        session.connection.execute(f"PREPARE {way} ({self.argument_type}) AS {self.sql}")
        plan = session.explain(f"EXECUTE {way} ('{value}')")
        for name in self.ways[way]:
            session.connection.execute(f"RESET {name}")
        return plan


@dataclass(frozen=True, slots=True)
class Conclude:
    """What the figures so far say.

    Attributes:
        reading: A line with places for figures, e.g. "{idx_sid:.1f} bytes".
        derived: Figures that are computed of others.
    """

    reading: str
    checks: Sequence[Check[Figures]]
    derived: Mapping[str, Callable[[Figures], float]] = field(default_factory=dict)

    def take(self, session: Session) -> None:
        session.figures |= {name: compute(session.figures) for name, compute in self.derived.items()}
        session.page.reading(self.reading.format_map(session.figures))
        for check in self.checks:
            session.conclude(check.judge(session.figures))
