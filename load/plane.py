"""The plane under load: one that is running, or one of its own."""

import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import IO

_START_SECONDS = 90
_STOP_SECONDS = 30


@dataclass(frozen=True)
class Plane:
    """Where a plane listens.

    Args:
        issuer: The gateway's URL.
        auth_target: Address of the auth service.
        token_target: Address of the token service.
        admin_url: Where its metrics are, if that is known.
    """

    issuer: str
    auth_target: str
    token_target: str
    admin_url: str = ""


class PlaneDidNotStart(Exception):
    """`authplane dev` ended, or was not ready in time; the text is what it said."""


@contextmanager
def own_plane(program: str = "cli", /, **settings: str) -> Iterator[Plane]:
    """`authplane dev` in a process of its own, on free ports, for as long as the context is open.

    Args:
        program: The module that is the command line.
        settings: Flags of the command, with underscores.

    Raises:
        PlaneDidNotStart: It was not ready in time.
    """
    gateway, auth, token, admin = free_ports(4)
    flags: dict[str, object] = {"--port": gateway, "--auth-port": auth, "--token-port": token, "--admin-port": admin}
    flags |= {f"--{name.replace('_', '-')}": value for name, value in settings.items()}
    command = [sys.executable, "-m", program, "dev", *(str(part) for flag in flags.items() for part in flag)]
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        try:
            _wait_until_ready(process, output)
            addresses = (f"http://127.0.0.1:{gateway}", f"127.0.0.1:{auth}", f"127.0.0.1:{token}")
            yield Plane(*addresses, f"http://127.0.0.1:{admin}")
        finally:
            process.terminate()
            try:
                process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                raise


def _wait_until_ready(process: subprocess.Popen[bytes], output: IO[str]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    said = ""
    while "ready" not in said.splitlines():
        if process.poll() is not None or time.monotonic() > deadline:
            raise PlaneDidNotStart(said)
        time.sleep(0.05)
        output.seek(0)
        said = output.read()


def free_ports(count: int) -> list[int]:
    """Ports on loopback that nobody uses now, all different."""
    # All are held until the last is found, so that no two are the same.
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [sock.getsockname()[1] for sock in sockets]


def free_ports_in_a_row(count: int) -> int:
    """The first of so many ports on loopback that follow each other and that nobody uses now."""
    while True:
        with suppress(OSError, OverflowError), ExitStack() as stack:
            first = stack.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1]
            for number in range(1, count):
                stack.enter_context(socket.create_server(("127.0.0.1", first + number)))
            return int(first)
