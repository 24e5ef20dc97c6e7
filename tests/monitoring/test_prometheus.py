"""A real Prometheus beside the plane as it runs in production: rules have data, and alerts follow real faults.

Windows and waits are seconds here, which are minutes in what is shipped; all else is the same.
"""

import itertools
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import grpc
import psycopg
import pytest

from authplane.token.v1.client_admin_pb2 import ListClientsRequest
from authplane.token.v1.client_admin_pb2_grpc import ClientAdminServiceStub
from authplane.token.v1.token_pb2 import ClientAuthentication, IntrospectRequest, RevokeRequest
from authplane.token.v1.token_pb2_grpc import TokenServiceStub
from shared.errors import Reason
from shared.rpc.client_address import CLIENT_ADDRESS
from shared.rpc.failure import failure_of
from tests.eventually import eventually
from tests.faults.asks import of_newcomers, of_the_gateways, of_the_store
from tests.faults.doors import TIMEOUT, TokenDoor
from tests.faults.stage import Stage, stage
from tests.faults.watch import Watch, over_grpc
from tests.monitoring.scene import guesses, prometheus_of
from tests.servers.prometheus import RULES, PrometheusServer
from tools.dashboard import query
from tools.panels.rows import ROWS

_SECONDS = 60.0
_CROWD = 150

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("plane"), sweep_interval_seconds=1) as made:
        yield made


@pytest.fixture(scope="module")
def prometheus(running: Stage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrometheusServer]:
    with prometheus_of(running, tmp_path_factory.mktemp("prometheus")) as server:
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
    told = {
        *("AuthplaneStoreGone", "AuthplaneFeedStale", "AuthplaneSweeperStopped"),
        *("AuthplaneErrorsFast", "AuthplaneErrorsSlow"),
    }
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


def test_tokens_that_are_used_again_are_told(running: Stage, prometheus: PrometheusServer) -> None:
    """Codes here, each redeemed twice."""
    door = TokenDoor("token", running.channel(running.fleet.token[0]))

    def told() -> bool:
        code = running.subjects.issue_code(running.subjects.begin())
        door.redeem(code)
        door.redeem(code)
        return "AuthplaneTokensReused" in prometheus.firing()

    eventually(told, _SECONDS)
    eventually(lambda: "AuthplaneTokensReused" not in prometheus.firing(), _SECONDS)


def test_a_full_lane_and_a_busy_pool_are_told(running: Stage, prometheus: PrometheusServer) -> None:
    """More askers than a process has room for, also for what memory answers as a rule, and a database far from it."""
    told = {"AuthplaneShedding", "AuthplanePoolBusy"}
    channel, numbers = running.channel(running.fleet.token[1]), itertools.count()
    clients, tokens = ClientAdminServiceStub(channel), TokenServiceStub(channel)

    def as_a_stranger(ask: Callable[..., object], kind: type[IntrospectRequest | RevokeRequest]) -> None:
        number = next(numbers)
        stranger = ClientAuthentication(client_id=f"nobody-{number}", client_secret_basic="a wrong secret")
        address = f"10.99.{number // 256 % 256}.{number % 256}"
        try:
            ask(kind(token="none", client=stranger), timeout=TIMEOUT, metadata=((CLIENT_ADDRESS, address),))
        except grpc.RpcError as error:
            if failure_of(error).reason is not Reason.INVALID_CLIENT:
                raise

    # Of each lane, which together have more threads than there are connections.
    asks: list[Callable[[], object]] = [
        lambda: clients.ListClients(ListClientsRequest(page_size=1), timeout=TIMEOUT),
        lambda: as_a_stranger(tokens.Introspect, IntrospectRequest),
        lambda: as_a_stranger(tokens.Revoke, RevokeRequest),
    ]
    crowd = {f"asker {number}": over_grpc(asks[number % len(asks)]) for number in range(_CROWD)}
    with Watch(crowd):
        running.cable.delay = 0.1
        try:
            eventually(lambda: prometheus.firing() >= told, _SECONDS)
        finally:
            running.cable.delay = 0.0
    eventually(lambda: prometheus.firing().isdisjoint(told), _SECONDS)
    running.settle()


def test_revocations_that_cannot_be_logged_are_told(running: Stage, prometheus: PrometheusServer) -> None:
    """What rotations leave behind waits while somebody holds the log."""
    door = TokenDoor("token", running.channel(running.fleet.token[0]))

    token = running.subjects.make().refresh_token

    def told() -> bool:
        nonlocal token
        given = door.rotate(token).given
        token = given.refresh_token if given else token
        time.sleep(0.1)
        return "AuthplaneRevocationsPending" in prometheus.firing()

    with psycopg.connect(running.postgres.url) as holder:
        holder.execute("LOCK TABLE store_version IN EXCLUSIVE MODE")
        eventually(told, _SECONDS)
    eventually(lambda: "AuthplaneRevocationsPending" not in prometheus.firing(), _SECONDS)
    running.settle()
