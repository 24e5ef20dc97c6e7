"""A process that uses a store without pause, and says what it is about to do and what came of it."""

import itertools
import multiprocessing
import random
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from typing import Any

from shared.errors import AuthplaneError, InvalidGrant
from shared.handles import digest
from shared.records import Family
from shared.store import Store
from tests.contract.examples import NOW, code, redemption, rotation, session, user
from tests.races.processes import Call, Outcome
from tests.servers.postgres import open_store

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.crash.worker"])

ROTATED, AFTER_GRACE = NOW + 10, NOW + 40


@dataclass(frozen=True, slots=True)
class Said:
    """A call that begins, then has no outcome yet, or that was answered.

    Attributes:
        life: Names all calls that have to do with one user, one session, one code and one family.
    """

    life: str
    call: Call
    outcome: Outcome | None = None


class Worker:
    """The process, and what it says.

    Args:
        name: No other worker on the same database may have it.

    Attributes:
        pipe: Readable when there is something to hear.
    """

    def __init__(self, url: str, name: str) -> None:
        self.pipe, there = _CONTEXT.Pipe()
        self._process = _CONTEXT.Process(target=_run, args=(url, name, there), daemon=True)
        self._process.start()
        there.close()
        self._said: list[Said] = []

    def hear(self) -> None:
        """Waits for its next word."""
        self._said.append(self.pipe.recv())

    def kill(self) -> list[Said]:
        """kill -9; all that it said."""
        self._process.kill()
        self._process.join()
        # The last word may be cut off.
        with suppress(EOFError, OSError):
            while True:
                self.hear()
        return self._said


def listen(workers: Sequence[Worker], seconds: float) -> None:
    """Hears for a while what they say; nobody goes on who is not heard."""
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        ready = wait([worker.pipe for worker in workers], left)
        for worker in workers:
            if worker.pipe in ready:
                worker.hear()


def _run(url: str, name: str, pipe: "Connection[Any, Any]") -> None:
    store, chance = open_store(url, pg_pool_max=1), random.Random(name)
    for number in itertools.count():
        try:
            _live(_Speaker(store, pipe, f"{name} {number}"), chance)
        except AuthplaneError:  # Whether it was done is not known; another life begins.
            time.sleep(0.01)


class _Speaker:
    def __init__(self, store: Store, pipe: "Connection[Any, Any]", life: str) -> None:
        self._store = store
        self._pipe = pipe
        self.life = life

    def __call__(self, method: str, *arguments: Any) -> Any:
        call = Call(method, arguments)
        self._pipe.send(Said(self.life, call))
        try:
            outcome = Outcome(getattr(self._store, method)(*arguments))
        except InvalidGrant as error:
            outcome = Outcome(error=type(error).__name__)
        self._pipe.send(Said(self.life, call, outcome))
        return outcome.value


def _live(do: _Speaker, chance: random.Random) -> None:
    owner = user(do.life, user_id=do.life)
    begun = session(owner, session_id=digest(f"session {do.life}"))
    issued = code(begun, code_hash=digest(f"code {do.life}"))
    family_id, token_hash = digest(f"family {do.life}"), digest(f"token {do.life}")
    do("insert_user", owner)
    do("insert_session", begun, owner.password_hash, "")
    do("insert_code", issued)
    asked = redemption(issued, family_id=family_id, token_hash=token_hash)
    families: list[Family] = [do("redeem_code", asked)]
    for _ in range(chance.randrange(5)):
        families.append(do("rotate_refresh_token", rotation(families[-1])).family)
    do("use_assertion", "web", do.life, NOW + 60, NOW)
    do("revoke_access_token", do.life, NOW + 60, NOW)
    other, first = replace(asked, family_id=digest(f"other {do.life}")), rotation(families[0], now=AFTER_GRACE)
    endings: list[tuple[Any, ...]] = [
        ("revoke_family", family_id, ROTATED),
        ("end_session", begun.session_id, ROTATED),
        ("end_sessions_of_user", owner.user_id, ROTATED),
        ("set_password", owner.user_id, "new hash", ROTATED),
        ("disable_user", owner.user_id, ROTATED),
        ("redeem_code", other),
        ("rotate_refresh_token", first) if len(families) > 1 else ("find_family", family_id, ROTATED),
        # Some live on.
        ("find_family", family_id, ROTATED),
    ]
    do(*chance.choice(endings))
