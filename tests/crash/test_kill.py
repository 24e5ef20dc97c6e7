"""kill -9, of the process or of the server, loses nothing that was acknowledged (CVE-2026-9802).

AUTHPLANE_TEST_ROUNDS asks for more rounds.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from shared.errors import InvalidGrant
from shared.store import Store
from shared.store.postgres.server import LocalServer
from tests.contract.examples import NOW, granted, rotation
from tests.servers.postgres import PostgresDatabases, open_store, programs

ROUNDS = int(os.environ.get("AUTHPLANE_TEST_ROUNDS", "4"))
ROOT = Path(__file__).parents[2]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LocalServer]:
    """A server whose commits reach the disk."""
    with LocalServer(tmp_path, programs()) as server:
        yield server


def acknowledged(url: str, seconds: float, server: LocalServer | None) -> list[list[str]]:
    """What a worker was told in so many seconds, after which it is killed, or the server is and then the worker."""
    command = [sys.executable, "-m", "tests.crash.worker", url]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        lines = [worker.stdout.readline()]
        time.sleep(seconds)
        if server is not None:
            kill_server(server)
            server.start()
        worker.kill()
        lines += worker.stdout.read().splitlines()
    # The last line may have been cut off by the kill.
    return [line.split() for line in lines[:-1]]


def kill_server(server: LocalServer) -> None:
    """Ends all its processes at once, as a power cut does; what has not reached the disk is gone."""
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children")
    pids = [int(pid) for pid in children.read_text().split()] if children.exists() else []
    for pid in [server.pid, *pids]:
        os.kill(pid, signal.SIGKILL)
    server.stop(signal.SIGKILL)


def require_held(store: Store, url: str, said: list[list[str]]) -> None:
    """Everything that was acknowledged, and nothing by halves."""
    newest: dict[str, str] = {}
    dead = set[str]()
    with psycopg.connect(url) as connection:
        for what, *ids in said:
            if what == "consumed":
                code_hash, family_id = ids
                row = connection.execute(
                    "SELECT encode(family_id, 'hex') FROM auth_codes WHERE code = %s", [bytes.fromhex(code_hash)]
                ).fetchone()
                assert row == (family_id,)
            elif what == "rotated":
                family_id, old, new = ids
                newest[family_id] = new
                assert store.find_refresh_token(family_id, old, NOW + 30) is None
            else:
                dead.add(ids[-1])
                if what == "ended":
                    assert store.find_session(ids[0], NOW + 30) is None
        halves = connection.execute(
            "SELECT count(*) FROM auth_codes AS c WHERE c.family_id IS NOT NULL "
            "AND NOT EXISTS (SELECT FROM refresh_tokens AS t WHERE t.family_id = c.family_id)"
        ).fetchone()
        assert halves == (0,)
        versions = connection.execute(
            "SELECT (SELECT version FROM store_version), (SELECT coalesce(max(version), 0) FROM invalidations)"
        ).fetchone()
        assert versions is not None
        assert versions[0] == versions[1]
    for family_id, token_hash in newest.items():
        found = store.find_family(family_id, NOW + 30)
        if family_id in dead:
            assert found is None
        elif found is not None:
            # The very last rotation may have been made and not been heard of.
            assert found.token_hash == token_hash or found.generation in (1, 2, 3)


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("victim", ["process", "server"])
def test_what_was_acknowledged_holds(server: LocalServer, victim: str) -> None:
    """After each kill, at random moments: consumed stays consumed, rotated rotated, revoked revoked, ended ended."""
    chance = random.Random()
    with PostgresDatabases(server) as databases, databases.database() as url:
        for _ in range(ROUNDS):
            said = acknowledged(url, chance.uniform(0.3, 1.0), server if victim == "server" else None)
            assert {what for what, *_ in said} == {"consumed", "rotated", "revoked", "ended"}
            store = open_store(url)
            require_held(store, url, said)
            store.close()


@pytest.mark.timeout(3600)
def test_an_old_token_convicts_after_a_restart(server: LocalServer) -> None:
    """The memory of what was used is in the database and nowhere else."""
    with PostgresDatabases(server) as databases, databases.database() as url:
        store = open_store(url)
        family = granted(store)
        rotated = store.rotate_refresh_token(rotation(family))
        newest = store.rotate_refresh_token(rotation(rotated))
        store.close()
        kill_server(server)
        server.start()
        store = open_store(url)
        with pytest.raises(InvalidGrant):
            store.rotate_refresh_token(rotation(family, now=NOW + 11))
        assert store.find_refresh_token(family.family_id, newest.token_hash, NOW + 11) is None
        store.close()
