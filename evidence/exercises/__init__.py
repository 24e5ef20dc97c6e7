"""The three exercises of TR-6 in PRD-028: its own SQL, and whether PostgreSQL does what is stated there."""

from collections.abc import Callable

from evidence.exercises import one, three, two
from evidence.exercises.step import Exercise

EXERCISES: dict[int, Callable[[int], Exercise]] = {1: one.exercise, 2: two.exercise, 3: three.exercise}
"""By number; each takes the rows of its tables."""
