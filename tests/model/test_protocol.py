"""The running plane against the model, in every order that hypothesis can think of."""

import os
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from cli.dev.plane import DevPlane
from shared.clock import ManualClock
from tests.model.machine import Protocol
from tests.model.stubs import Plane

EXAMPLES = int(os.environ.get("AUTHPLANE_TEST_EXAMPLES", "12"))  # `make test-long` asks for more.

BATCHES = 20

EVENTS = {
    "redeemed",
    "replayed",
    "rotated",
    "grace",
    "reused",
    "family revoked",
    "access token revoked",
    "logged out",
    "end",
    "disable",
    "password",
}


@pytest.mark.timeout(3600)
def test_the_plane_follows_the_model(manual_plane: tuple[DevPlane, ManualClock]) -> None:
    """In any order of logins, codes, rotations, races, replays, revocations and waiting, what may be held is held."""
    plane = Plane(*manual_plane)
    profile = settings(
        max_examples=EXAMPLES,
        stateful_step_count=50,
        derandomize=False,  # On a CI machine hypothesis would tell the same histories again in each batch.
        print_blob=True,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
    machine: Any = lambda: Protocol(plane)  # noqa: E731 - any factory will do, though the stub asks for a class.
    # What never happened was not tested; the histories are random, so there are some more until all of it has.
    for _ in range(BATCHES):
        run_state_machine_as_test(machine, settings=profile)
        if all(plane.seen[event] for event in EVENTS):
            break
    assert {event for event in EVENTS if plane.seen[event] == 0} == set()
    for channel in plane.channels:
        channel.close()
