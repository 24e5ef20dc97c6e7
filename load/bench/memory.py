"""What a hundred thousand sessions in memory take."""

import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
from prometheus_client.parser import text_string_to_metric_families

from authplane.auth.v1.auth_pb2 import ValidateSessionRequest
from load.bench.clients import ClientFailed, drive
from load.bench.driver import Job
from load.bench.production import Production, part
from load.bench.report import Row
from load.bench.subject import AUTH
from load.ghz import ROOT
from load.plane import free_ports

_CALLERS = 8
_MOST_SECONDS = 180.0
_ENTRIES = "authplane_cache_entries"


def cached_sessions(running: Production, count: int = 100_000) -> Iterator[Row]:
    """An auth service of its own is asked about so many sessions, and keeps them all.

    Raises:
        ClientFailed: Not all of them could be made or asked about.
        PlaneDidNotStart: The service was not ready in time.
    """
    questions = [
        ValidateSessionRequest(session_handle=handle).SerializeToString().hex() for handle in _seeded(running, count)
    ]
    port, admin_port = free_ports(2)
    # Nobody is refused for having waited, and nothing has to leave: all of them shall be there in the end.
    room = {"cache_entries": str(2 * count), "cache_bytes": str(2**30)}
    settings = {**running.settings, **room, "lane_budget_ms": "0"}
    with part("auth", port, admin_port, settings) as auth:
        process = psutil.Process(auth.pid)
        drive(Job(f"127.0.0.1:{port}", f"/{AUTH}/ValidateSession", questions[:100], False, _CALLERS, 2.0))
        before = process.memory_info().rss
        made = drive(Job(f"127.0.0.1:{port}", f"/{AUTH}/ValidateSession", questions, True, _CALLERS, _MOST_SECONDS))
        if made.requests < count or made.failures:
            raise ClientFailed(f"only {made.requests:,} of {count:,} sessions were asked about: {dict(made.failures)}")
        if (kept := _kept(admin_port)) < count:
            raise ClientFailed(f"only {kept:,.0f} of {count:,} sessions are in memory")
        yield Row(f"auth: {count:,} sessions in memory", (process.memory_info().rss - before) / 2**20, "MiB", 60)


def _kept(admin_port: int) -> float:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"http://127.0.0.1:{admin_port}/metrics", timeout=10) as response:
        families = text_string_to_metric_families(response.read().decode())
    entries = {
        sample.labels["cache"]: sample.value for each in families for sample in each.samples if sample.name == _ENTRIES
    }
    return min(entries["sessions"], entries["session_replies"])


def _seeded(running: Production, count: int) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        handles = Path(folder) / "handles.jsonl"
        amounts = ("--users", str(count // 10), "--sessions", str(count), "--handles", str(handles))
        environ = {
            **os.environ,
            "DATABASE_URL": running.database_url,
            "AUTHPLANE_SECRET": running.settings["secret"],
        }
        command = [sys.executable, "-m", "cli", "seed", *amounts]
        made = subprocess.run(command, capture_output=True, text=True, check=False, env=environ, cwd=ROOT)
        if made.returncode:
            raise ClientFailed(made.stderr)
        return [json.loads(line)["session_handle"] for line in handles.read_text().splitlines()]
