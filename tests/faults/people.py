"""Callers who use the plane without pause, each life through one process after another, and write down all of it."""

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from shared.errors import AuthplaneError
from tests.faults.doors import AuthDoor, Door
from tests.faults.journal import Entry, Given, Journal, Life, Outcome
from tests.staleness.subjects import Subjects

_PATIENCE = 30.0
"""Seconds for which a caller tries again what was not answered; less than the grace of rotated tokens."""

_TABS = 0.1
"""Share of rotations that a second tab asks for too."""


class Person:
    """One caller.

    Args:
        stop: When it is set, nothing new is begun, and nothing is tried again.
    """

    def __init__(
        self,
        subjects: Subjects,
        doors: Sequence[Door],
        auth: Sequence[AuthDoor],
        journal: Journal,
        stop: threading.Event,
        seed: int,
    ) -> None:
        self._subjects = subjects
        self._doors = doors
        self._auth = auth
        self._journal = journal
        self._stop = stop
        self._chance = random.Random(seed)

    def run(self) -> None:
        """One life after another."""
        while not self._stop.is_set():
            try:
                begun = self._subjects.begin()
                life = Life(begun.user.user_id, begun.session_handle, self._subjects.issue_code(begun))
            except AuthplaneError:  # There is no store to begin in.
                time.sleep(0.02)
                continue
            self._journal.begin(life)
            self._live(life)

    def _live(self, life: Life) -> None:
        given = self._until_known(life, lambda: self._door().redeem(life.code))
        generations = [given] if given else []
        for _ in range(self._chance.randrange(5)):
            if given is None:
                return
            token = given.refresh_token
            given = self._until_known(life, partial(self._rotate, token))
            generations += [given] if given else []
            if given and self._chance.random() < _TABS:
                self._until_known(life, partial(self._rotate, token))
        if given is not None:
            self._end(life, generations)

    def _end(self, life: Life, generations: Sequence[Given]) -> None:
        newest, oldest = generations[-1], generations[0]
        endings: list[Callable[[], Entry]] = [
            lambda: self._door().revoke(newest.access_token),
            lambda: self._door().revoke(newest.refresh_token),
            lambda: self._chance.choice(self._auth).log_out(life.session_handle),
            lambda: self._chance.choice(self._auth).end_sessions(life.user_id),
            lambda: self._chance.choice(self._auth).disable(life.user_id),
            lambda: self._door().redeem(life.code),
        ]
        if len(generations) > 2:
            endings.append(lambda: self._door().rotate(oldest.refresh_token))
        # Some live on.
        if self._chance.random() < 0.8:
            self._until_known(life, self._chance.choice(endings))

    def _until_known(self, life: Life, ask: Callable[[], Entry]) -> Given | None:
        """Asks, and again when there was no answer, as clients do; sometimes the caller is gone before that."""
        began = time.monotonic()
        while True:
            entry = ask()
            life.entries.append(entry)
            if entry.outcome is not Outcome.UNKNOWN:
                return entry.given
            late = time.monotonic() - began > _PATIENCE
            if late or self._stop.is_set() or self._chance.random() < 0.02:
                return None
            time.sleep(0.05)

    def _rotate(self, token: str) -> Entry:
        return self._door().rotate(token)

    def _door(self) -> Door:
        return self._chance.choice(self._doors)


@contextmanager
def people(
    count: int, subjects: Subjects, doors: Sequence[Door], auth: Sequence[AuthDoor], journal: Journal
) -> Iterator[None]:
    """So many callers while the context is open; when it is left, none has a call under way."""
    stop, chance = threading.Event(), random.Random()
    threads = [
        threading.Thread(target=Person(subjects, doors, auth, journal, stop, chance.getrandbits(32)).run)
        for _ in range(count)
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()
