"""Planes for tests: real servers on free loopback ports, real sockets, an in-memory store."""

import io
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.dev.plane import DevPlane
from cli.seed_file import Seed, load_seed
from cli.settings import PlaneSettings
from shared.clock import Clock, ManualClock, SystemClock
from shared.store.postgres.server import LocalServer
from tests.servers.postgres import OPTIONS, PostgresDatabases, programs
from tests.user_agent import UserAgent

SECRET = "test-secret-at-least-32-characters-long"
FREE_PORTS = {"auth_port": 0, "token_port": 0, "gateway_port": 0, "admin_port": 0}
SEED = Path(__file__).parent / "seed.toml"


def make_plane(clock: Clock, log: io.StringIO, seed: Seed | None = None, **settings: object) -> DevPlane:
    """A plane that is yet to be entered."""
    values = {**FREE_PORTS, "secret": SECRET, "log_format": "json", **settings}
    return DevPlane(PlaneSettings.model_validate(values), seed or load_seed(SEED), clock, os.urandom, log)


@pytest.fixture(scope="session")
def postgres_databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresDatabases]:
    """A real PostgreSQL for the whole run."""
    directory = tmp_path_factory.mktemp("postgres")
    with LocalServer(directory, programs(), OPTIONS) as server, PostgresDatabases(server) as databases:
        yield databases


@pytest.fixture(scope="session")
def plane_log() -> io.StringIO:
    """What the shared plane logs."""
    return io.StringIO()


@pytest.fixture(scope="session")
def plane(plane_log: io.StringIO) -> Iterator[DevPlane]:
    """One plane on the system's clock for all tests that leave it as they find it."""
    with make_plane(SystemClock(), plane_log) as running:
        yield running


@pytest.fixture(scope="module")
def manual_plane() -> Iterator[tuple[DevPlane, ManualClock]]:
    """A plane whose clock the test moves; it starts at the present, since clients check times too."""
    clock = ManualClock(float(int(time.time())))
    with make_plane(clock, io.StringIO()) as running:
        yield running, clock


@pytest.fixture
def user_agent(plane: DevPlane) -> Iterator[UserAgent]:
    """A fresh browser of the user "ada" at the shared plane."""
    agent = UserAgent(plane.issuer)
    yield agent
    agent.close()
