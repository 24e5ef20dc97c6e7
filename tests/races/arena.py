"""Where races are run: one database, many processes that use it, and a judge."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import LiteralString

import psycopg

from shared.store import Store
from tests.races.processes import Call, Outcome, Racers

_SECONDS = 20.0

_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


class Arena:
    """A race is run freely, or along a schedule: while something is held, calls begin one after the other.

    Attributes:
        store: The judge's own.
        outcomes: What came of the calls that were begun while something was held.
    """

    def __init__(self, url: str, store: Store, racers: Racers, connection: psycopg.Connection[tuple[int, ...]]) -> None:
        self._url = url
        self._racers = racers
        self._connection = connection
        self._begun = 0
        self.outcomes: list[Outcome] = []
        self.store = store

    def race(self, calls: Sequence[Call]) -> list[Outcome]:
        """All calls at the same moment, each by a process of its own; what came of them, in the same order."""
        for number, call in enumerate(calls):
            self._racers.line_up(number, call)
        for number in range(len(calls)):
            self._racers.go(number)
        return [self._racers.outcome(number) for number in range(len(calls))]

    @contextmanager
    def held(self, statement: LiteralString, *values: bytes | int | str) -> Iterator[None]:
        """What this SQL locks or adds stays so, uncommitted; in the end all is as if it had never been, and whoever
        waited for it goes on.
        """
        self._begun = 0
        try:
            with psycopg.connect(self._url) as holder:
                holder.execute(statement, values)
                yield
                holder.rollback()
        finally:
            self.outcomes = [self._racers.outcome(number) for number in range(self._begun)]

    def begin(self, *calls: Call) -> None:
        """One call after the other, each as soon as the one before is done or waits; the first one has to wait."""
        for number, call in enumerate(calls):
            self._racers.line_up(number, call)
            self._racers.go(number)
            self._begun = number + 1
            self._settle()
        assert not self._racers.is_done(0)

    def kill(self) -> None:
        """kill -9 of all that were begun; there is no outcome then."""
        for number in range(self._begun):
            self._racers.kill(number)
        self._begun = 0

    def numbers(self, question: LiteralString, *values: bytes | int | str) -> list[int]:
        """The first column of what this SQL gives."""
        return [row[0] for row in self._connection.execute(question, values)]

    def _settle(self) -> None:
        deadline = time.monotonic() + _SECONDS
        while sum(map(self._racers.is_done, range(self._begun))) + self.numbers(_WAITING)[0] < self._begun:
            assert time.monotonic() < deadline
            time.sleep(0.001)


def errors(outcomes: Sequence[Outcome]) -> Counter[str]:
    """How often which error was raised; nothing stands for success."""
    return Counter(outcome.error for outcome in outcomes)
