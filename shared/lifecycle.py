"""How a process ends: on a signal, politely; on a second one, or when something hangs, at once."""

import faulthandler
import queue
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

    Handlers only put what has come into a queue: a lock that they took might be held by the very code they interrupt.

    Args:
        reload: Called on SIGHUP, on a thread of its own.
    """
    stop, orders = threading.Event(), queue.SimpleQueue[Callable[[], None] | None]()
    before = {number: signal.getsignal(number) for number in (*_SIGNALS, signal.SIGHUP)}

    def handle(number: int, frame: FrameType | None) -> None:
        orders.put(stop.set)
        for each in _SIGNALS:
            signal.signal(each, signal.SIG_DFL)

    for number in _SIGNALS:
        signal.signal(number, handle)
    signal.signal(signal.SIGHUP, lambda number, frame: orders.put(reload))
    thread = threading.Thread(target=_carry_out, args=(orders,), name="signals")
    thread.start()
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        orders.put(None)
        thread.join()


def _carry_out(orders: "queue.SimpleQueue[Callable[[], None] | None]") -> None:
    while (order := orders.get()) is not None:
        order()


@contextmanager
def exit_within(seconds: float) -> Iterator[None]:
    """Ends the process hard, after writing all threads' stacks to stderr, unless the context is left in time."""
    faulthandler.dump_traceback_later(seconds, exit=True)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
