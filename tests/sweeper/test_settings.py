"""The sweeper's settings, and the size of its batches."""

import threading
from itertools import pairwise

import pytest
from pydantic import ValidationError

from services.token.batch_size import LARGEST, SMALLEST, BatchSize
from services.token.right_of_way import RightOfWay
from services.token.settings import TokenSettings
from shared.store import Pressure
from tests.conftest import SECRET


def test_the_log_outlives_every_cached_decision() -> None:
    """Or a follower that was away could go on believing what was revoked."""
    TokenSettings(secret=SECRET, invalidation_retention_seconds=600, cache_seconds=600).verify()
    with pytest.raises(ValueError, match="invalidation_retention_seconds must be at least cache_seconds"):
        TokenSettings(secret=SECRET, invalidation_retention_seconds=599, cache_seconds=600).verify()


@pytest.mark.parametrize("name", ["sweep_interval_seconds", "sweep_statement_ms", "flush_interval_seconds"])
def test_nothing_takes_no_time(name: str) -> None:
    """Zero would be a loop without rest."""
    with pytest.raises(ValidationError):
        TokenSettings.model_validate({"secret": SECRET, name: 0})


def test_a_batch_finds_its_size() -> None:
    """A row takes 0.1 ms, so 500 take 50 ms; from there it hardly moves."""
    size = BatchSize(0.05)
    for _ in range(20):
        size.took(size.rows * 0.0001, is_full=True)
    assert 490 <= size.rows <= 510


def test_a_batch_has_bounds() -> None:
    """However slow or quick, and it never more than doubles or halves."""
    size = BatchSize(0.05)
    sizes = [size.rows]
    for seconds in [1.0] * 20 + [0.0] * 20:
        size.took(seconds, is_full=True)
        sizes.append(size.rows)
    assert (min(sizes), max(sizes)) == (SMALLEST, LARGEST)
    assert all(after <= 2 * before and after >= before // 2 for before, after in pairwise(sizes))


def test_a_batch_that_was_not_full_says_nothing_of_speed() -> None:
    """But one that took long all the same does, and so does one that failed."""
    size = BatchSize(0.05)
    size.took(0.0, is_full=False)
    assert size.rows == 100
    size.took(0.1, is_full=False)
    assert size.rows == 50
    size.failed()
    assert size.rows == 25


def test_who_waits_long_on_the_average_is_let_pass() -> None:
    """Since the last look: what was long ago is forgotten."""
    pressure = Pressure(0, 100, 100.0)
    way = RightOfWay(lambda: pressure)
    stop = threading.Event()
    stop.set()
    assert not way.give(stop)
    pressure = Pressure(0, 110, 100.01)
    assert not way.give(stop)
    pressure = Pressure(0, 120, 100.2)
    assert way.give(stop)
    assert not way.give(stop)
    pressure = Pressure(1, 120, 100.2)
    assert way.give(stop)
