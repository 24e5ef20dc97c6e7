"""Whether all that was acknowledged holds in every process, nothing was given twice, and nothing is half done."""

import random
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from tests.crash.judge import require_nothing_half_done
from tests.faults.doors import Door
from tests.faults.journal import Journal, Life, Outcome

Active = Callable[[Sequence[str]], list[bool]]
"""Asks one process which of these tokens, or of these sessions, are good."""

_SESSION_ENDINGS = ("log out", "end sessions", "disable")
_SAMPLE = 10
_USED_AGAIN = 0.1
"""Share of lives whose used codes and tokens are tried again, which ends them."""


class Verdict:
    """What one life promises.

    Attributes:
        dead: Tokens that nobody may believe in.
        refresh_tokens: All that were given; at most one of them may be good.
        living: Of these one has to be good; empty when nothing is promised.
    """

    def __init__(self, life: Life) -> None:
        redeemed, rotated = life.of(Outcome.DONE, "redeem"), life.of(Outcome.DONE, "rotate")
        given = [entry.given for entry in (*redeemed, *rotated) if entry.given]
        self.refresh_tokens = list(dict.fromkeys(each.refresh_token for each in given))
        access_tokens = [each.access_token for each in given]
        revoked = {entry.what for entry in life.of(Outcome.DONE, "revoke")}
        # Only its own valid code and tokens are presented: who refuses one has convicted the family.
        convicted = life.of(Outcome.REFUSED, "redeem", "rotate")
        ended = life.of(Outcome.DONE, *_SESSION_ENDINGS) or convicted or revoked & set(self.refresh_tokens)
        used = {entry.what for entry in rotated}
        self.dead = [*self.refresh_tokens, *access_tokens] if ended else [*used & set(self.refresh_tokens), *revoked]
        newest = [token for token in self.refresh_tokens if token not in used]
        self.living = [] if ended or _unsettled(life) else newest


def _unsettled(life: Life) -> bool:
    """Whether something that was asked for may have happened or not: it was not answered, and neither was a retry."""
    settled = set[tuple[str, str]]()
    for entry in reversed(life.entries):
        if entry.outcome is Outcome.DONE:
            settled.add((entry.did, entry.what))
        if entry.outcome is Outcome.UNKNOWN and (entry.did, entry.what) not in settled:
            return True
    return False


def given_twice(life: Life) -> list[str]:
    """Codes with two grants, and tokens with two different successors."""
    successors = defaultdict[str, set[str]](set)
    for entry in life.of(Outcome.DONE, "redeem", "rotate"):
        if entry.given:
            successors[entry.what].add(entry.given.refresh_token)
    found = [f"{len(made)} successors of one token" for made in successors.values() if len(made) > 1]
    grants = len(life.of(Outcome.DONE, "redeem"))
    return [*found, *([f"{grants} grants of one code"] if grants > 1 else [])]


class Judge:
    """Asks every process about every life.

    Args:
        url: The database.
        tokens, gateways, sessions: By process; gateways are asked about some tokens only, since it is one by one.
        doors: Where what was used is used again.
        bound: Seconds after which every process has heard of what ended.
    """

    def __init__(
        self,
        url: str,
        tokens: Mapping[str, Active],
        gateways: Mapping[str, Active],
        sessions: Mapping[str, Active],
        doors: Sequence[Door],
        bound: float,
    ) -> None:
        self._url = url
        self._tokens = tokens
        self._gateways = gateways
        self._sessions = sessions
        self._doors = doors
        self._bound = bound
        self._chance = random.Random()

    def judge(self, journal: Journal) -> None:
        """When all is well again, and nobody else asks.

        Raises:
            AssertionError: Something does not hold; says what, without the tokens.
        """
        require_nothing_half_done(self._url)
        lives = journal.lives()
        found = self._used_again([life for life in lives if self._chance.random() < _USED_AGAIN])
        found += [*journal.faults(), *(text for life in lives for text in given_twice(life))]
        time.sleep(max(journal.settled_at() + self._bound - time.monotonic(), 0.0))
        verdicts = [Verdict(life) for life in lives]
        for process, active in self._tokens.items():
            found += [f"{process}: {text}" for text in _believed(active, verdicts)]
        some = self._chance.sample(verdicts, min(len(verdicts), _SAMPLE))
        for process, active in self._gateways.items():
            found += [f"{process}: {text}" for text in _believed(active, some)]
        over = [life.session_handle for life in lives if life.of(Outcome.DONE, *_SESSION_ENDINGS)]
        for process, active in self._sessions.items():
            found += [f"{process}: a session that was ended is good" for good in active(over) if good]
        assert found == [], "; ".join(found[:5])
        require_nothing_half_done(self._url)

    def _used_again(self, lives: Sequence[Life]) -> list[str]:
        """A second use of a code, or of a token older than the grace, is refused; the verdict is that all that came of
        it is dead.
        """
        found = []
        for life in lives:
            if not life.of(Outcome.DONE, "redeem"):
                continue
            rotated = dict.fromkeys(entry.what for entry in life.of(Outcome.DONE, "rotate"))
            uses = [partial(self._door().redeem, life.code)]
            uses += [partial(self._door().rotate, token) for token in rotated][:-1]
            for use in self._chance.sample(uses, len(uses)):
                entry = use()
                life.entries.append(entry)
                if entry.outcome is not Outcome.REFUSED:
                    found.append(f"{entry.through}: {entry.did} a second time is {entry.outcome.name} {entry.reason}")
        return found

    def _door(self) -> Door:
        return self._chance.choice(self._doors)


def _believed(active: Active, verdicts: Sequence[Verdict]) -> list[str]:
    """What one process believes that it must not, and does not believe that it must."""
    asked = list(dict.fromkeys(token for each in verdicts for token in (*each.dead, *each.refresh_tokens)))
    good = {token for token, yes in zip(asked, active(asked), strict=True) if yes}
    found = []
    for verdict in verdicts:
        found += ["a token that was ended or used is good" for token in verdict.dead if token in good]
        alive = sum(token in good for token in verdict.refresh_tokens)
        if alive > 1:
            found.append("one code has two live refresh tokens")
        if verdict.living and not alive:
            found.append("a refresh token that nobody ended is dead")
    return found
