"""Several processes of one part on one port, and the one that looks after them."""

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from structlog.typing import FilteringBoundLogger

VARIABLE = "_AUTHPLANE_WORKER"
"""Tells a process that it is a worker: its number, its ports and its line to the parent."""

_FIRST_BACKOFF_SECONDS, _LONGEST_BACKOFF_SECONDS = 0.1, 5.0
_SETTLED_SECONDS = 10.0
_POLL_SECONDS = 0.05
_READY = b"ready"


@dataclass(frozen=True, slots=True)
class Place:
    """What a worker is told.

    Attributes:
        number: Which of the workers it is, from 0.
        port: Of the part, shared with the other workers.
        admin_port: Its own.
        line: Descriptor of a socket to the parent; it ends when the parent does.
    """

    number: int
    port: int
    admin_port: int
    line: int

    def ready(self) -> None:
        """Tells the parent that this worker serves."""
        with contextlib.suppress(OSError):  # It is gone, which this process is about to hear.
            os.write(self.line, _READY)

    def end_with_parent(self) -> None:
        """Has this process end as by SIGTERM when the parent is gone, however that ended."""

        def watch() -> None:
            with contextlib.suppress(OSError):  # Its end may look like an error.
                os.read(self.line, 1)
            os.kill(os.getpid(), signal.SIGTERM)

        threading.Thread(target=watch, name="parent", daemon=True).start()


def place_of_this_process() -> Place | None:
    """None unless this process is a worker."""
    told = os.environ.get(VARIABLE)
    return Place(*map(int, told.split(":"))) if told else None


@contextmanager
def shared_port(host: str, port: int) -> Iterator[int]:
    """Holds a port for sockets of SO_REUSEPORT; it must be free, and 0 picks one that is."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        holder.bind((host, port))
        yield int(holder.getsockname()[1])


@dataclass
class _Worker:
    number: int
    admin_port: int
    process: "subprocess.Popen[bytes] | None" = None
    line: socket.socket | None = None
    ready_at: float | None = None
    failures: int = 0
    due_at: float = 0.0
    last_code: int | None = None


class Workers:
    """Starts workers by exec, restarts those that die, and ends all together.

    A worker that fails before any was ready ends everything: the settings are wrong, or the database is. Later a worker
    that dies is replaced after a tenth of a second, and twice as long after each further death, up to five seconds,
    until it has served for ten.

    Args:
        port: Shared by all.
        admin_ports: One for each worker.
        grace_seconds: How long they may take to end; then they are killed.
    """

    def __init__(
        self, port: int, admin_ports: Sequence[int], grace_seconds: float, logger: FilteringBoundLogger
    ) -> None:
        self._port = port
        self._grace_seconds = grace_seconds
        self._logger = logger
        self._workers = [_Worker(number, admin_port) for number, admin_port in enumerate(admin_ports)]
        self._was_ready = False

    def run(self, stop: threading.Event) -> int:
        """Looks after them until told to stop; gives the exit code."""
        while not stop.is_set():
            for worker in self._workers:
                self._attend(worker)
                if worker.last_code is not None and not self._was_ready:
                    self.end()
                    return abs(worker.last_code) or 1
            stop.wait(_POLL_SECONDS)
        return self.end()

    def reload(self) -> None:
        """Has all read their settings again; one that starts reads them anyway, and would die of the signal."""
        for worker in self._workers:
            if worker.process and worker.ready_at is not None:
                worker.process.send_signal(signal.SIGHUP)

    def end(self) -> int:
        """Ends all, at the same time and politely as long as that works; 0 when all ended well."""
        processes = self._alive()
        for process in processes:
            process.terminate()
        until = time.monotonic() + self._grace_seconds + 1
        for process in processes:
            try:
                process.wait(max(until - time.monotonic(), 0))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        # One that had not begun to listen to signals yet ends by it, and had nothing to finish.
        return max((abs(code) for process in processes if (code := process.returncode) != -signal.SIGTERM), default=0)

    def _attend(self, worker: _Worker) -> None:
        now = time.monotonic()
        if worker.process is None:
            if now >= worker.due_at:
                self._start(worker)
            return
        if worker.ready_at is None and self._says_ready(worker):
            worker.ready_at = now
            self._was_ready = True
        code = worker.process.poll()
        if code is not None:
            self._bury(worker, code, now)

    def _start(self, worker: _Worker) -> None:
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        place = f"{worker.number}:{self._port}:{worker.admin_port}:{theirs.fileno()}"
        with theirs:
            worker.process = subprocess.Popen(  # noqa: S603 - This very program, with the arguments it was given.
                [sys.executable, "-m", "cli", *sys.argv[1:]],
                env={**os.environ, VARIABLE: place},
                pass_fds=(theirs.fileno(),),
                start_new_session=True,  # A terminal's Ctrl-C is for the parent, which passes it on once.
            )
        worker.line, worker.ready_at = ours, None

    def _bury(self, worker: _Worker, code: int, now: float) -> None:
        if worker.line is not None:
            worker.line.close()
        settled = worker.ready_at is not None and now - worker.ready_at >= _SETTLED_SECONDS
        worker.failures = 0 if settled else worker.failures + 1
        delay = min(_FIRST_BACKOFF_SECONDS * 2 ** max(worker.failures - 1, 0), _LONGEST_BACKOFF_SECONDS)
        worker.due_at = now + delay * (1 + random.random() / 4)  # noqa: S311 - Spreads them, and hides nothing.
        worker.process = None
        worker.last_code = code
        self._logger.warning("worker_died", worker=worker.number, code=code, again_in_seconds=round(delay, 3))

    def _says_ready(self, worker: _Worker) -> bool:
        try:
            return worker.line is not None and worker.line.recv(len(_READY)) == _READY
        except BlockingIOError:
            return False

    def _alive(self) -> "list[subprocess.Popen[bytes]]":
        return [worker.process for worker in self._workers if worker.process and worker.process.poll() is None]
