"""No process believes what was revoked for longer than the bound: over processes, on one clock, whatever goes wrong."""

import os
from collections.abc import Iterator

import pytest

from tests.staleness.faults import FAULTS, recurring
from tests.staleness.stage import Stage, stage

TRIALS = int(os.environ.get("AUTHPLANE_TEST_TRIALS", "12"))
"""With each fault; `make staleness` makes a thousand with each, and a thousand without."""

HEALTHY = 1000

BOUND = 1.0


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("staleness"), BOUND) as made:
        yield made


@pytest.mark.timeout(600)
def test_nothing_is_believed_beyond_the_bound(running: Stage) -> None:
    """A thousand endings of every kind through every process, and nobody said yes too late or again."""
    trials = running.campaign.run(max(TRIALS, HEALTHY), threads=4)
    assert running.violations(trials) == []
    assert sum(trial.acknowledged < float("inf") for trial in trials) >= HEALTHY


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("fault", FAULTS)
def test_nothing_is_believed_beyond_the_bound_whatever_happens(running: Stage, fault: str) -> None:
    """The same while a part fails again and again."""
    with recurring(FAULTS[fault], running):
        trials = running.campaign.run(TRIALS, threads=4)
    assert running.violations(trials) == []
    assert sum(trial.acknowledged < float("inf") for trial in trials) > TRIALS / 4
