"""Many processes at one door: each with a store of its own, all told to go at the same moment."""

import multiprocessing
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from shared.errors import AuthplaneError
from shared.store.postgres import PostgresStore
from tests.servers.postgres import open_store

# Whatever is imported by the first process is not imported again by the others, which would take them a second each.
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.races.processes"])


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

    def __init__(self, pipes: Sequence["Connection[Any, Any]"]) -> None:
        self._pipes = pipes

    def race(self, calls: Sequence[Call]) -> list[Outcome]:
        """All calls at once, each by a process of its own; what came of them, in the same order."""
        pipes = self._pipes[: len(calls)]
        for pipe, call in zip(pipes, calls, strict=True):
            pipe.send((call, len(calls)))
        for pipe in pipes:
            assert pipe.recv() == "ready"
        for pipe in pipes:
            pipe.send("go")
        return [pipe.recv() for pipe in pipes]


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
        yield Racers(pipes)
    finally:
        for pipe in pipes:
            pipe.close()
        for process in processes:
            process.join(10)
            process.kill()
            process.close() if process.exitcode is not None else process.join()


def _run(url: str, pipe: "Connection[Any, Any]") -> None:
    store = open_store(url, pg_pool_max=1, pg_pool_timeout_seconds=10, pg_lock_timeout_ms=10000)
    try:
        while True:
            call, _ = pipe.recv()
            pipe.send("ready")
            pipe.recv()
            pipe.send(_outcome(store, call))
    except (EOFError, ConnectionResetError):
        store.close()


def _outcome(store: PostgresStore, call: Call) -> Outcome:
    try:
        return Outcome(getattr(store, call.method)(*call.arguments))
    except AuthplaneError as error:
        return Outcome(error=type(error).__name__)
