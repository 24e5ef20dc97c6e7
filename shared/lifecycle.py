"""How a process ends: on a signal, politely; on a second one, or when something hangs, at once."""

import faulthandler
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


def _nothing() -> None:
    pass


@contextmanager
def stop_on_signals(reload: Callable[[], None] = _nothing) -> Iterator[threading.Event]:
    """An event that SIGTERM and SIGINT set. A second signal ends the process as it would have without us.

    Args:
        reload: Called on SIGHUP, on the main thread.
    """
    stop = threading.Event()
    before = {number: signal.getsignal(number) for number in (*_SIGNALS, signal.SIGHUP)}

    def handle(number: int, frame: FrameType | None) -> None:
        stop.set()
        for each in _SIGNALS:
            signal.signal(each, signal.SIG_DFL)

    for number in _SIGNALS:
        signal.signal(number, handle)
    signal.signal(signal.SIGHUP, lambda number, frame: reload())
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def exit_within(seconds: float) -> Iterator[None]:
    """Ends the process hard, after writing all threads' stacks to stderr, unless the context is left in time."""
    faulthandler.dump_traceback_later(seconds, exit=True)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
