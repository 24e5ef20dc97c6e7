"""Rate limits: exact at the bound, also for many at once, and forgetting as time goes by."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from shared.clock import ManualClock
from shared.errors import InvalidClient, InvalidGrant, RateLimited
from shared.overload.rate_limit import RateLimit


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(1000.0)


@pytest.fixture
def limit(clock: ManualClock) -> RateLimit:
    return RateLimit(10, 300.0, clock, "too often")


def take_all(limit: RateLimit, key: str = "ada") -> int:
    """How many there were."""
    taken = 0
    while True:
        try:
            limit.take(key)
        except RateLimited:
            return taken
        taken += 1


def test_so_many_and_not_one_more(limit: RateLimit) -> None:
    """All at once if need be; the refusal says when the next comes back."""
    assert take_all(limit) == 10
    with pytest.raises(RateLimited, match="too often") as refused:
        limit.take("ada")
    assert refused.value.retry_after == pytest.approx(30.0)


def test_keys_do_not_disturb_each_other(limit: RateLimit) -> None:
    """Who guesses at one leaves the others alone."""
    take_all(limit)
    assert take_all(limit, "grace") == 10


def test_they_come_back_one_by_one(limit: RateLimit, clock: ManualClock) -> None:
    """One for each tenth of the time, and never more than all."""
    take_all(limit)
    clock.advance(29.9)
    assert take_all(limit) == 0
    clock.advance(0.1)
    assert take_all(limit) == 1
    clock.advance(90)
    assert take_all(limit) == 3
    clock.advance(100_000)
    assert take_all(limit) == 10


def test_what_is_given_back_can_be_taken_again(limit: RateLimit) -> None:
    """Once for each."""
    take_all(limit)
    limit.give_back("ada")
    limit.give_back("ada")
    assert take_all(limit) == 2


def test_only_the_failure_that_is_counted_counts(limit: RateLimit) -> None:
    """What succeeds, and what fails for another reason, is given back."""
    for _ in range(30):
        with limit.counting(InvalidClient, "ada"):
            pass
        with pytest.raises(InvalidGrant), limit.counting(InvalidClient, "ada"):
            raise InvalidGrant("expired")
    for _ in range(10):
        with pytest.raises(InvalidClient), limit.counting(InvalidClient, "ada"):
            raise InvalidClient("wrong")
    with pytest.raises(RateLimited), limit.counting(InvalidClient, "ada"):
        raise AssertionError


def test_many_at_once_are_counted_one_by_one(limit: RateLimit) -> None:
    """A hundred guesses side by side: ten are evaluated."""
    evaluated, together = list[int](), threading.Barrier(100)

    def guess(number: int) -> None:
        together.wait()
        with suppress(InvalidClient, RateLimited), limit.counting(InvalidClient, "ada"):
            evaluated.append(number)
            raise InvalidClient("wrong")

    with ThreadPoolExecutor(100) as guessers:
        list(guessers.map(guess, range(100)))
    assert len(evaluated) == 10


def test_memory_is_bounded_and_a_flood_hides_nobody(limit: RateLimit) -> None:
    """Of keys beyond the bound those go that came once; who is being counted stays counted."""
    take_all(limit)
    for number in range(200_000):
        limit.take(str(number))
    assert take_all(limit) == 0
    assert take_all(limit, "199999") == 9
    assert take_all(limit, "0") == 10
