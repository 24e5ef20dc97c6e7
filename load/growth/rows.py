"""Paths that ask PostgreSQL, in planes whose tables have fewer rows and more."""

import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg

from authplane.auth.v1.auth_pb2 import ValidateSessionRequest
from evidence.explain.load import Progress, load
from load.bench.clients import ClientFailed, drive
from load.bench.driver import Job
from load.bench.measured import Measured
from load.bench.production import production
from load.bench.questions import CODE, REFRESH_TOKEN, Questions
from load.bench.subject import AUTH, TOKEN, Subject
from load.population import population

_RATE = 100.0
"""Questions a second: what any machine can answer, so that nothing waits for anything else."""


@dataclass
class Grown:
    """A plane with so many rows in each of its tables.

    Attributes:
        codes, refresh_tokens: What was found last, which works once.
    """

    rows: int
    subject: Subject
    codes: Sequence[str] = ()
    refresh_tokens: Sequence[str] = ()
    measured: dict[str, list[Measured]] = field(default_factory=dict)

    def median(self, path: str, percentile: str) -> float:
        """Of the rounds: milliseconds."""
        return float(statistics.median(getattr(each, percentile) for each in self.measured[path]))


@contextmanager
def grown(rows: int, progress: Progress) -> Iterator[Grown]:
    """A plane with so many users, sessions, families and codes of others.

    Raises:
        PlaneDidNotStart: A part was not ready in time.
    """
    # Nothing sweeps, nobody is refused, and there are more sessions than memory has room for.
    with (
        production(sweep_interval_seconds="86400", cache_entries="16", lane_budget_ms="0") as running,
        ExitStack() as stack,
    ):
        source, target = (stack.enter_context(psycopg.connect(running.database_url, autocommit=True)) for _ in range(2))
        load(source, target, rows, progress)
        target.execute("CHECKPOINT")
        people = stack.enter_context(population(running.plane, "ES256"))
        subject = Subject(running.plane, people, *(part.pid for part in running.parts))
        subject.access_tokens(1)  # The client's secret has been checked from then on.
        yield Grown(rows, subject)


def _authorize(plane: Grown, seconds: float) -> Measured:
    questions = Questions(plane.subject.people).authorize_rpc()
    made = _asked(plane.subject.plane.auth_target, f"/{AUTH}/Authorize", questions, seconds, looked_for=CODE)
    plane.codes = made.found
    return made


def _exchange(plane: Grown, seconds: float) -> Measured:
    questions = Questions(plane.subject.people).redeem_rpc(plane.codes)
    once = {"once": True, "looked_for": REFRESH_TOKEN}
    made = _asked(plane.subject.plane.token_target, f"/{TOKEN}/RedeemCode", questions, seconds, **once)
    plane.refresh_tokens = made.found
    return made


def _refresh(plane: Grown, seconds: float) -> Measured:
    questions = Questions(plane.subject.people).refresh_rpc(plane.refresh_tokens)
    return _asked(plane.subject.plane.token_target, f"/{TOKEN}/RefreshToken", questions, seconds, once=True)


def _session(plane: Grown, seconds: float) -> Measured:
    handles = plane.subject.people.session_handles
    questions = [ValidateSessionRequest(session_handle=each).SerializeToString().hex() for each in handles]
    return _asked(plane.subject.plane.auth_target, f"/{AUTH}/ValidateSession", questions, seconds)


def _asked(address: str, method: str, questions: list[str], seconds: float, **how: Any) -> Measured:
    settings = {"once": False, "callers": 0, "seconds": seconds, "rate": _RATE, **how}
    made = drive(Job(address, method, questions, **settings))
    if made.failures:
        raise ClientFailed(f"{method}: {dict(made.failures)}")
    return made


PATHS: dict[str, Callable[[Grown, float], Measured]] = {
    "authorize": _authorize,
    "code exchange": _exchange,
    "refresh": _refresh,
    "session, asked of the store": _session,
}
"""In this order: each uses what the one before has found."""


def measure(planes: Sequence[Grown], seconds: float, rounds: int, done: Callable[[], object]) -> None:
    """Asks the planes in turn, so that whatever else the machine does hits all of them.

    Raises:
        ClientFailed: There are no figures, or an answer is not what it should be.
    """
    for _ in range(rounds):
        for path, ask in PATHS.items():
            for plane in planes:
                plane.measured.setdefault(path, []).append(ask(plane, seconds))
                done()
