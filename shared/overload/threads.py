"""Threads that are there before they are needed."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import Any, TypeVar

Result = TypeVar("Result")


def under_way() -> "Future[Any]":
    """A future that nobody can cancel."""
    future: Future[Any] = Future()
    future.set_running_or_notify_cancel()
    return future


class StartedThreads(ThreadPoolExecutor):
    """Starts all its threads at once: later there may be none to be had, and `submit` would raise.

    What the standard executor does for each call, so as to know when to start one more, is left out: on a busy server
    its semaphore costs as much as an answer from memory. What was submitted cannot be cancelled; it runs.

    grpcio takes instances of the standard executor only.
    """

    def __init__(self, count: int, name: str) -> None:
        super().__init__(count, name)
        self._calls: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._started = [
            threading.Thread(target=self._work, name=f"{name}_{number}", daemon=True) for number in range(count)
        ]
        self._is_closed = False
        for thread in self._started:
            thread.start()

    def submit(self, call: Callable[..., Result], /, *arguments: Any, **named: Any) -> "Future[Result]":
        """Runs a call when its turn comes.

        Raises:
            RuntimeError: After `shutdown`.
        """
        if self._is_closed:
            raise RuntimeError("the threads have ended")
        future: Future[Result] = under_way()
        self.settle_later(future, call, *arguments, **named)
        return future

    def settle_later(
        self, future: "Future[Result]", call: Callable[..., Result], *arguments: Any, **named: Any
    ) -> None:
        """Runs a call when its turn comes, for whoever asks this future."""

        def run() -> None:
            try:
                result = call(*arguments, **named)
            except BaseException as error:  # noqa: BLE001 - It belongs to whoever asks the future.
                future.set_exception(error)
            else:
                future.set_result(result)

        self._calls.put(run)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Ends the threads, once all that was submitted has run."""
        if not self._is_closed:
            self._is_closed = True
            for _ in self._started:
                self._calls.put(None)
        if wait:
            for thread in self._started:
                thread.join()

    def _work(self) -> None:
        while (run := self._calls.get()) is not None:
            run()
            del run  # It holds the call's arguments, which nobody needs while the thread waits.
