"""Whether the call that a thread runs was let in, for the boundary that has to say so."""

import threading
from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

from shared.errors import Overloaded

Result = TypeVar("Result")


class Refusal(StrEnum):
    """Why a call was not let in."""

    FULL = "full"
    SHARE = "share"
    """The lane is busy, and this caller has its share of it already."""
    LATE = "late"
    """It could not be answered within its deadline, or would have to wait longer than the lane's budget allows."""
    STALE = "stale"
    """It did wait for longer than the lane's budget."""


_TEXTS = {
    Refusal.FULL: "the service is full; try again",
    Refusal.SHARE: "too many calls of this caller at once; try again",
    Refusal.LATE: "the answer would come too late; try again",
    Refusal.STALE: "the call has waited too long; try again",
}
_RETRY_SECONDS = {Refusal.FULL: 0.5, Refusal.SHARE: 1.0, Refusal.LATE: 0.5, Refusal.STALE: 0.5}


class _Thread(threading.local):
    refusal: Refusal | None = None


_THREAD = _Thread()


def refused(refusal: Refusal, call: Callable[..., Result], *arguments: Any) -> Result:
    """Runs a call that finds itself refused."""
    _THREAD.refusal = refusal
    try:
        return call(*arguments)
    finally:
        _THREAD.refusal = None


def require_admitted() -> None:
    """Raises what a refused call has to answer.

    Raises:
        Overloaded: It was refused. Nothing was done.
    """
    refusal = _THREAD.refusal
    if refusal is not None:
        raise Overloaded(_TEXTS[refusal], _RETRY_SECONDS[refusal])
