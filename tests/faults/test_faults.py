"""Whatever breaks, callers are told so in time, it mends by itself, and nothing that was acknowledged is lost.

Each fault once; `make test-faults` repeats them, and makes them last. AUTHPLANE_TEST_REPETITIONS asks for more of them
here.
"""

import os
from collections.abc import Iterator

import pytest

from tests.faults.all_faults import FAULTS
from tests.faults.fault import Fault, Lengths, befall
from tests.faults.stage import Stage, stage

REPETITIONS = int(os.environ.get("AUTHPLANE_TEST_REPETITIONS", "1"))

pytestmark = pytest.mark.timeout(60 + 60 * REPETITIONS)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("faults")) as made:
        yield made


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_nothing_is_lost_and_nobody_waits(running: Stage, fault: Fault) -> None:
    for _ in range(REPETITIONS):
        running.settle()
        print(befall(running, fault, Lengths()))
