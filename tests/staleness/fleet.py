"""The plane as it runs in production: processes of each part on one PostgreSQL and one memcached."""

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from tests.conftest import SECRET

ISSUER = "https://id.example"
_START_SECONDS = 60.0
_WITH_CLOCK = Path(__file__).parent / "stepped_clock.py"


@dataclass
class Part:
    """A process of the plane.

    Attributes:
        kind: "auth", "token" or "gateway".
        port: Where it serves; the same after a restart.
        admin_port: Where it tells how it is; another one after a restart.
    """

    kind: str
    settings: Mapping[str, str]
    clock_file: Path
    port: int = 0
    admin_port: int = 0
    log: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """For reports."""
        return f"{self.kind} :{self.port}"

    @property
    def target(self) -> str:
        """As gRPC and HTTP name it."""
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        """Starts the process, and waits until it serves."""
        environ = {name: value for name, value in os.environ.items() if not name.startswith("AUTHPLANE_")}
        settings = {f"AUTHPLANE_{name.upper()}": value for name, value in self.settings.items()}
        self.process = subprocess.Popen(
            [sys.executable, str(_WITH_CLOCK), "serve", self.kind, f"--{self.kind}-port", str(self.port)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**environ, **settings, "STEPPED_CLOCK": str(self.clock_file)},
        )
        told = threading.Event()
        self._reader = threading.Thread(target=self._read, args=(told,))
        self._reader.start()
        assert told.wait(_START_SECONDS), "".join(self.log[-20:])
        assert self.process.poll() is None, "".join(self.log[-20:])

    def kill(self) -> None:
        """Ends the process at once."""
        self.process.send_signal(signal.SIGCONT)
        self.process.kill()
        self._reader.join()

    def stop(self) -> int:
        """Asks the process to end, and waits; its exit code."""
        self.process.terminate()
        self._reader.join()
        return self.process.returncode

    def pause(self) -> None:
        """Stops it in the middle of whatever it does."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Lets it go on."""
        self.process.send_signal(signal.SIGCONT)

    def step_clock(self, seconds: float) -> None:
        """Moves the wall clock of this process."""
        self.clock_file.write_text(str(seconds), encoding="ascii")

    def _read(self, told: threading.Event) -> None:
        """Reads the log; `told` is set when the process serves or has ended."""
        with self.process:
            for line in self.process.stdout or ():
                self.log.append(line)
                if '"event":"serving"' in line:
                    told_of = json.loads(line)
                    self.port, self.admin_port = told_of["port"], told_of["admin_port"]
                    told.set()
        told.set()


class Fleet:
    """Two processes of each part, serving while the context is open.

    Args:
        database_url: A database with the schema.
        memcached: "host:port" of the second level; empty for none.
        detour: How the second process of each part reaches the database; as the first does when empty.
        settings: Further settings of every process.

    Attributes:
        bound: Their `max_staleness_seconds`.
    """

    def __init__(self, database_url: str, memcached: str, folder: Path, detour: str = "", **settings: Any) -> None:
        self._ways = [{"database_url": url} for url in (database_url, detour or database_url)]
        self._memcached = memcached
        self._folder = folder
        self._settings = settings
        self.bound = float(settings.get("max_staleness_seconds", 1.0))

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self.auth = [self._started(stack, "auth", **way) for way in self._ways]
            self.token = [self._started(stack, "token", **way) for way in self._ways]
            # Each gateway prefers no process: gRPC goes round both.
            targets = {
                "auth_target": "ipv4:" + ",".join(part.target for part in self.auth),
                "token_target": "ipv4:" + ",".join(part.target for part in self.token),
            }
            self.gateway = [self._started(stack, "gateway", **targets) for _ in range(2)]
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def parts(self) -> list[Part]:
        """All of them."""
        return [*self.auth, *self.token, *self.gateway]

    def _started(self, stack: ExitStack, kind: str, **more: Any) -> Part:
        store = {"memcached_nodes": self._memcached} if kind != "gateway" and self._memcached else {}
        values = {"issuer": ISSUER, "secret": SECRET, "admin_port": 0, **self._settings, **store, **more}
        clock_file = self._folder / f"clock-{kind}-{len(list(self._folder.glob('clock-*')))}"
        clock_file.write_text("0", encoding="ascii")
        part = Part(kind, {name: str(value) for name, value in values.items()}, clock_file)
        part.start()
        stack.callback(part.kill)
        return part
