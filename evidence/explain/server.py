"""The server that is measured: one of our own, or somebody else's."""

from typing import Protocol

from shared.store.postgres.server import LocalServer


class Server(Protocol):
    """A server to measure.

    Attributes:
        url: A database on it; its role must be allowed to create databases.
        cold: What "cold" means on it.
    """

    @property
    def url(self) -> str: ...

    @property
    def cold(self) -> str: ...

    @property
    def is_ours(self) -> bool: ...

    def forget(self) -> None:
        """Makes the server as cold as it can be made; ends its connections."""


class OurServer:
    """A server that was started for this."""

    is_ours = True
    cold = (
        "the server was started again just before, so its own memory (shared buffers) held no page of the database; "
        "the connection was new and nothing was prepared or known to it; nobody had asked for the row since it was "
        "added. The operating system may still have had the page in its memory: reading it is then a copy, not a disk "
        "access."
    )

    def __init__(self, server: LocalServer) -> None:
        self._server = server

    @property
    def url(self) -> str:
        return self._server.url

    def forget(self) -> None:
        self._server.stop()
        self._server.start()


class OtherServer:
    """A server that others may be using."""

    is_ours = False
    cold = (
        "the connection was new and nothing was prepared or known to it, and the row was chosen at random. The server "
        "is not ours to start again, so its own memory (shared buffers) may have held the page."
    )

    def __init__(self, url: str) -> None:
        self.url = url

    def forget(self) -> None:
        """Nothing: it is left as it is."""
