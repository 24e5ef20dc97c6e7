"""A real Prometheus beside the plane as it runs in production: rules have data, and alerts follow real faults.

Windows and waits are seconds here, which are minutes in what is shipped; all else is the same.
"""

import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import grpc
import pytest

from authplane.auth.v1 import auth_pb2, auth_pb2_grpc
from shared.rpc.arrival import CLIENT_ADDRESS
from tests.eventually import eventually
from tests.faults.asks import of_newcomers, of_the_gateways, of_the_store
from tests.faults.stage import Stage, stage
from tests.faults.watch import Watch
from tests.servers.prometheus import RULES, PrometheusServer
from tools.dashboard import query
from tools.dashboard_panels import ROWS

_SECONDS = 60.0
_GUESSERS = 24

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("plane")) as made:
        yield made


@pytest.fixture(scope="module")
def prometheus(running: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrometheusServer]:
    folder = tmp_path_factory.mktemp("prometheus")
    jobs = {
        f"authplane-{kind}": [f"127.0.0.1:{part.admin_port}" for part in parts]
        for kind, parts in {
            "auth": running.fleet.auth,
            "token": running.fleet.token,
            "gateway": running.fleet.gateway,
        }.items()
    }
    with PrometheusServer(folder, jobs, [_hurried(name, folder) for name in ("rules.yml", "alerts.yml")]) as server:
        yield server


def test_every_rule_is_sound_and_has_data(running: Stage, prometheus: PrometheusServer) -> None:
    """Once there is traffic; and nothing is missed that is there."""
    with traffic(running):
        recorded = {name for name in prometheus.rules() if name.startswith("authplane:")}
        assert len(recorded) == (RULES / "rules.yml").read_text().count("- record:")
        eventually(lambda: all(prometheus.query(name) for name in recorded), _SECONDS)
        assert set(prometheus.rules().values()) == {"ok"}
        assert len(prometheus.query('up{job=~"authplane.*"} == 1')) == len(running.fleet.parts)
        assert prometheus.firing().isdisjoint({"AuthplaneStoreGone", "AuthplaneMemcachedUseless"})


def test_every_panel_of_the_dashboard_has_data(running: Stage, prometheus: PrometheusServer) -> None:
    """Each query as it stands, but for the window."""
    queries = {
        f"{panel.title}: {legend}": query(each, at='job=~".+"', window="15s")
        for row in ROWS.values()
        for panel in row
        for legend, each in panel.queries.items()
    }
    with traffic(running), guesses(running):
        eventually(lambda: not [name for name, each in queries.items() if not prometheus.query(each)], _SECONDS)


def test_the_store_is_missed_and_found_again(running: Stage, prometheus: PrometheusServer) -> None:
    """By all who need it: refusals, staleness and burnt budget are told, and are over when it is back."""
    told = {"AuthplaneStoreGone", "AuthplaneFeedStale", "AuthplaneErrorsFast"}
    with traffic(running):
        running.postgres.stop()
        eventually(lambda: prometheus.firing() >= told, _SECONDS)
        running.postgres.start()
        eventually(lambda: prometheus.firing().isdisjoint(told), _SECONDS)
    running.settle()


def test_memcached_is_missed_and_found_again(running: Stage, prometheus: PrometheusServer) -> None:
    """Though nobody who asks notices."""
    running.prepared(running.subjects.make)
    with Watch(of_newcomers(running, running.fleet.token)):
        running.memcached.kill()
        eventually(lambda: "AuthplaneMemcachedUseless" in prometheus.firing(), _SECONDS)
        running.memcached.start()
        eventually(lambda: "AuthplaneMemcachedUseless" not in prometheus.firing(), _SECONDS)


def test_a_process_that_hangs_is_missed(running: Stage, prometheus: PrometheusServer) -> None:
    """By its admin port."""
    running.fleet.token[0].pause()
    try:
        eventually(lambda: "AuthplaneProcessGone" in prometheus.firing(), _SECONDS)
    finally:
        running.fleet.token[0].resume()
    eventually(lambda: "AuthplaneProcessGone" not in prometheus.firing(), _SECONDS)
    running.settle()


def test_a_flood_of_guesses_is_told(running: Stage, prometheus: PrometheusServer) -> None:
    """That passwords are guessed, and that logins are refused for it."""
    told = {"AuthplaneLoginsShed", "AuthplanePasswordGuessing"}
    with guesses(running):
        eventually(lambda: prometheus.firing() >= told, _SECONDS)
    eventually(lambda: prometheus.firing().isdisjoint(told), _SECONDS)


@contextmanager
def traffic(running: Stage) -> Iterator[None]:
    """Of every kind, while the context is open."""
    with Watch(of_the_store(running, running.services)), Watch(of_the_gateways(running)):
        yield


@contextmanager
def guesses(running: Stage) -> Iterator[None]:
    """At one auth process, each from an address of its own, so that no limit of an address ends them."""
    auth, stop = auth_pb2_grpc.AuthServiceStub(running.channel(running.fleet.auth[0])), threading.Event()

    def guess(guesser: int) -> None:
        number = 0
        while not stop.is_set():
            number += 1
            address = f"10.{guesser}.{number // 256 % 256}.{number % 256}"
            question = auth_pb2.LoginRequest(username=f"nobody-{guesser}-{number}", password="a wrong password")
            try:
                auth.Login(question, timeout=5, metadata=((CLIENT_ADDRESS, address),))
            except grpc.RpcError:
                stop.wait(0.01)

    with ThreadPoolExecutor(_GUESSERS) as threads:
        guessing = [threads.submit(guess, number) for number in range(_GUESSERS)]
        try:
            yield
        finally:
            stop.set()
            for each in guessing:
                each.result()


def _hurried(name: str, folder: Path) -> Path:
    text = (RULES / name).read_text()
    text = re.sub(r"\[\d+[mh]\]", "[8s]", text)
    text = re.sub(r"for: \d+[sm]", "for: 2s", text).replace("interval: 30s", "interval: 500ms")
    hurried = folder / name
    hurried.write_text(text)
    return hurried
