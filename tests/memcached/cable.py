"""The wire between a client and a server, which can be cut, or be long."""

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Self


class Cable:
    """Forwards connections to a port of the loopback while its context is open; when cut, it breaks all of them.

    Attributes:
        delay: Seconds that what the client sends takes to arrive; what it sends meanwhile arrives with it.
    """

    def __init__(self, target: str) -> None:
        self._target = ("127.0.0.1", int(target.rpartition(":")[2]))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.name = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self._whole = True
        self.delay = 0.0
        self._ends: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._threads[0].join()
        self._listener.close()
        self.cut()
        for thread in self._threads:
            thread.join()
        for end in self._ends:
            end.close()

    def cut(self) -> None:
        """Nothing passes any more."""
        self._whole = False
        for end in self._ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def heal(self) -> None:
        """New connections pass."""
        self._whole = True

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = self._far_end()
                if far is None:
                    near.close()
                    continue
                self._ends += [near, far]
                for source, sink, wait in ((near, far, self._wait), (far, near, lambda: None)):
                    thread = threading.Thread(target=_forward, args=(source, sink, wait))
                    self._threads.append(thread)
                    thread.start()

    def _far_end(self) -> socket.socket | None:
        with suppress(OSError):
            return socket.create_connection(self._target) if self._whole else None
        return None

    def _wait(self) -> None:
        time.sleep(self.delay)


def _forward(source: socket.socket, sink: socket.socket, wait: Callable[[], None]) -> None:
    with suppress(OSError):
        while block := source.recv(65536):
            wait()
            sink.sendall(block)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
