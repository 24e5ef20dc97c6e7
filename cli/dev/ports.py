"""Ports of the development plane: whether they are free, and one that stays free until it is taken."""

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from cli.failures import CommandFailed

LOOPBACK = "127.0.0.1"


def require_free(ports: Mapping[str, int]) -> None:
    """Checks ports before anything is started on them.

    Args:
        ports: Port by the name of the setting that changes it; 0 is always free.

    Raises:
        CommandFailed: One is taken; the message names the flag that changes it.
    """
    for name, port in ports.items():
        try:
            socket.create_server((LOOPBACK, port)).close()
        except OSError as error:
            flag = f"--{name.replace('_', '-')}"
            raise CommandFailed(f"port {port} is taken: choose another with {flag}") from error


@contextmanager
def reserved(port: int) -> Iterator[int]:
    """Holds a port so that nobody else is given it, and yet a server of ours can listen on it; 0 picks a free one.

    That works because a socket that is bound but does not listen shares its port with others of SO_REUSEADDR.
    """
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind((LOOPBACK, port))
        yield holder.getsockname()[1]
