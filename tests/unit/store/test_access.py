"""What callers have seen elsewhere, and what this process has heard of."""

import time

import pytest

from shared.cache.recording import recording
from shared.clock import ManualClock, SystemClock
from shared.deadline import Deadline, deadline
from shared.errors import Unavailable
from tests.stores import memory_access


def test_the_wait_for_a_version_ends_with_the_caller_s_time() -> None:
    """Without a deadline it ends by itself."""
    access = memory_access(ManualClock(1_700_000_000.0))
    began = time.monotonic()
    with recording(), deadline(Deadline(0.02, SystemClock())), pytest.raises(Unavailable, match="version 7"):
        access.reach(7)
    hurried = time.monotonic() - began
    with recording(), pytest.raises(Unavailable):
        access.reach(7)
    patient = time.monotonic() - began - hurried
    assert 0.02 <= hurried < patient
