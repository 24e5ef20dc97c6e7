"""What the caches of a process say about themselves: as metrics, and as a page for people."""

import json
from collections.abc import Iterable, Mapping
from itertools import accumulate
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from shared.cache.caches import Caches
from shared.cache.delays import BOUNDS, Delays
from shared.cache.statistics import CacheState
from shared.telemetry.admin import AdminPage, AdminRequest, Page

Parts = Mapping[str, Caches]
"""The caches of a process by the part that they belong to; each part has a view of its own."""


class CacheCollector(Collector):
    """Reads the caches when they are scraped, so that to count costs nothing beyond what the cache does anyway."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def collect(self) -> Iterable[Metric]:
        """The families of all caches and views."""
        yield from self._of_caches()
        yield from self._of_views()

    def _of_caches(self) -> Iterable[Metric]:
        entries = GaugeMetricFamily("authplane_cache_entries", "Entries of a cache.", labels=("cache",))
        size = GaugeMetricFamily("authplane_cache_bytes", "Estimated bytes of a cache.", labels=("cache",))
        hits = CounterMetricFamily(
            "authplane_cache_hits", "Answers from a cache, by its level.", labels=("cache", "level")
        )
        misses = CounterMetricFamily("authplane_cache_misses", "Misses of a cache.", labels=("cache", "reason"))
        evictions = CounterMetricFamily("authplane_cache_evictions", "Entries that left.", labels=("cache", "cause"))
        for state in self._states():
            entries.add_metric((state.name,), state.entries)
            size.add_metric((state.name,), state.size)
            hits.add_metric((state.name, "memory"), state.statistics.hits)
            hits.add_metric((state.name, "shared"), state.statistics.second_level_hits)
            for reason, count in state.statistics.misses.items():
                misses.add_metric((state.name, reason), count)
            for cause, count in state.statistics.evictions.items():
                evictions.add_metric((state.name, cause), count)
        return entries, size, hits, misses, evictions

    def _of_views(self) -> Iterable[Metric]:
        version = GaugeMetricFamily("authplane_feed_version", "Newest version that was applied.", labels=("part",))
        age = GaugeMetricFamily("authplane_feed_age_seconds", "Since the view was complete.", labels=("part",))
        floor = GaugeMetricFamily("authplane_feed_floor", "Version before which nothing is used.", labels=("part",))
        delays = HistogramMetricFamily(
            "authplane_feed_time_to_refuse_seconds",
            "From the commit of an invalidation to its refusal here, at most.",
            labels=("part",),
        )
        for part, caches in self._parts.items():
            delays.add_metric((part,), _buckets(caches.view.time_to_refuse), caches.view.time_to_refuse.total)
            version.add_metric((part,), caches.view.position.version)
            age.add_metric((part,), caches.view.age())
            floor.add_metric((part,), caches.view.floor)
        return version, age, floor, delays

    def _states(self) -> list[CacheState]:
        return [state for caches in self._parts.values() for state in caches.states()]


def _buckets(delays: Delays) -> list[tuple[str, float]]:
    bounds = [*map(str, BOUNDS), "+Inf"]
    return list(zip(bounds, map(float, accumulate(delays.counts)), strict=True))


def cache_facts(parts: Parts) -> dict[str, Any]:
    """Freshness by part, and sizes, hits and misses by cache; JSON values."""
    return {
        "views": {part: _view_facts(caches) for part, caches in parts.items()},
        "caches": {state.name: _cache_facts(state) for caches in parts.values() for state in caches.states()},
    }


def cache_page(parts: Parts) -> Page:
    """Sizes, hits, misses and freshness; JSON for who accepts that, else text."""

    def page(request: AdminRequest) -> AdminPage:
        facts = cache_facts(parts)
        if "application/json" in request.accept:
            return AdminPage(200, "application/json", json.dumps(facts, indent=2).encode() + b"\n")
        return AdminPage(200, "text/plain; charset=utf-8", _text(facts).encode())

    return page


def _view_facts(caches: Caches) -> dict[str, Any]:
    view = caches.view
    age = view.age()
    return {
        "fresh": view.is_fresh(),
        "age_seconds": round(age, 4) if age < float("inf") else None,
        "max_staleness_seconds": view.max_staleness,
        "version": view.position.version,
        "newest_heard_of": view.newest,
        "floor": view.floor,
        "remembered_tags": view.tags,
    }


def _cache_facts(state: CacheState) -> dict[str, Any]:
    statistics = state.statistics
    return {
        "entries": state.entries,
        "max_entries": state.max_entries,
        "bytes": state.size,
        "max_bytes": state.max_bytes,
        "hit_rate": round(statistics.hit_rate, 4),
        "hits": statistics.hits,
        "shared_hits": statistics.second_level_hits,
        "misses": {str(reason): count for reason, count in statistics.misses.items()},
        "evictions": {str(cause): count for cause, count in statistics.evictions.items()},
    }


def _text(facts: Mapping[str, Any]) -> str:
    return "\n".join([_table("view", facts["views"]), _table("cache", _flat(facts["caches"]))])


def _flat(rows: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    return {name: _flat_one(row) for name, row in rows.items()}


def _flat_one(row: Mapping[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in row.items():
        flat.update(_named(name, value) if isinstance(value, Mapping) else {name: value})
    return flat


def _named(group: str, values: Mapping[str, Any]) -> dict[str, Any]:
    # What evictions are counted by are names of columns too.
    return {f"evicted_{name}" if group == "evictions" else name: value for name, value in values.items()}


def _table(title: str, rows: Mapping[str, Mapping[str, Any]]) -> str:
    heads = [title, *next(iter(rows.values()), {})]
    lines = [heads, *([name, *map(str, row.values())] for name, row in rows.items())]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heads))]
    return "".join(
        "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)) + "\n" for line in lines
    )
