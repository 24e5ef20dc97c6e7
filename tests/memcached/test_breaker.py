"""Leaving alone what fails."""

import time

import pytest

from shared.clock import ManualClock
from shared.overload.breaker import CircuitBreaker
from tests.contract.races import race


class YieldingClock(ManualClock):
    """Lets other threads go first, whoever reads it: between what the lock has to hold together."""

    def monotonic(self) -> float:
        now = super().monotonic()
        time.sleep(0.001)
        return now


@pytest.fixture
def clock() -> ManualClock:
    return YieldingClock(1000.0)


@pytest.fixture
def breaker(clock: ManualClock) -> CircuitBreaker:
    return CircuitBreaker(failures=3, delay_seconds=2.0, clock=clock, random=lambda: 0.0)


def fail(breaker: CircuitBreaker, times: int = 3) -> None:
    for _ in range(times):
        assert breaker.allows()
        breaker.failed()


def test_failures_in_a_row_open_it(breaker: CircuitBreaker) -> None:
    """A success in between begins the count anew."""
    fail(breaker, 2)
    breaker.succeeded()
    fail(breaker, 3)
    assert not breaker.allows()


def test_one_caller_probes(breaker: CircuitBreaker, clock: ManualClock) -> None:
    """Of 64 at once, when the delay is over and not before."""
    fail(breaker)
    clock.advance(1.9)
    assert not breaker.allows()
    clock.advance(0.1)
    assert race(*[breaker.allows] * 64).count(True) == 1


def test_a_probe_that_fails_opens_it_again(breaker: CircuitBreaker, clock: ManualClock) -> None:
    """One failure is enough, and the delay begins with it."""
    fail(breaker)
    clock.advance(2.0)
    assert breaker.allows()
    clock.advance(1.0)
    breaker.failed()
    clock.advance(1.9)
    assert not breaker.allows()
    clock.advance(0.1)
    assert breaker.allows()


def test_a_probe_that_succeeds_closes_it(breaker: CircuitBreaker, clock: ManualClock) -> None:
    """For everybody, and it takes as many failures as before to open it."""
    fail(breaker)
    clock.advance(2.0)
    assert breaker.allows()
    breaker.succeeded()
    assert [breaker.allows() for _ in range(5)] == [True] * 5
    fail(breaker, 2)
    assert breaker.allows()


def test_a_probe_that_never_reports_is_replaced(breaker: CircuitBreaker, clock: ManualClock) -> None:
    """After the delay; no caller that vanishes keeps it open."""
    fail(breaker)
    clock.advance(2.0)
    assert breaker.allows()
    clock.advance(1.9)
    assert not breaker.allows()
    clock.advance(0.1)
    assert breaker.allows()


def test_processes_do_not_return_at_once(clock: ManualClock) -> None:
    """Chance adds up to half of the delay."""
    breaker = CircuitBreaker(failures=1, delay_seconds=2.0, clock=clock, random=lambda: 1.0)
    fail(breaker, 1)
    clock.advance(2.9)
    assert not breaker.allows()
    clock.advance(0.1)
    assert breaker.allows()


def test_no_failure_is_lost() -> None:
    """64 threads that fail at the same moment count as 64."""
    breaker = CircuitBreaker(failures=64, delay_seconds=2.0, clock=ManualClock(0.0), random=lambda: 0.0)
    race(*[breaker.failed] * 63)
    assert breaker.allows()
    breaker.failed()
    assert not breaker.allows()


@pytest.mark.parametrize(("failures", "delay_seconds"), [(0, 1.0), (1, 0.0), (1, -1.0)])
def test_bounds_are_positive(failures: int, delay_seconds: float) -> None:
    """Anything else is a mistake in the settings."""
    with pytest.raises(ValueError, match="positive"):
        CircuitBreaker(failures, delay_seconds, ManualClock(0.0), lambda: 0.0)
