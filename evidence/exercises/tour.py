"""Exercises, one after the other, in a database of their own."""

from collections.abc import Callable, Sequence
from time import perf_counter
from typing import TextIO

from evidence.connection import Connection
from evidence.exercises.check import Verdict
from evidence.exercises.page import Page
from evidence.exercises.step import Exercise, Session


class Tour:
    """Runs exercises and shows them.

    Args:
        stream: Where everything is printed.
        timer: Seconds, from any origin.
    """

    def __init__(self, stream: TextIO, timer: Callable[[], float] = perf_counter) -> None:
        self._page = Page(stream)
        self._timer = timer

    def take(self, exercises: Sequence[Exercise], connection: Connection, rows: int) -> list[Verdict]:
        """Takes every step of every exercise.

        Args:
            connection: To an empty database, which the exercises fill.
            rows: Of each table, to be told.

        Returns:
            What was checked; `Outcome.UNEXPECTED` is a failure.
        """
        server = connection.execute("SHOW server_version").fetchone()[0]
        self._page.opening(f"PostgreSQL {server}", rows)
        verdicts: list[Verdict] = []
        for exercise in exercises:
            self._page.title(exercise.title, exercise.stated)
            session = Session(connection, self._page, self._timer)
            for step in exercise.steps:
                step.take(session)
            verdicts += session.verdicts
        self._page.closing(verdicts)
        return verdicts
