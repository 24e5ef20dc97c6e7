"""Sockets whose timeout is for a whole answer."""

import socket
import time
from types import SimpleNamespace
from typing import Any


class AnswerSocket(socket.socket):
    """Its timeout counts from sending a question to the end of the answer.

    That of a plain socket begins anew with each part received, so a node that trickles would hold a caller for ever.
    """

    _seconds: float = 0.0
    _deadline: float = 0.0

    def settimeout(self, value: float | None) -> None:
        self._seconds = value or 0.0
        super().settimeout(value)

    def sendall(self, data: Any, flags: int = 0) -> None:
        super().settimeout(self._seconds)
        self._deadline = time.monotonic() + self._seconds
        super().sendall(data, flags)

    def recv(self, bufsize: int, flags: int = 0) -> bytes:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer took too long")
        super().settimeout(left)
        return super().recv(bufsize, flags)


ANSWER_SOCKETS = SimpleNamespace(**{**vars(socket), "socket": AnswerSocket})
"""The module `socket`, for a client that can be given another one."""
