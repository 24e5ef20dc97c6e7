"""A whole plane that gets several times what it can answer, from a process of its own."""

from collections.abc import Iterator

import pytest

from load.figures import percentile
from load.overload.steps import Bench
from load.overload.subjects import subjects
from load.plane import own_plane
from load.population import population

pytestmark = pytest.mark.timeout(180)

_MOST_LATENESS = 0.25


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with own_plane(log_level="warning") as plane, population(plane) as people:
        yield Bench(plane, subjects(plane, people, 40), True, -1)


@pytest.fixture(scope="module")
def peak(bench: Bench) -> float:
    """Logins a second; the better of two, since nothing makes it look better than it is."""
    return max(bench.peak("login", 2, 1.0) for _ in range(2))


def test_most_of_what_can_be_answered_is(bench: Bench, peak: float) -> None:
    """At five times the peak: much of it on whatever machine, the rest refused early, nothing done in vain."""
    step = max((bench.step("login", 5 * peak, 2.0) for _ in range(3)), key=lambda each: each.goodput)
    if percentile(step.outcome.lateness, 99) <= _MOST_LATENESS:  # Else the machine could not even make the calls.
        assert step.goodput >= peak / 4
    assert step.outcome.refused
    assert not step.outcome.failed
    assert percentile(step.outcome.refused, 50) < percentile(step.outcome.good, 50)
    assert step.wasted <= 0.01 * len(step.outcome.good) + 1
    assert step.left == 0


def test_it_is_over_when_it_is_over(bench: Bench, peak: float) -> None:
    """Right after that, what comes at half the peak is answered."""
    bench.step("login", 5 * peak, 1.0)
    after = max((bench.step("login", peak / 2, 1.5) for _ in range(2)), key=lambda each: len(each.outcome.good))
    assert len(after.outcome.good) >= 0.8 * len(after.outcome.lateness)


def test_others_do_not_notice(bench: Bench, peak: float) -> None:
    """Ten times too many logins, and introspection, userinfo and revocation go on."""
    wanted = [("login", 10 * peak, 2.0), ("introspect", 50.0, 2.0), ("userinfo", 50.0, 2.0), ("revoke", 20.0, 2.0)]
    logins, *others = bench.together(wanted)
    assert logins.outcome.refused
    for step in others:
        # On a machine that does more than this some may come too late; without lanes most would.
        assert len(step.outcome.refused) <= 0.1 * len(step.outcome.lateness), step.kind
        assert not step.outcome.failed, step.kind
        assert len(step.outcome.good) >= 0.5 * len(step.outcome.lateness), step.kind
