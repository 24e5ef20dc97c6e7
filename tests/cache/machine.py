"""A process that reads through its caches; on the real thing and in the model."""

import itertools
import math
from collections.abc import Callable
from functools import partial

from hypothesis import strategies as st
from hypothesis.stateful import rule

from shared.cache.cache import Cache
from shared.cache.decision import Decision
from shared.cache.recording import recording
from tests.cache.plain import ELSEWHERE, Reading
from tests.cache.scene import foreign
from tests.cache.world import MAX_SECONDS, SELDOM, TAGS, World

KEYS = st.integers(0, 3)
LIVES = st.sampled_from([math.inf, math.inf, 0.5, 3.0])

_SIZE = 100
_numbers = itertools.count()

Load = Callable[[], Decision[str]]


def tags_of(key: int) -> frozenset[str]:
    """What a key's decision depends on."""
    return frozenset({"abc"[key]} if key < 3 else {"a", "b"})


class Machine(World):
    """Everything that can be asked of a cache, in any order."""

    def through(self, cache: Cache[str], key: str, load: Load) -> str:
        """Asks a cache, and judges what was not loaded just now."""
        loaded: list[str] = []

        def watched() -> Decision[str]:
            decision = load()
            loaded.append(decision.value)
            return decision

        value = cache.get_or_load(key, watched)
        if not loaded:
            self.judge(value)
        return value

    def read(self, key: int, life: float = math.inf, final: bool = False) -> Decision[str]:
        deadline = self.now + min(life, MAX_SECONDS)
        reading = Reading(tags_of(key), self.model.applied, self.model.moment, deadline, final, self.model.rewrites)
        return self.decision(reading, self.clock.now() + life)

    def decision(self, reading: Reading, expires_at: float = math.inf) -> Decision[str]:
        self.readings.append(reading)
        value = str(len(self.readings) - 1)
        return Decision(value, tuple(sorted(reading.tags)), expires_at, _SIZE, reading.final)

    @rule(key=KEYS, life=LIVES, final=st.booleans())
    def ask(self, key: int, life: float, final: bool) -> None:
        self.through(self.parts, str(key), lambda: self.read(key, life, final))

    @rule(life=LIVES, final=st.booleans())
    def ask_for_all(self, life: float, final: bool) -> None:
        self.follow()
        for key in range(4):
            self.ask(key, life, final)
        for one in (0, 1):
            self.ask_for_a_whole(one, frozenset(), told=False)

    @rule(key=KEYS, tags=TAGS, here=st.booleans(), told=st.booleans())
    def ask_slowly(self, key: int, tags: frozenset[str], here: bool, told: bool) -> None:
        def load() -> Decision[str]:
            decision = self.read(key)
            change = self.change_here if here else self.change_elsewhere
            change(tags)
            if told:
                self.follow()
            return decision

        self.through(self.parts, str(key), load)

    @rule(one=st.integers(0, 1), tags=TAGS, told=st.booleans())
    def ask_for_a_whole(self, one: int, tags: frozenset[str], told: bool) -> None:
        def load() -> Decision[str]:
            found = [self.through(self.parts, str(one), partial(self.read, one))]
            if told:
                self.change_elsewhere(tags)
                self.follow()
            found.append(self.through(self.parts, str(one + 2), partial(self.read, one + 2)))
            parts = tuple(self.readings[int(value)] for value in found)
            deadline = self.now + MAX_SECONDS
            return self.decision(
                Reading(frozenset(), (), self.model.moment, deadline, rewrites=self.model.rewrites, parts=parts)
            )

        self.through(self.wholes, f"whole {one}", load)

    @rule(at_least=st.sampled_from([0, 0, 1]), told=st.booleans())
    def look_up(self, at_least: int, told: bool) -> None:
        """All there is."""
        if told:
            self.follow()
        version = at_least and len(self.model.history)
        with recording() as caller:
            caller.at_least = version
            found = [self.parts.get(str(key)) for key in range(4)] + [self.wholes.get(f"whole {one}") for one in (0, 1)]
        for decision in found:
            if decision is not None:
                self.judge(decision.value, version)

    @rule(key=KEYS, ahead=st.integers(-4, 2), lost=st.booleans())
    def answer_from_elsewhere(self, key: int, ahead: int, lost: bool) -> None:
        """Somebody else has decided, as of when they say; they know more or less, or live in a lost history."""
        lost = lost and bool(self.model.lost)
        history = self.model.lost[-1] if lost else self.model.history
        version = max(0, min(len(self.model.applied) + ahead, len(history)))
        for position in self.log.lost if lost else self.log.places:
            if position.version == version:
                as_of = history[:version]
                saw = as_of[-1].moment if as_of else 0
                decision = self.decision(Reading(tags_of(key), as_of, saw, self.now + MAX_SECONDS, rewrites=ELSEWHERE))
                self.strange.add(decision.value)
                self.parts.put(str(key), decision, foreign(position), self.now)

    @rule(count=st.integers(1, 10), size=st.sampled_from([0, 3000]), surely=SELDOM)
    def flood(self, count: int, size: int, surely: bool) -> None:
        for _ in range(count if surely else 1):
            self.parts.get_or_load(f"flood {next(_numbers)}", lambda: Decision("", (), math.inf, size))
