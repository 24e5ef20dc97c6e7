"""Many processes at one door: each with a store of its own and one connection, all told to go at the same moment."""

import multiprocessing
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any

from shared.errors import AuthplaneError
from shared.store.postgres.store import PostgresStore
from tests.servers.postgres import open_store

# Whatever is imported by the first process is not imported again by the others, which would take them a second each.
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.races.processes"])

# Whether 64 processes are quick enough on a small machine is not what races are about.
PATIENCE: dict[str, Any] = {
    "pg_pool_timeout_seconds": 30,
    "pg_lock_timeout_ms": 30_000,
    "pg_statement_timeout_ms": 30_000,
}


@dataclass(frozen=True, slots=True)
class Call:
    """A method of the store and what to call it with."""

    method: str
    arguments: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a call gave, or the name of the error it raised."""

    value: Any = None
    error: str = ""


class Racers:
    """Processes that wait for their turn."""

    def __init__(self, pipes: Sequence["Connection[Any, Any]"], processes: Sequence[BaseProcess]) -> None:
        self._pipes = pipes
        self._processes = processes

    def line_up(self, number: int, call: Call) -> None:
        """Has one of them ready for a call; it waits for its `go`."""
        self._pipes[number].send(call)
        assert self._pipes[number].recv() == "ready"

    def go(self, number: int) -> None:
        """Lets one of them go."""
        self._pipes[number].send("go")

    def is_done(self, number: int) -> bool:
        """Whether it has its outcome."""
        return self._pipes[number].poll()

    def outcome(self, number: int) -> Outcome:
        """Waits for the outcome of one."""
        outcome = self._pipes[number].recv()
        assert isinstance(outcome, Outcome)
        return outcome

    def kill(self, number: int) -> None:
        """kill -9 of one, whatever it is doing."""
        self._processes[number].kill()
        self._processes[number].join()


@contextmanager
def racers(url: str, count: int) -> Iterator[Racers]:
    """So many processes on this database."""
    pipes, processes = [], []
    for _ in range(count):
        here, there = _CONTEXT.Pipe()
        process = _CONTEXT.Process(target=_run, args=(url, there), daemon=True)
        process.start()
        there.close()
        pipes.append(here)
        processes.append(process)
    try:
        yield Racers(pipes, processes)
    finally:
        for pipe in pipes:
            pipe.close()
        for process in processes:
            process.join(10)
            process.kill()
            process.join()
            process.close()


def _run(url: str, pipe: "Connection[Any, Any]") -> None:
    store = open_store(url, pg_pool_max=1, **PATIENCE)
    try:
        while True:
            call = pipe.recv()
            pipe.send("ready")
            pipe.recv()
            pipe.send(_outcome(store, call))
    except (EOFError, ConnectionResetError, BrokenPipeError):
        store.close()


def _outcome(store: PostgresStore, call: Call) -> Outcome:
    try:
        return Outcome(getattr(store, call.method)(*call.arguments))
    except AuthplaneError as error:
        return Outcome(error=type(error).__name__)
