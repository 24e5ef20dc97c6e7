"""A real Prometheus beside the fleet, and somebody who guesses passwords."""

import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import grpc

from authplane.auth.v1 import auth_pb2, auth_pb2_grpc
from shared.rpc.client_address import CLIENT_ADDRESS
from tests.faults.stage import Stage
from tests.servers.prometheus import RULES, PrometheusServer

_GUESSERS = 24


@contextmanager
def prometheus_of(running: Stage, folder: Path) -> Iterator[PrometheusServer]:
    """Scrapes every process. Windows and waits are seconds here, which are minutes in what is shipped."""
    jobs = {
        f"authplane-{kind}": [f"127.0.0.1:{part.admin_port}" for part in parts]
        for kind, parts in {
            "auth": running.fleet.auth,
            "token": running.fleet.token,
            "gateway": running.fleet.gateway,
        }.items()
    }
    with PrometheusServer(folder, jobs, [_hurried(name, folder) for name in ("rules.yml", "alerts.yml")]) as server:
        yield server


@contextmanager
def guesses(running: Stage) -> Iterator[None]:
    """At one auth process, each from an address of its own, so that no limit of an address ends them."""
    auth, stop = auth_pb2_grpc.AuthServiceStub(running.channel(running.fleet.auth[0])), threading.Event()

    def guess(guesser: int) -> None:
        number = 0
        while not stop.is_set():
            number += 1
            address = f"10.{guesser}.{number // 256 % 256}.{number % 256}"
            question = auth_pb2.LoginRequest(username=f"nobody-{guesser}-{number}", password="a wrong password")
            try:
                auth.Login(question, timeout=5, metadata=((CLIENT_ADDRESS, address),))
            except grpc.RpcError:
                stop.wait(0.01)

    with ThreadPoolExecutor(_GUESSERS) as threads:
        guessing = [threads.submit(guess, number) for number in range(_GUESSERS)]
        try:
            yield
        finally:
            stop.set()
            for each in guessing:
                each.result()


def _hurried(name: str, folder: Path) -> Path:
    text = (RULES / name).read_text()
    text = re.sub(r"\[\d+[mh]\]", "[8s]", text)
    text = re.sub(r"for: \d+[sm]", "for: 2s", text).replace("interval: 30s", "interval: 500ms")
    text = text.replace("> 3600", "> 5")
    hurried = folder / name
    hurried.write_text(text)
    return hurried
