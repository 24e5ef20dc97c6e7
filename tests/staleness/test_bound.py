"""The bound is what the setting says: a process whose feed is cut believes what it kept that long, and no longer."""

import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from shared.store import Store
from shared.store.postgres.migrate import Migrator
from shared.store.postgres.server import LocalServer
from tests.eventually import eventually
from tests.servers.postgres import OPTIONS, open_store, programs
from tests.staleness.fleet import Fleet
from tests.staleness.homes import MONITOR, Home, homes_of, reach
from tests.staleness.subjects import Subjects

_SLACK = 0.25
"""For the time that a question takes, and the cut."""
_TRIALS = 6
_FEED_SECONDS = 1.0
"""In which a feed has a connection again."""


@pytest.mark.timeout(120)
@pytest.mark.parametrize("bound", [0.6, 2.0])
def test_the_bound_is_the_setting(tmp_path: Path, bound: float) -> None:
    """With its feed gone a token service goes on from memory until the bound is over, and then asks the store."""
    with LocalServer(tmp_path / "postgres", programs(), OPTIONS) as server:
        Migrator(server.url).up()
        settings: dict[str, Any] = {"max_staleness_seconds": bound, "cache_no_seconds": bound + 4}
        with (
            Fleet(server.url, "", tmp_path, **settings) as fleet,
            reach(fleet) as reached,
            closing(open_store(server.url)) as store,
            feeds_cut(server.url) as cut,
        ):
            subjects = Subjects(store)
            subjects.prepare()
            (home,) = [home for home in homes_of(reached) if home.part is fleet.token[0]]
            believed = 0.0
            for _ in range(_TRIALS):
                believed = _seconds_believed(home, subjects, store, cut, bound)
                assert believed < bound
                if believed > bound - _SLACK:
                    break
            # A process that lost the CPU for a while believes nobody for as long: the longest of some trials counts.
            assert believed > bound - _SLACK


def _seconds_believed(home: Home, subjects: Subjects, store: Store, cut: threading.Event, bound: float) -> float:
    """For how long it says yes after a session has ended, with its feed cut."""
    cut.clear()
    subject = subjects.make()
    eventually(lambda: home.ask(subject))
    time.sleep(_FEED_SECONDS)
    assert home.ask(subject)
    cut.set()
    time.sleep(0.05)
    store.end_session(subject.session_id, time.time())
    ended = last_yes = time.monotonic()
    while time.monotonic() < ended + bound + 0.5:
        began = time.monotonic()
        if home.ask(subject):
            last_yes = began
    return last_yes - ended


@pytest.mark.timeout(120)
def test_a_gateway_alone_goes_on_until_the_bound_and_then_says_so(tmp_path: Path) -> None:
    """Without a token service it knows of no revocation: after the bound it answers 503, and never "active"."""
    bound = 1.0
    with LocalServer(tmp_path / "postgres", programs(), OPTIONS) as server:
        Migrator(server.url).up()
        with (
            Fleet(server.url, "", tmp_path, max_staleness_seconds=bound) as fleet,
            reach(fleet) as reached,
            closing(open_store(server.url)) as store,
        ):
            subjects = Subjects(store)
            subjects.prepare()
            subject = subjects.make()
            gateway = fleet.gateway[0]
            (home,) = [home for home in homes_of(reached) if home.name == f"{gateway.name} introspect"]
            assert home.ask(subject)
            time.sleep(0.3)
            for part in fleet.token:
                part.kill()
            killed = time.monotonic()
            assert home.ask(subject)
            time.sleep(bound + 0.1 - (time.monotonic() - killed))
            form = {"token": subject.access_token}
            assert reached.webs[gateway.name].post("/auth/introspect", form, MONITOR)[0] == 503


class feeds_cut:  # noqa: N801 - A context that reads as a state.
    """While its event is set, no feed has a connection for longer than a moment."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._cut = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> threading.Event:
        self._thread.start()
        return self._cut

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._cut.set()
        self._thread.join()

    def _run(self) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection:
            while self._cut.wait() and not self._stop.is_set():
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'authplane feed'"
                )
                self._stop.wait(0.002)
