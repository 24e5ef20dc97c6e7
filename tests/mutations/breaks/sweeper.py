"""Breaks of what is logged and removed in the background."""

from tests.mutations.mutation import Mutation

OF_THE_SWEEPER = [
    Mutation(
        "a flush lasts as long as something comes",
        "services/token/flush_pending.py",
        "while left > 0 and not stop.is_set()",
        "while not stop.is_set()",
        ("tests/sweeper/test_pending.py::test_what_comes_meanwhile_waits_for_the_next_time",),
    ),
]
