"""The cache and its view against the plain model, in every order that hypothesis can think of."""

import os
from collections import Counter
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from shared.cache.statistics import Eviction
from shared.cache.view import Miss
from tests.cache.machine import Machine

EXAMPLES = int(os.environ.get("AUTHPLANE_TEST_EXAMPLES", "60"))  # `make test-long` asks for more.

BATCHES = 25

EVENTS = {
    *Miss,
    *Eviction,
    "hit",
    "hit of a no while stale",
    "hit of a whole",
    "hit of a stranger's",
    "floor",
    "overflow of notes",
    "rewritten",
    "swept past",
}


@pytest.mark.timeout(3600)
def test_nothing_is_said_again_that_the_model_does_not_allow() -> None:
    """In any order of reads, changes, polls, restores, floods, restarts and waiting."""
    seen: Counter[str] = Counter()
    profile = settings(
        max_examples=EXAMPLES,
        stateful_step_count=50,
        deadline=None,
        derandomize=False,  # As hypothesis would do in CI: the same histories in every batch show nothing new.
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    machine: Any = lambda: Machine(seen)  # noqa: E731 - any factory will do, though the stub asks for a class.
    # What never happened was not tested; the histories are random, so there are some more until all of it has.
    for _ in range(BATCHES):
        run_state_machine_as_test(machine, settings=profile)
        if all(seen[event] for event in EVENTS):
            break
    assert {event for event in EVENTS if seen[event] == 0} == set()
