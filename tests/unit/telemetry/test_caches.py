"""What the caches say about themselves."""

import json
import math

from prometheus_client import CollectorRegistry

from shared.cache.cache import Bounds, Cache
from shared.cache.caches import Caches
from shared.cache.decision import Decision
from shared.clock import ManualClock
from shared.telemetry.admin import AdminRequest
from shared.telemetry.caches import CacheCollector, cache_page
from tests.stores import fresh_view


def used() -> Caches:
    """A cache that was missed once and hit twice; its key and value are somebody's own."""
    clock = ManualClock(1000)
    caches = Caches(fresh_view(clock), clock, Bounds(10, 10_000, 60), no_seconds=5)
    cache: Cache[str] = caches.make("sessions")
    for _ in range(3):
        cache.get_or_load("ada's session", lambda: Decision("ada's secret", ("user:ada",), math.inf))
    return caches


def test_the_page_tells_sizes_hits_misses_and_freshness() -> None:
    """As JSON for programs: per cache and per view."""
    page = cache_page({"auth": used()})
    told = json.loads(page(AdminRequest("application/json", "")).body)
    sessions = told["caches"]["sessions"]
    assert (sessions["entries"], sessions["max_entries"], sessions["max_bytes"]) == (1, 10, 10_000)
    assert (sessions["hits"], sessions["misses"]["absent"], sessions["hit_rate"]) == (2, 1, 0.6667)
    assert sessions["bytes"] > 0
    view = told["views"]["auth"]
    assert (view["fresh"], view["age_seconds"], view["version"], view["floor"]) == (True, 0.0, 0, 0)


def test_the_page_is_a_table_for_people() -> None:
    """One row for each cache, under its columns."""
    page = cache_page({"auth": used()})(AdminRequest("text/html", ""))
    assert page.content_type.startswith("text/plain")
    lines = page.body.decode().splitlines()
    (heads,) = [line.split() for line in lines if "hit_rate" in line]
    (row,) = [line.split() for line in lines if line.split()[:1] == ["sessions"]]
    assert row[heads.index("hits")] == "2"
    assert row[heads.index("entries")] == "1"


def test_nothing_personal_is_told() -> None:
    """Neither keys nor tags nor values."""
    page = cache_page({"auth": used()})
    for accept in ("application/json", ""):
        assert b"ada" not in page(AdminRequest(accept, "")).body


def test_the_metrics_are_read_when_they_are_scraped() -> None:
    """Hits by level, misses by reason, evictions by cause, and where the view is."""
    registry, caches = CollectorRegistry(), used()
    registry.register(CacheCollector({"auth": caches}))
    assert registry.get_sample_value("authplane_cache_hits_total", {"cache": "sessions", "level": "memory"}) == 2
    assert registry.get_sample_value("authplane_cache_misses_total", {"cache": "sessions", "reason": "absent"}) == 1
    assert registry.get_sample_value("authplane_cache_evictions_total", {"cache": "sessions", "cause": "dead"}) == 0
    assert registry.get_sample_value("authplane_cache_entries", {"cache": "sessions"}) == 1
    assert registry.get_sample_value("authplane_feed_age_seconds", {"part": "auth"}) == 0
