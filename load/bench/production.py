"""The plane as it runs in production: a process for each part, on PostgreSQL and memcached."""

import os
import secrets
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from cli.dev.memcached import development_memcached
from load.plane import Plane, PlaneDidNotStart, free_ports
from shared.store.postgres.migrate import Migrator
from shared.store.postgres.server import LocalServer

PARTS = ("auth", "token", "gateway")
_START_SECONDS = 90
_STOP_SECONDS = 30
_UNLIMITED = "1000000"


@dataclass(frozen=True)
class Part:
    """A process.

    Attributes:
        admin_url: Where its metrics are.
        seconds_to_ready: From its start until it was ready for traffic.
        memory: Bytes that it took then.
    """

    kind: str
    pid: int
    port: int
    admin_url: str
    seconds_to_ready: float
    memory: int


@dataclass(frozen=True)
class Production:
    """All of it.

    Attributes:
        database_url: For whoever makes rows beside it, in databases of their own.
        settings: Of all parts, for whoever starts one more.
    """

    auth: Part
    token: Part
    gateway: Part
    database_url: str
    settings: Mapping[str, str]

    @property
    def plane(self) -> Plane:
        """Where its parts listen."""
        issuer = f"http://127.0.0.1:{self.gateway.port}"
        return Plane(issuer, f"127.0.0.1:{self.auth.port}", f"127.0.0.1:{self.token.port}", self.token.admin_url)

    @property
    def parts(self) -> tuple[Part, ...]:
        """In the order of `PARTS`."""
        return self.auth, self.token, self.gateway


@contextmanager
def production(**settings: str) -> Iterator[Production]:
    """Runs it while the context is open.

    Args:
        settings: Further ones of all parts, by their names.

    Raises:
        PlaneDidNotStart: A part was not ready in time.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="authplane-bench-")))
        server = stack.enter_context(LocalServer(folder / "postgres"))
        Migrator(server.url).up()
        memcached = stack.enter_context(development_memcached(folder))
        ports = dict(zip((*PARTS, *(f"{kind} admin" for kind in PARTS)), free_ports(6), strict=True))
        common = {
            "issuer": f"http://127.0.0.1:{ports['gateway']}",
            "secret": secrets.token_urlsafe(32),
            "store": "postgres",
            "database_url": server.url,
            "memcached_nodes": memcached,
            "auth_target": f"127.0.0.1:{ports['auth']}",
            "token_target": f"127.0.0.1:{ports['token']}",
            # One client asks for everything here.
            "client_requests_per_second": _UNLIMITED,
            "log_level": "warning",
            **settings,
        }
        auth, token, gateway = (
            stack.enter_context(part(kind, ports[kind], ports[f"{kind} admin"], common)) for kind in PARTS
        )
        yield Production(auth, token, gateway, server.url, common)


@contextmanager
def part(
    kind: str, port: int, admin_port: int, settings: Mapping[str, str], workers: int = 1, *flags: str
) -> Iterator[Part]:
    """One part while the context is open.

    Args:
        admin_port: Of the first worker; those of the others follow.
        flags: Further ones of its command.

    Raises:
        PlaneDidNotStart: It was not ready in time; the text is what it said.
    """
    environ = {name: value for name, value in os.environ.items() if not name.startswith("AUTHPLANE_")}
    told = {f"AUTHPLANE_{name.upper()}": value for name, value in settings.items()}
    ports = (f"--{kind}-port", str(port), "--admin-port", str(admin_port))
    command = [sys.executable, "-m", "cli", "serve", kind, "--workers", str(workers), *ports, *flags]
    with tempfile.TemporaryFile("w+") as output:
        began = time.monotonic()
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env={**environ, **told})
        try:
            admin_urls = [f"http://127.0.0.1:{admin_port + number}" for number in range(workers)]
            while not all(map(_is_ready, admin_urls)):
                if process.poll() is not None or time.monotonic() - began > _START_SECONDS:
                    output.seek(0)
                    raise PlaneDidNotStart(output.read())
                time.sleep(0.02)
            seconds = time.monotonic() - began
            yield Part(kind, process.pid, port, admin_urls[0], seconds, psutil.Process(process.pid).memory_info().rss)
        finally:
            process.terminate()
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                raise


def _is_ready(admin_url: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{admin_url}/readyz", timeout=2):
            return True
    except OSError:
        return False
