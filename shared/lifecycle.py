"""How a process ends: on a signal, politely; on a second one, or when something hangs, at once."""

import faulthandler
import logging
import signal
import socket
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

    A thread of its own reads from a socket which signals have come. A handler in Python runs only when the main thread
    is awake: it sleeps on through a signal that comes in the moment in which it falls asleep.

    Args:
        reload: Called on SIGHUP, on that thread.
    """
    stop = threading.Event()
    before = {number: signal.getsignal(number) for number in (*_SIGNALS, signal.SIGHUP)}
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.setblocking(False)
        fd_before = signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
        for number in _SIGNALS:
            signal.signal(number, _end_by_the_next)
        signal.signal(signal.SIGHUP, lambda number, frame: None)
        thread = threading.Thread(target=_carry_out, args=(ours, stop, reload), name="signals")
        thread.start()
        try:
            yield stop
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(fd_before)
            theirs.shutdown(socket.SHUT_WR)
            thread.join()


def _end_by_the_next(number: int, frame: FrameType | None) -> None:
    for each in _SIGNALS:
        signal.signal(each, signal.SIG_DFL)


def _carry_out(signals: socket.socket, stop: threading.Event, reload: Callable[[], None]) -> None:
    while came := signals.recv(64):
        if any(number in _SIGNALS for number in came):
            stop.set()
        if signal.SIGHUP in came:
            try:
                reload()
            except Exception:  # Whatever it is, the process has to hear the next signal.
                logging.getLogger(__name__).exception("what SIGHUP asks for has failed")


@contextmanager
def exit_within(seconds: float) -> Iterator[None]:
    """Ends the process hard, after writing all threads' stacks to stderr, unless the context is left in time."""
    faulthandler.dump_traceback_later(seconds, exit=True)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
