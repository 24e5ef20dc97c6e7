"""kill -9, of processes or of the server, loses nothing that was acknowledged and leaves nothing half done.

CVE-2026-9802. AUTHPLANE_TEST_ROUNDS asks for more rounds.
"""

import os
import random
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from shared.store.postgres.server import LocalServer
from tests.crash.judge import Life, lives_of, require_held, require_nothing_half_done, require_refused
from tests.crash.worker import Said, Worker, listen
from tests.eventually import eventually
from tests.processes import is_gone
from tests.servers.postgres import PostgresDatabases, open_store, programs

ROUNDS = int(os.environ.get("AUTHPLANE_TEST_ROUNDS", "4"))
WORKERS = 3
# Of the lives that the kill did not strike, so many are tried again what was used.
SHARE = 0.2

pytestmark = pytest.mark.timeout(60 + 15 * ROUNDS)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LocalServer]:
    """A server whose commits reach the disk."""
    with LocalServer(tmp_path, programs(), {"fsync": "on", "synchronous_commit": "on"}) as server:
        yield server


def kill_all(server: LocalServer) -> None:
    """kill -9 of each of the server's processes, when all are gone."""
    first = psutil.Process(server.pid)
    children = first.children(recursive=True)
    for process in (first, *children):
        process.kill()
    server.stop(signal.SIGKILL)
    # The memory that they share keeps the next server from starting.
    eventually(lambda: all(map(is_gone, children)))


def stop_at_once(server: LocalServer) -> None:
    """It ends its processes without finishing anything."""
    server.stop(signal.SIGQUIT)


@pytest.mark.parametrize("victim", ["processes", "server"])
def test_what_was_acknowledged_holds(server: LocalServer, victim: str) -> None:
    """At random moments: consumed stays consumed, rotated rotated, revoked revoked, ended ended."""
    seed = random.randrange(10**9)
    print(f"seed {seed}")
    chance = random.Random(seed)
    with PostgresDatabases(server) as databases:
        for _ in range(ROUNDS):
            with databases.database() as url:
                workers = [Worker(url, f"{seed} {number}") for number in range(WORKERS)]
                for worker in workers:
                    worker.hear()
                if victim == "server":
                    listen(workers, chance.uniform(0.1, 0.5))
                    chance.choice([kill_all, stop_at_once])(server)
                    server.start()
                said = list[Said]()
                while workers:
                    listen(workers, chance.uniform(0.05, 0.3))
                    said += workers.pop().kill()
                judge(url, lives_of(said), chance)


def judge(url: str, lives: list[Life], chance: random.Random) -> None:
    store = open_store(url, pg_pool_max=1)
    require_nothing_half_done(url)
    for life in lives:
        require_held(store, life)
    used = [life for life in lives if life.pending or chance.random() < SHARE]
    for life in used:
        require_refused(store, life, chance)
    require_nothing_half_done(url)
    store.close()
