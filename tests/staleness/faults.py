"""What may go wrong while subjects end. Each fault comes and goes until its context is left, and then all is well."""

import os
import random
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress

import psycopg

from tests.servers.postgres import frozen
from tests.staleness.history import Undone
from tests.staleness.stage import Stage

Cycle = Callable[[Stage, Callable[[float], object]], None]
"""Breaks something and mends it again; given how to wait."""


def _cut_feeds(stage: Stage, wait: Callable[[float], object]) -> None:
    with suppress(psycopg.Error), psycopg.connect(stage.postgres.url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'authplane feed'"
        )
    wait(0.1)


def _stop_postgres(stage: Stage, wait: Callable[[float], object]) -> None:
    stage.postgres.stop()
    wait(0.7)
    stage.postgres.start()
    wait(2.0)


def _kill_postgres(stage: Stage, wait: Callable[[float], object]) -> None:
    stage.postgres.stop(signal.SIGQUIT)
    stage.postgres.start()
    wait(2.0)


def _freeze_postgres(stage: Stage, wait: Callable[[float], object]) -> None:
    with frozen(stage.postgres):
        wait(1.4)
    wait(1.5)


def _restore_postgres(stage: Stage, wait: Callable[[float], object]) -> None:
    snapshot = stage.data.with_name("snapshot")
    stage.postgres.stop()
    saved = time.monotonic()
    shutil.rmtree(snapshot, ignore_errors=True)
    subprocess.run(["cp", "-a", str(stage.data), str(snapshot)], check=True)
    stage.postgres.start()
    wait(2.5)
    stage.postgres.stop()
    shutil.rmtree(stage.data)
    snapshot.rename(stage.data)
    stage.undone.append(Undone(saved, time.monotonic()))
    stage.postgres.start()
    wait(2.0)


def _kill_memcached(stage: Stage, wait: Callable[[float], object]) -> None:
    stage.memcached.kill()
    wait(0.4)
    stage.memcached.start()
    wait(0.8)


def _freeze_memcached(stage: Stage, wait: Callable[[float], object]) -> None:
    stage.memcached.freeze()
    wait(0.4)
    stage.memcached.resume()
    wait(0.8)


def _partition_memcached(stage: Stage, wait: Callable[[float], object]) -> None:
    stage.cable.cut()
    wait(0.4)
    stage.cable.heal()
    wait(0.8)


def _flush_memcached(stage: Stage, wait: Callable[[float], object]) -> None:
    stage.memcached.say(b"flush_all", (b"\r\n",))
    wait(0.1)


_OLD_VALUES = dict[str, bytes]()


def _lie_in_memcached(stage: Stage, wait: Callable[[float], object]) -> None:
    """Garbage, another name's value, and values from long ago take the place of what is there."""
    chosen = random.Random()
    with suppress(AssertionError, OSError, IndexError):
        names = stage.memcached.names()
        for name in chosen.sample(names, min(len(names), 30)):
            value = stage.memcached.read(name)
            _OLD_VALUES.setdefault(name, value)
        for name, value in list(_OLD_VALUES.items())[-100:]:
            lie = chosen.choice([value, value, b"garbage", b"", os.urandom(80), chosen.choice([*_OLD_VALUES.values()])])
            stage.memcached.write(name, lie, flags=chosen.choice([0, 1, 65535]))
    wait(0.1)


def _kill_token_service(stage: Stage, wait: Callable[[float], object]) -> None:
    part = random.Random().choice(stage.fleet.token)
    part.kill()
    wait(0.5)
    part.start()
    wait(1.0)


def _pause_subscriber(stage: Stage, wait: Callable[[float], object]) -> None:
    part = random.Random().choice(stage.fleet.gateway)
    part.pause()
    wait(5.0)
    part.resume()
    wait(1.0)


def _step_clock(stage: Stage, wait: Callable[[float], object]) -> None:
    chosen = random.Random()
    part = chosen.choice(stage.fleet.parts)
    part.step_clock(chosen.choice([300, -300]))
    wait(1.0)
    part.step_clock(0)
    wait(0.3)


FAULTS: Mapping[str, Cycle] = {
    "feed connections cut": _cut_feeds,
    "PostgreSQL stopped and started": _stop_postgres,
    "PostgreSQL killed": _kill_postgres,
    "PostgreSQL frozen": _freeze_postgres,
    "PostgreSQL restored to an older snapshot": _restore_postgres,
    "memcached killed": _kill_memcached,
    "memcached frozen and resumed": _freeze_memcached,
    "memcached partitioned and healed": _partition_memcached,
    "memcached flushed": _flush_memcached,
    "memcached holds garbage, old and forged values": _lie_in_memcached,
    "token service killed": _kill_token_service,
    "subscriber paused for 5 s": _pause_subscriber,
    "wall clock stepped by 5 minutes": _step_clock,
}


@contextmanager
def recurring(cycle: Cycle, stage: Stage) -> Iterator[None]:
    """The fault comes and goes while the context is open; a cycle that has begun is finished."""
    stop = threading.Event()
    failures = list[BaseException]()

    def run() -> None:
        try:
            while not stop.is_set():
                cycle(stage, stop.wait)
        except BaseException as error:  # noqa: BLE001 - Told below.
            failures.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
    if failures:
        raise failures[0]
