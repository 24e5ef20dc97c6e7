"""Expiry, and clocks that are set."""

import math

import pytest

from shared.cache.decision import Decision
from shared.cache.view import Miss
from tests.cache.scene import MAX_STALENESS, NOW, Scene, foreign, misses, no, yes

STEP = 300.0


def wait(scene: Scene, seconds: float) -> None:
    """Time passes while the feed works."""
    scene.clock.advance(seconds)
    scene.poll()


def test_a_decision_ends_to_the_moment() -> None:
    """Not a moment later."""
    scene = Scene()
    cache = scene.cache()
    scene.keep(cache, "k", yes("a", expires_at=NOW + 10))
    wait(scene, 9.99)
    assert cache.get("k") is not None
    wait(scene, 0.01)
    assert cache.get("k") is None
    assert misses(cache)[Miss.EXPIRED] == 1


def test_a_slow_read_does_not_live_longer() -> None:
    """Its life counts from when it began."""
    scene = Scene()
    cache = scene.cache(max_seconds=10.0)

    def load() -> Decision[str]:
        wait(scene, 4.0)
        return yes("a")

    cache.get_or_load("k", load)
    wait(scene, 5.9)
    assert cache.get("k") is not None
    wait(scene, 0.2)
    assert cache.get("k") is None


@pytest.mark.parametrize("expires_at", [math.inf, NOW + 1000])
def test_no_decision_lives_longer_than_the_cache_allows(expires_at: float) -> None:
    """Whatever it says itself, and however often it is used."""
    scene = Scene()
    cache = scene.cache(max_seconds=10.0)
    scene.keep(cache, "k", yes("a", expires_at=expires_at))
    for _ in range(9):
        wait(scene, 1.0)
        assert cache.get("k") is not None
    wait(scene, 1.0)
    assert cache.get("k") is None


@pytest.mark.parametrize("step", [-STEP, STEP])
def test_a_step_of_the_wall_clock_revives_and_ends_nothing(step: float) -> None:
    """Freshness and the life of what is kept are counted by the clock that only moves forward."""
    scene = Scene()
    cache = scene.cache()
    scene.keep(cache, "k", yes("a", expires_at=NOW + 10))
    scene.clock.step(step)
    wait(scene, 9.99)
    assert cache.get("k") is not None
    scene.clock.step(-2 * step)
    wait(scene, 0.01)
    assert cache.get("k") is None
    assert misses(cache)[Miss.EXPIRED] == 1


@pytest.mark.parametrize("step", [-STEP, STEP])
def test_a_view_goes_stale_in_spite_of_the_wall_clock(step: float) -> None:
    """Neither later nor earlier."""
    scene = Scene()
    cache = scene.cache()
    scene.keep(cache, "k", yes("a"))
    scene.clock.step(step)
    scene.clock.advance(MAX_STALENESS - 0.01)
    assert cache.get("k") is not None
    scene.clock.advance(0.01)
    assert cache.get("k") is None


@pytest.mark.parametrize("step", [-STEP, STEP])
def test_a_revocation_counts_whatever_the_wall_clock_says(step: float) -> None:
    """Versions are compared, not times; a no that was said stands."""
    scene = Scene()
    cache = scene.cache(max_seconds=60.0)
    scene.keep(cache, "k", yes("a", expires_at=NOW + 1000))
    scene.clock.step(step)
    scene.log.commit("a")
    scene.poll()
    assert cache.get("k") is None
    scene.keep(cache, "k", no("a", expires_at=scene.clock.now() + 5))
    scene.clock.step(-step)
    wait(scene, 4.0)
    found = cache.get("k")
    assert found is not None
    assert found.value == "no"


def test_what_comes_expired_is_no_hit() -> None:
    """From another process whose wall clock is behind, say."""
    scene = Scene()
    cache = scene.cache()
    cache.put("k", yes("a", expires_at=NOW - STEP), foreign(scene.view.position), scene.clock.monotonic())
    assert cache.get("k") is None
    assert misses(cache) == {Miss.EXPIRED: 1}
