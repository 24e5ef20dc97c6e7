"""What changes the store, through gRPC and then through the gateway; and logins."""

import os
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice

from load.bench.clients import ClientFailed, drive
from load.bench.driver import Job
from load.bench.floors import Floors
from load.bench.lines import Line
from load.bench.measured import Measured
from load.bench.questions import CODE, REFRESH_TOKEN, Questions
from load.bench.subject import AUTH, TOKEN, Subject
from load.ghz import ROOT

STORE_PATHS = 7
"""How many there are."""
_CALLERS = 8
_MOST_A_SECOND = 2000
_AUTHORIZE, _REDEEM, _REFRESH = f"/{AUTH}/Authorize", f"/{TOKEN}/RedeemCode", f"/{TOKEN}/RefreshToken"
_EXAMPLE = bytes(500)

Ask = Callable[[Sequence[str]], list[str]]


@dataclass
class _Supply:
    """Codes and tokens that work once: what one path yields, another uses, the oldest first."""

    codes: deque[str] = field(default_factory=deque)
    refresh_tokens: deque[str] = field(default_factory=deque)


@dataclass(frozen=True)
class _Way:
    """Through gRPC, or through the gateway."""

    name: str
    floor_name: str
    auth: str
    token: str
    is_http: bool

    def method(self, path: str) -> str:
        """What the driver has to be told; nothing where it sends whole requests."""
        return "" if self.is_http else path


def store_paths(subject: Subject, floors: Floors) -> Iterator[Line]:
    """Each path beside its floor."""
    ask, plane, supply = Questions(subject.people), subject.plane, _Supply()
    insert = floors.rpc(_AUTHORIZE, _EXAMPLE, "insert")
    redeem = floors.rpc(_REDEEM, _EXAMPLE * 3, "redeem", signatures=2)
    rotate = floors.rpc(_REFRESH, _EXAMPLE * 3, "rotate", signatures=2)
    rpc = _Way("RPC", "no-op RPC", plane.auth_target, plane.token_target, is_http=False)
    web = _Way("at the gateway", "gateway, a no-op RPC", subject.web, subject.web, is_http=True)

    pids = [subject.auth], [subject.token]
    yield _authorize(rpc, ask.authorize_rpc(), insert, supply, pids[0])
    yield _exchange(rpc, ask.redeem_rpc, redeem, supply, pids[1])
    yield _refresh(rpc, ask.refresh_rpc, rotate, supply, pids[1])

    insert, redeem, rotate = (
        floors.call(address, path, _EXAMPLE)
        for address, path in ((insert, _AUTHORIZE), (redeem, _REDEEM), (rotate, _REFRESH))
    )
    both = [subject.auth, subject.gateway], [subject.token, subject.gateway]
    supply.codes.clear()  # Those of the first round are too old by now.
    yield _authorize(web, ask.authorize(), insert, supply, both[0])
    yield _exchange(web, ask.redeem, redeem, supply, both[1])
    yield _refresh(web, ask.refresh, rotate, supply, both[1])
    yield _login(subject, ask)


def _authorize(way: _Way, questions: list[str], floor: str, supply: _Supply, pids: Sequence[int]) -> Line:
    def ours(seconds: float) -> Measured:
        return _noting(supply.codes, _asked(way.auth, way.method(_AUTHORIZE), questions, seconds, looked_for=CODE))

    return Line(
        f"authorize with a session {way.name}",
        f"{way.floor_name} and one bare insert",
        0.75,
        ours,
        partial(_asked, floor, way.method(_AUTHORIZE), questions),
        pids,
    )


def _exchange(way: _Way, ask: Ask, floor: str, supply: _Supply, pids: Sequence[int]) -> Line:
    def ours(seconds: float) -> Measured:
        questions = ask(list(islice(supply.codes, int(seconds * _MOST_A_SECOND))))
        made = _asked(way.token, way.method(_REDEEM), questions, seconds, once=True, looked_for=REFRESH_TOKEN)
        for _ in range(made.requests):
            supply.codes.popleft()
        return _noting(supply.refresh_tokens, made)

    return _with_signatures("code exchange", way, ours, partial(_asked, floor, way.method(_REDEEM), ask(["x"])), pids)


def _refresh(way: _Way, ask: Ask, floor: str, supply: _Supply, pids: Sequence[int]) -> Line:
    def ours(seconds: float) -> Measured:
        questions = ask(list(islice(supply.refresh_tokens, int(seconds * _MOST_A_SECOND))))
        made = _asked(way.token, way.method(_REFRESH), questions, seconds, once=True, looked_for=REFRESH_TOKEN)
        for _ in range(made.requests):
            supply.refresh_tokens.popleft()
        return _noting(supply.refresh_tokens, made)

    return _with_signatures("refresh", way, ours, partial(_asked, floor, way.method(_REFRESH), ask(["x"])), pids)


def _with_signatures(
    name: str,
    way: _Way,
    ours: Callable[[float], Measured],
    floor: Callable[[float], Measured],
    pids: Sequence[int],
) -> Line:
    floor_name = f"{way.floor_name}, one bare statement and two ES256 signatures"
    return Line(f"{name} {way.name}", floor_name, 0.75, ours, floor, pids)


def _login(subject: Subject, ask: Questions) -> Line:
    def floor(seconds: float) -> Measured:
        command = [sys.executable, "-m", "load.floors.argon2", str(seconds)]
        made = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
        each = 1000 / float(made.stdout)
        return Measured(round(float(made.stdout) * seconds), {}, seconds, each, each, each, each)

    # As many as can be answered, and as many again that wait; more would be refused.
    callers = 2 * (os.cpu_count() or 1)
    ours = partial(_asked, subject.plane.auth_target, f"/{AUTH}/Login", ask.login_rpc(), callers=callers)
    return Line("login RPC", "bare argon2id", 0.90, ours, floor, [subject.auth])


def _asked(
    address: str,
    method: str,
    questions: list[str],
    seconds: float,
    once: bool = False,
    looked_for: str = "",
    callers: int = _CALLERS,
) -> Measured:
    if not questions:
        raise ClientFailed("there is nothing left to ask with; what comes before yields too little")
    return drive(Job(address, method, questions, once, callers, seconds, looked_for=looked_for))


def _noting(store: deque[str], made: Measured) -> Measured:
    store.extend(made.found)
    return made
