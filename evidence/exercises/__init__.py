"""The three exercises of TR-6 in PRD-028: its own SQL, and whether PostgreSQL does what is stated there."""

from collections.abc import Callable

from evidence.exercises.one import function_based_index_trap
from evidence.exercises.step import Exercise
from evidence.exercises.three import covering_index
from evidence.exercises.two import single_or_multiple_indexes

EXERCISES: dict[int, Callable[[int], Exercise]] = {
    1: function_based_index_trap,
    2: single_or_multiple_indexes,
    3: covering_index,
}
"""By number; each takes the rows of its tables."""
