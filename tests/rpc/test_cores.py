"""Lanes of a server that is kept to one core."""

import os
import threading
from collections.abc import Iterator

import pytest
from prometheus_client import CollectorRegistry

from shared.cores import OneCore
from shared.overload.lane_limits import LaneLimits, LaneName
from shared.rpc.lanes import Lanes
from shared.telemetry.lanes import LanesMetrics

pytestmark = pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="Linux only")


@pytest.fixture
def usable() -> Iterator[set[int]]:
    """The cores of this thread, which has them again afterwards."""
    before = os.sched_getaffinity(0)
    yield before
    os.sched_setaffinity(0, before)


def cores_of(names: str) -> set[frozenset[int]]:
    """Of the threads whose names begin so."""
    found = [each.native_id for each in threading.enumerate() if each.name.startswith(names)]
    return {frozenset(os.sched_getaffinity(number)) for number in found if number is not None}


def test_passwords_are_hashed_on_every_core(usable: set[int]) -> None:
    """All else stays on the one, also what is started later."""
    one = {max(usable)}
    limits = dict.fromkeys(LaneName, LaneLimits(workers=2, queue=1, budget_seconds=1.0, share=1.0))
    metrics = LanesMetrics(CollectorRegistry())
    lanes = Lanes("kept", [LaneName.HASH, LaneName.MEMORY], limits, metrics, OneCore(max(usable)))
    try:
        assert cores_of("kept-hash") == {frozenset(usable)}
        assert cores_of("kept-memory") == {frozenset(one)}
        assert os.sched_getaffinity(0) == one
    finally:
        lanes.close()
