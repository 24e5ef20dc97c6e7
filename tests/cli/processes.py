"""`authplane` in a process of its own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

FREE_PORTS = ("--port", "0", "--auth-port", "0", "--token-port", "0", "--admin-port", "0")


@dataclass(frozen=True)
class Ended:
    """How a process ended."""

    code: int
    stdout: str
    stderr: str


class Process:
    """A running `authplane`."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def send(self, number: signal.Signals) -> None:
        """Sends a signal and goes on."""
        self._process.send_signal(number)

    def wait_for(self, last: str, seconds: float = 60) -> list[str]:
        """The lines of standard output up to the one that is `last`."""
        return self._read(self._process.stdout, lambda line: line == last, seconds)

    def first_line(self, seconds: float = 60) -> str:
        """The first line of standard output."""
        return self._read(self._process.stdout, bool, seconds)[0]

    def wait_for_url(self, seconds: float = 60) -> str:
        """The first URL that is written to standard error on a line of its own."""
        return self._read(self._process.stderr, lambda line: line.startswith("  http"), seconds)[-1].strip()

    def end(self, number: signal.Signals) -> Ended:
        """Sends a signal and waits."""
        self._process.send_signal(number)
        return self.wait()

    def wait(self) -> Ended:
        """Waits until it ends by itself."""
        stdout, stderr = self._process.communicate(timeout=60)
        return Ended(self._process.returncode, stdout, stderr)

    def _read(self, stream: IO[str] | None, wanted: Callable[[str], bool], seconds: float) -> list[str]:
        deadline = time.monotonic() + seconds
        lines = []
        for line in stream or ():
            lines.append(line.rstrip("\n"))
            if wanted(lines[-1]):
                assert time.monotonic() < deadline
                return lines
        raise AssertionError(f"{lines}, {self.wait()}")


@contextmanager
def authplane_process(*arguments: str) -> Iterator[Process]:
    """Starts `authplane` with these arguments; kills it if it is still there in the end."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("AUTHPLANE_")}
    with subprocess.Popen(
        command(*arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environ
    ) as process:
        try:
            yield Process(process)
        finally:
            process.kill()


def command(*arguments: str) -> Sequence[str]:
    """The command line."""
    return (sys.executable, "-m", "cli", *arguments)
