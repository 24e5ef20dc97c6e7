"""The sweeper's thread: seen when it dies, begun anew, and gone with the service."""

import io
import json
import os
import threading
import time
import urllib.request

import pytest
from prometheus_client import CollectorRegistry

from services.token.settings import TokenSettings
from services.token.sweeping import running_sweeper
from shared.clock import SystemClock
from shared.store import Store, SweptTable
from shared.telemetry.logging import make_logger
from shared.telemetry.sweeper import SweeperCollector
from tests.conftest import SECRET, make_plane, plane_store
from tests.contract.examples import granted, rotation
from tests.sweeper.conftest import CLOCK, Swept, expired_sessions
from tests.sweeper.test_sweeps import gone, until
from tests.threads import threads_left

SETTINGS = TokenSettings.model_validate(
    {"secret": SECRET, "sweep_interval_seconds": 0.1, "flush_interval_seconds": 0.01, "sweep_margin_seconds": 0}
)


def value(registry: CollectorRegistry, name: str, **labels: str) -> float | None:
    return registry.get_sample_value(f"authplane_sweeper_{name}", labels)


def test_a_thread_that_dies_is_seen_and_begun_anew(swept: Swept) -> None:
    """Whatever it died of; the metric says so meanwhile, and the log says why."""
    expired_sessions(swept.store, 10)
    fails = threading.Event()
    fails.set()

    def open_own() -> Store:
        if fails.is_set():
            raise RuntimeError("a mistake")
        return swept.open_own()

    before, registry, sweeping = set(threading.enumerate()), CollectorRegistry(), swept.sweeping()
    broken = type(sweeping)(open_own, sweeping.pressure, sweeping.state)
    registry.register(SweeperCollector(sweeping.state))
    logger = make_logger(swept.log, "info", "json")
    with running_sweeper(SETTINGS, broken, swept.pending(), CLOCK, os.urandom, logger):
        until(lambda: value(registry, "up") == 0)
        assert sweeping.state.facts()["up"] is False
        fails.clear()
        until(lambda: gone(swept.store, SweptTable.SESSIONS))
        assert (value(registry, "up"), value(registry, "restarts_total")) == (1, 1)
    assert "a mistake" in swept.log.getvalue()
    assert threads_left(before) == []


def test_the_metrics(swept: Swept) -> None:
    """All of them, and nothing before there is a sweeper."""
    registry, sweeping, pending = CollectorRegistry(), swept.sweeping(), swept.pending()
    registry.register(SweeperCollector(sweeping.state))
    assert value(registry, "up") is None
    expired_sessions(swept.store, 10)
    begun = time.time()
    with running_sweeper(SETTINGS, sweeping, pending, CLOCK, os.urandom, make_logger(swept.log, "info", "json")):
        until(lambda: (value(registry, "last_success_timestamp_seconds") or 0) > 0)
    pending.add("token:a")
    assert value(registry, "rows_total", table="sessions") == 10
    assert {value(registry, "lag_seconds", table=table) for table in SweptTable} == {0.0}
    assert begun <= (value(registry, "last_run_timestamp_seconds") or 0) <= time.time()
    assert 0 < (value(registry, "run_seconds") or 0) < 10
    assert value(registry, "pending_invalidations") == 1
    for name in ("flushed_invalidations_total", "flushed_at_end", "pauses_total", "restarts_total"):
        assert value(registry, name) == 0, name
    assert [value(registry, "failures_total", what=what) for what in ("sweep", "flush")] == [0, 0]
    assert (value(registry, "batches_total") or 0) >= 1


def test_a_plane_flushes_at_its_end(store_name: str, request: pytest.FixtureRequest) -> None:
    """After its last request; the log says how many. No thread is left."""
    before, log = set(threading.enumerate()), io.StringIO()
    with plane_store(store_name, request) as settings:
        with make_plane(SystemClock(), log, **settings, flush_interval_seconds=5) as plane:
            for _ in range(50):
                plane.store.rotate_refresh_token(rotation(granted(plane.store)))
            ready = json.loads(fetch(f"{plane.admin_url}/readyz"))
            page = json.loads(fetch(f"{plane.admin_url}/statusz"))
            metrics = fetch(f"{plane.admin_url}/metrics")
        said = [json.loads(line) for line in log.getvalue().splitlines() if '"pending_flushed"' in line]
    assert [(each["flushed"], each["left"]) for each in said] == [(50, 0)]
    assert ready["sweeper"] is True
    assert page["sweeper"]["pending"] == 50
    assert "authplane_sweeper_up 1.0" in metrics
    assert threads_left(before) == []


def fetch(url: str) -> str:
    request = urllib.request.Request(url, headers={"Accept": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as response:
        return str(response.read().decode())
