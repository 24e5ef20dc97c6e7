"""What happened in a process between two looks at its metrics."""

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from cli.top.scrape import Labels, Scrape


@dataclass(frozen=True, slots=True)
class Figures:
    """One interval of one process. None is for what it does not have, or what nothing happened of.

    Attributes:
        http, rpc, refused: Each second.
        p50, p99: Seconds from question to answer; of HTTP where there is any, else of RPCs.
        hit_rate: Part of the questions to its caches that memory answered.
        queued: Calls that wait in its lanes now.
        pool: Connections in use, and calls that wait for one.
        feed_age: Seconds since it last knew every revocation.
        sweeper_lag: Seconds for which the oldest dead row should be gone.
    """

    http: float | None
    rpc: float | None
    p50: float | None
    p99: float | None
    hit_rate: float | None
    refused: float
    queued: float | None
    pool_open: float | None
    pool_waiting: float | None
    feed_age: float | None
    sweeper_lag: float | None


def figures(before: Scrape, after: Scrape) -> Figures:
    """The figures of the time between them. A counter that fell began anew: its process was restarted."""
    seconds = max(after.at - before.at, 1e-9)

    def rate(name: str) -> float | None:
        return _grown(before, after, name) / seconds if name in after.series else None

    http, rpc = rate("authplane_http_requests_total"), rate("grpc_server_handled_total")
    timed = "grpc_server_handling_seconds" if http is None else "authplane_http_request_duration_seconds"
    buckets = _buckets(before, after, f"{timed}_bucket")
    hits, misses = (_grown(before, after, f"authplane_cache_{name}_total") for name in ("hits", "misses"))
    return Figures(
        http=http,
        rpc=rpc,
        p50=quantile(buckets, 0.5),
        p99=quantile(buckets, 0.99),
        hit_rate=hits / (hits + misses) if hits + misses else None,
        refused=(rate("authplane_lane_refused_total") or 0.0) + (rate("authplane_http_refused_total") or 0.0),
        queued=after.total("authplane_lane_calls", state="queued") if "authplane_lane_calls" in after.series else None,
        pool_open=_sum_of("authplane_pool_connections", after),
        pool_waiting=_sum_of("authplane_pool_waiting", after),
        feed_age=after.most("authplane_feed_age_seconds"),
        sweeper_lag=after.most("authplane_sweeper_lag_seconds"),
    )


def quantile(buckets: dict[float, float], part: float) -> float | None:
    """The value below which this part lies, taken as evenly spread inside of its bucket, as Prometheus does it.

    Args:
        buckets: How many there were up to each bound, the infinite one among them.
    """
    wanted = buckets.get(math.inf, 0.0) * part
    if not wanted:
        return None
    below, lower = 0.0, 0.0
    for bound, count in sorted(buckets.items()):
        if count >= wanted:
            return lower if bound == math.inf else lower + (bound - lower) * (wanted - below) / (count - below)
        below, lower = count, bound
    return lower


def _grown(before: Scrape, after: Scrape, name: str) -> float:
    earlier = before.series.get(name, {})
    return sum(_growth(earlier, labels, value) for labels, value in after.series.get(name, {}).items())


def _growth(earlier: Mapping[Labels, float], labels: Labels, value: float) -> float:
    known = earlier.get(labels, 0.0)
    return value - known if value >= known else value


def _buckets(before: Scrape, after: Scrape, name: str) -> dict[float, float]:
    grown: defaultdict[float, float] = defaultdict(float)
    earlier = before.series.get(name, {})
    for labels, value in after.series.get(name, {}).items():
        grown[float(dict(labels)["le"])] += _growth(earlier, labels, value)
    return dict(grown)


def _sum_of(name: str, scrape: Scrape) -> float | None:
    return scrape.total(name) if name in scrape.series else None
