"""Planes for tests: real servers on free loopback ports, real sockets, on each store in turn."""

import io
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cli.dev.plane import DevPlane
from cli.process import process_runtime
from cli.seed_file import Seed, load_seed
from cli.settings import PlaneSettings
from cli.stores import open_store
from shared.clock import Clock, ManualClock, SystemClock
from shared.store.access import StoreAccess
from shared.store.postgres.server import LocalServer
from tests.servers.postgres import OPTIONS, PostgresDatabases, programs
from tests.user_agent import UserAgent

SECRET = "test-secret-at-least-32-characters-long"
FREE_PORTS = {"auth_port": 0, "token_port": 0, "gateway_port": 0, "admin_port": 0}
# All that tests try wrongly comes from one address.
UNLIMITED = {
    "login_failures_per_user_and_address": 10**6,
    "login_failures_per_address": 10**6,
    "login_failures_per_user": 10**6,
    "client_failures_per_client_and_address": 10**6,
    "client_failures_per_address": 10**6,
}
SERVICE_START = 1_700_000_000.0
SEED = Path(__file__).parent / "seed.toml"


# Planes of many processes, or full load: one after the other, or they would disturb each other.
_ALONE = (
    "tests/staleness",
    "tests/faults",
    "tests/monitoring/test_prometheus",
    "tests/overload",
    "tests/load/",
    "tests/sweeper/test_load",
)
# Long too, so begun first: else one process waits for it in the end.
_FIRST = ("tests/browser/test_looks", "tests/cache/test_model", "tests/sql/test_exercises", "tests/sql/test_explain")


@pytest.hookimpl(tryfirst=True)  # The groups have to be there before they are looked at.
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Several processes share the run: each takes a whole file on one store, all of one store before the other."""
    items.sort(key=lambda item: (not item.nodeid.startswith(_ALONE), not item.nodeid.startswith(_FIRST)))
    for item in items:
        file, parameters = item.nodeid.partition("::")[0], getattr(item, "callspec", None)
        store = parameters.params.get("store_name", "") if parameters else ""
        alone = item.nodeid.startswith(_ALONE)
        item.add_marker(pytest.mark.xdist_group("alone" if alone else f"{file} {store}"))


def make_plane(clock: Clock, log: io.StringIO, seed: Seed | None = None, **settings: object) -> DevPlane:
    """A plane that is yet to be entered."""
    values = {**FREE_PORTS, **UNLIMITED, "secret": SECRET, "log_format": "json", **settings}
    return DevPlane(PlaneSettings.model_validate(values), seed or load_seed(SEED), clock, os.urandom, log)


@pytest.fixture(scope="session")
def postgres_databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresDatabases]:
    """A real PostgreSQL for the whole run."""
    directory = tmp_path_factory.mktemp("postgres")
    with LocalServer(directory, programs(), OPTIONS) as server, PostgresDatabases(server) as databases:
        yield databases


@pytest.fixture(scope="session", params=["memory", "postgres"])
def store_name(request: pytest.FixtureRequest) -> str:
    """Whoever uses a plane is run once on each store."""
    return str(request.param)


@contextmanager
def plane_store(name: str, request: pytest.FixtureRequest) -> Iterator[dict[str, Any]]:
    """Settings of an empty store."""
    if name == "memory":
        yield {"store": name}
        return
    databases: PostgresDatabases = request.getfixturevalue("postgres_databases")
    with databases.database() as url:
        yield {"store": name, "database_url": url}


@pytest.fixture
def service_store(store_name: str, request: pytest.FixtureRequest) -> Iterator[StoreAccess]:
    """An empty store for services that a test starts by themselves."""
    with plane_store(store_name, request) as settings:
        wanted = PlaneSettings(secret=SECRET, **settings)
        with open_store(
            wanted, process_runtime("tests", wanted, ManualClock(SERVICE_START), os.urandom, io.StringIO())
        ) as access:
            yield access


@pytest.fixture(scope="session")
def plane_log() -> io.StringIO:
    """What the shared plane logs."""
    return io.StringIO()


@pytest.fixture(scope="session")
def plane(plane_log: io.StringIO, store_name: str, request: pytest.FixtureRequest) -> Iterator[DevPlane]:
    """One plane on the system's clock for all tests that leave it as they find it."""
    with plane_store(store_name, request) as settings, make_plane(SystemClock(), plane_log, **settings) as running:
        yield running


@pytest.fixture(scope="module")
def manual_plane(store_name: str, request: pytest.FixtureRequest) -> Iterator[tuple[DevPlane, ManualClock]]:
    """A plane whose clock the test moves; it starts at the present, since clients check times too."""
    clock = ManualClock(float(int(time.time())))
    with plane_store(store_name, request) as settings, make_plane(clock, io.StringIO(), **settings) as running:
        yield running, clock


@pytest.fixture
def user_agent(plane: DevPlane) -> Iterator[UserAgent]:
    """A fresh browser of the user "ada" at the shared plane."""
    agent = UserAgent(plane.issuer)
    yield agent
    agent.close()
