"""A store that comes back with an older state, seen by whoever has an answer of the lost one in memory."""

import io
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.process import process_runtime
from cli.settings import PlaneSettings
from cli.stores import open_store
from shared.clock import SystemClock
from shared.errors import AuthplaneError
from shared.store.access import StoreAccess
from shared.store.postgres.migrate import Migrator
from shared.store.postgres.server import LocalServer
from tests.contract.examples import NOW, user
from tests.servers.postgres import OPTIONS, programs

SECRET = "test-secret-at-least-32-characters-long"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LocalServer]:
    with LocalServer(tmp_path / "postgres", programs(), OPTIONS) as running:
        Migrator(running.url).up()
        running.stop()
        _copy(tmp_path / "postgres" / "data", tmp_path / "snapshot")
        running.start()
        yield running


@pytest.fixture
def access(server: LocalServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[StoreAccess]:
    """A process whose feed takes long to come back, so that requests find the other store first."""
    monkeypatch.setattr("shared.background._PAUSE_SECONDS", 60.0)
    settings = PlaneSettings(
        secret=SECRET, store="postgres", database_url=server.url, max_staleness_seconds=60, cache_no_seconds=61
    )
    with open_store(
        settings, process_runtime("restored", settings, SystemClock(), os.urandom, io.StringIO())
    ) as opened:
        yield opened


def restored(server: LocalServer, data: Path, snapshot: Path) -> None:
    """Its state is that of the snapshot."""
    server.stop()
    shutil.rmtree(data)
    _copy(snapshot, data)
    server.start()


def test_nothing_that_was_lost_is_answered_from_memory(
    server: LocalServer, access: StoreAccess, tmp_path: Path
) -> None:
    """Somebody who never existed in the restored store is not found once anything has been asked of it."""
    ada = user("ada", user_id=os.urandom(16).hex()).user_id
    access.store.insert_user(user("ada", user_id=ada))
    assert access.caches.view.wait_for(access.store.newest_version(), 10)
    assert access.store.find_user(ada) is not None
    restored(server, tmp_path / "postgres" / "data", tmp_path / "snapshot")
    _once(lambda: access.store.list_sessions("nobody", NOW))
    assert access.store.find_user(ada) is None


def _copy(source: Path, target: Path) -> None:
    subprocess.run(["cp", "-a", str(source), str(target)], check=True)  # With owners: it may belong to somebody else.


def _once(ask: Callable[[], Any]) -> Any:
    until = time.monotonic() + 20
    while True:
        try:
            return ask()
        except AuthplaneError:
            assert time.monotonic() < until
            time.sleep(0.01)
