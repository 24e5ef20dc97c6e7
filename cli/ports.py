"""Ports: whether they are free, and one that stays free until a server of ours takes it."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EADDRINUSE

from cli.failures import CommandFailed
from cli.flags import flag_of

LOOPBACK = "127.0.0.1"


def require_free(setting: str, host: str, port: int) -> None:
    """Checks a port before anything is started; 0 is always free.

    Args:
        setting: The name of the setting that changes the port.

    Raises:
        CommandFailed: The port cannot be had; the message names the flag that changes it.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        reason = f"port {port} is taken" if error.errno == EADDRINUSE else f"cannot listen on {host}:{port}"
        raise CommandFailed(f"{reason}: choose another with {flag_of(setting)}") from error


@contextmanager
def reserved(port: int) -> Iterator[int]:
    """Holds a loopback port so that nobody else is given it, and yet a server of ours can listen on it.

    That works because a socket that is bound but does not listen shares its port with others of SO_REUSEADDR.

    Args:
        port: 0 picks a free one.
    """
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind((LOOPBACK, port))
        yield holder.getsockname()[1]
