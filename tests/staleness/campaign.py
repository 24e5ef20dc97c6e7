"""Many trials, several at once: warm a subject everywhere, end it somewhere, and ask everywhere."""

import itertools
import random
import threading
import time
from collections.abc import Callable, Sequence

from tests.staleness.endings import Ending, NotAcknowledged
from tests.staleness.history import Probe, Trial
from tests.staleness.homes import Home
from tests.staleness.subjects import Subject

_WARM_SECONDS = 20.0
_NOES = 2
"""After so many noes a home has settled."""


class Campaign:
    """Runs trials.

    Args:
        make: Makes a new subject.
        bound: Seconds within which everybody has to refuse.
        seed: Of the choices; the threads' timing is not under its control.
    """

    def __init__(
        self, make: Callable[[], Subject], homes: Sequence[Home], endings: Sequence[Ending], bound: float, seed: int
    ) -> None:
        self._make = make
        self._homes = homes
        self._endings = endings
        self._bound = bound
        self._random = random.Random(seed)
        self._numbers = itertools.count(1)

    def run(self, trials: int, threads: int = 3, told: Callable[[int], None] = lambda _: None) -> list[Trial]:
        """Runs so many trials; gives all, also those whose ending was not acknowledged."""
        left = threading.Semaphore(trials)
        failures, done = list[BaseException](), list[Trial]()

        def work() -> None:
            try:
                while left.acquire(blocking=False):
                    done.append(self._trial())
                    told(len(done))
            except BaseException as error:  # noqa: BLE001 - Told below, where somebody sees it.
                failures.append(error)

        workers = [threading.Thread(target=work) for _ in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        if failures:
            raise failures[0]
        return done

    def _trial(self) -> Trial:
        number, ending = next(self._numbers), self._random.choice(self._endings)
        subject, began = self._made()
        trial = Trial(number, began, ending.name, ending.part.name)
        homes = [home for home in self._homes if home.about in ending.ends]
        self._warm(subject, homes)
        asking = threading.Thread(target=self._ask_until_settled, args=(trial, subject, homes))
        asking.start()
        try:
            version = ending.end(subject)
            trial.version, trial.acknowledged = version, time.monotonic()
        except NotAcknowledged:
            trial.acknowledged = float("nan")
        if trial.version:
            for home in homes:
                if home.takes_version:
                    trial.probes.append(_probe(home, subject, trial.version))
        asking.join()
        if trial.acknowledged != trial.acknowledged:  # Not a number: nothing is promised.
            trial.acknowledged = float("inf")
        return trial

    def _made(self) -> tuple[Subject, float]:
        """A new subject, and when its making began."""
        deadline = time.monotonic() + _WARM_SECONDS
        while True:
            began = time.monotonic()
            try:
                return self._make(), began
            except Exception:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def _warm(self, subject: Subject, homes: Sequence[Home]) -> None:
        """Every home says yes once or has no answer; under a fault some have none."""
        for home in homes:
            home.ask(subject)

    def _ask_until_settled(self, trial: Trial, subject: Subject, homes: Sequence[Home]) -> None:
        noes = dict.fromkeys((home.name for home in homes), 0)
        order = random.Random(trial.number)
        began = time.monotonic()
        while True:
            waiting = [home for home in homes if noes[home.name] < _NOES]
            late = time.monotonic() - min(trial.acknowledged, began + 2 * _WARM_SECONDS)
            if not waiting or late > self._bound + 1.0 or trial.acknowledged != trial.acknowledged:
                return
            for home in order.sample(waiting, len(waiting)):
                probe = _probe(home, subject)
                trial.probes.append(probe)
                noes[home.name] += probe.yes is False
            time.sleep(0.001)


def _probe(home: Home, subject: Subject, at_least: int = 0) -> Probe:
    began = time.monotonic()
    yes = home.ask(subject, at_least)
    return Probe(home.name, home.part.name, began, time.monotonic(), yes, at_least)
