"""A real memcached for tests, in a process of its own on a free port."""

import os
import shutil
import signal
import socket
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self
from urllib.parse import unquote

from tests.eventually import eventually

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

    def say(self, command: bytes, ends: tuple[bytes, ...]) -> bytes:
        """Sends raw bytes as a client of anybody might, and returns the answer up to one of these ends of it."""
        answer = b""
        with socket.create_connection((LOOPBACK, self._port), timeout=10) as connection:
            connection.sendall(command + b"\r\n")
            while not answer.endswith(ends):
                block = connection.recv(65536)
                assert block, answer
                answer += block
        return answer

    def write(self, name: str, value: bytes, flags: int = 0) -> None:
        """Stores bytes past the cache."""
        command = b"set %s %d 60 %d\r\n%s" % (name.encode(), flags, len(value), value)
        assert self.say(command, (b"\r\n",)) == b"STORED\r\n"

    def read(self, name: str) -> bytes:
        """The stored bytes, past the cache."""
        head, _, rest = self.say(b"get " + name.encode(), (b"\r\nEND\r\n",)).partition(b"\r\n")
        return rest[: int(head.split()[3])]

    def names(self) -> list[str]:
        """The names of everything it holds."""
        dump = b"BUSY"
        while dump.startswith(b"BUSY"):
            dump = self.say(b"lru_crawler metadump all", (b"END\r\n", b"\r\n"))
        lines = [unquote(line.decode()) for line in dump.splitlines() if line.startswith(b"key=")]
        # What moves from one of its lists to another meanwhile is dumped twice.
        return list(dict.fromkeys(line.split()[0].removeprefix("key=") for line in lines))

    def connections(self) -> int:
        """How many clients it has."""
        lines = self.say(b"stats", (b"END\r\n",)).splitlines()
        (count,) = (line.split()[2] for line in lines if line.startswith(b"STAT curr_connections "))
        return int(count) - 1  # We are one.
