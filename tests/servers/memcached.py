"""A real memcached for tests, in a process of its own on a free port."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

LOOPBACK = "127.0.0.1"
TOOLS = Path(__file__).parents[2] / ".tools" / "bin"


class MemcachedServer:
    """Runs while its context is open; whatever happens to it meanwhile, its port stays the same."""

    def __init__(self) -> None:
        self._port = -1  # Which lets memcached choose.

    @property
    def name(self) -> str:
        """Its "host:port"."""
        return f"{LOOPBACK}:{self._port}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        """Starts it, empty.

        Raises:
            AssertionError: There is no memcached, or it does not start.
        """
        program = shutil.which("memcached", path=os.pathsep.join((str(TOOLS), os.environ["PATH"])))
        assert program, "memcached is missing; run: make setup-test"
        with TemporaryDirectory() as folder:
            told = Path(folder) / "port"
            self._process = subprocess.Popen(
                [program, "-l", LOOPBACK, "-p", str(self._port), "-U", "0", "-u", "root"],
                env={**os.environ, "MEMCACHED_PORT_FILENAME": str(told)},
            )
            # It is renamed to that when it is written, and by then the port is open.
            eventually(lambda: told.exists() or self._process.poll() is not None)
            assert self._process.poll() is None, "memcached does not start"
            self._port = int(told.read_text().split()[-1])

    def kill(self) -> None:
        """Ends it at once, with all it held."""
        self._process.kill()
        self._process.wait()

    def restart(self) -> None:
        """Kills it and starts it again, empty."""
        self.kill()
        self.start()

    def freeze(self) -> None:
        """The system still accepts connections and commands for it; it answers nothing."""
        self._process.send_signal(signal.SIGSTOP)
        os.waitpid(self._process.pid, os.WUNTRACED)  # A signal that was sent has not arrived yet.

    def resume(self) -> None:
        """It goes on, with what it was sent meanwhile."""
        self._process.send_signal(signal.SIGCONT)

    def say(self, command: bytes) -> bytes:
        """Sends raw bytes as a client of anybody might, and returns the whole answer."""
        with socket.create_connection((LOOPBACK, self._port), timeout=10) as connection:
            connection.sendall(command + b"\r\nquit\r\n")
            return b"".join(iter(lambda: connection.recv(65536), b""))

    def write(self, name: str, value: bytes, flags: int = 0) -> None:
        """Stores bytes past the cache."""
        answer = self.say(b"set %s %d 60 %d\r\n%s" % (name.encode(), flags, len(value), value))
        assert answer == b"STORED\r\n"

    def read(self, name: str) -> bytes:
        """The stored bytes, past the cache."""
        head, _, rest = self.say(b"get " + name.encode()).partition(b"\r\n")
        return rest[: int(head.split()[3])]

    def names(self) -> list[str]:
        """The names of everything it holds."""
        dump = self.say(b"lru_crawler metadump all").decode()
        return [line.split()[0].removeprefix("key=") for line in dump.splitlines() if line.startswith("key=")]


def eventually(happened: Callable[[], bool], seconds: float = 20.0) -> None:
    """Returns when it has.

    Raises:
        AssertionError: It has not within this time.
    """
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.01)
