"""What happens around a process that keeps decisions; to the real thing and in the model."""

from collections import Counter
from dataclasses import replace

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from shared.cache.log import News
from tests.cache.plain import History, PlainModel, Reading
from tests.cache.scene import Scene, SteppedClock, StoreLog

TAGS = st.frozensets(st.sampled_from("abc"), min_size=1, max_size=2)
SELDOM = st.sampled_from([False, False, False, False, True])

MAX_TAGS = 10
MAX_ENTRIES = 8
MAX_BYTES = 6_000
MAX_SECONDS = 5.0


class World(RuleBasedStateMachine):
    """A store with its log, the feed, and time.

    Attributes:
        readings: All that was ever read; the number of a reading is the value that is kept of it.
        strange: The values that came from another process.
    """

    def __init__(self, seen: Counter[str]) -> None:
        super().__init__()
        self.seen = seen
        self.clock = SteppedClock()
        self.log = StoreLog()
        self.model = PlainModel()
        self.readings: list[Reading] = []
        self.strange: set[str] = set()
        self.begin()

    def begin(self) -> None:
        """The process begins."""
        self.scene = Scene(MAX_TAGS, self.log, self.clock)
        self.parts = self.scene.cache(MAX_ENTRIES, MAX_BYTES, MAX_SECONDS)
        self.wholes = self.scene.cache(MAX_ENTRIES, MAX_BYTES, MAX_SECONDS)
        self.poll: tuple[News, History, float] | None = None
        self.model.begin()
        self.model.follow(self.model.history, self.now, complete=True)

    @property
    def now(self) -> float:
        return self.clock.monotonic()

    def teardown(self) -> None:
        for cache in (self.parts, self.wholes):
            statistics = cache.state().statistics
            self.seen.update({str(reason): count for reason, count in statistics.misses.items()})
            self.seen.update({str(reason): count for reason, count in statistics.evictions.items()})

    def judge(self, value: str, at_least: int = 0) -> None:
        """What was said again has to be allowed."""
        reading = self.readings[int(value)]
        assert self.model.why_not(reading, self.now, self.scene.view.floor, at_least) == ""
        self.seen["hit"] += 1
        self.seen["hit of a no while stale"] += reading.final and not self.scene.view.is_fresh()
        self.seen["hit of a whole"] += bool(reading.parts)
        self.seen["hit of a stranger's"] += value in self.strange

    @rule(surely=SELDOM)
    def restart(self, surely: bool) -> None:
        if surely:
            self.teardown()
            self.begin()

    # Time.

    @rule(seconds=st.sampled_from([0.1, 0.4, 0.4, 1.0, 3.0]))
    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @rule(seconds=st.sampled_from([-300.0, 300.0]))
    def step_wall_clock(self, seconds: float) -> None:
        self.clock.step(seconds)

    # The store and its log.

    @rule(tags=TAGS)
    def change_elsewhere(self, tags: frozenset[str]) -> None:
        self.model.commit(tags, self.now)
        self.log.commit(*sorted(tags))

    @rule(tags=TAGS)
    def change_here(self, tags: frozenset[str]) -> None:
        self.change_elsewhere(tags)
        version = self.log.position.version
        self.scene.view.note(version, sorted(tags))
        if version > len(self.model.applied):  # Otherwise the process still lives in a history that was lost.
            self.model.noted.append(self.model.history[-1])

    @rule(tags=TAGS)
    def refuse(self, tags: frozenset[str]) -> None:
        """What is changed here and will be logged later, or never."""
        for tag in tags:
            self.scene.view.refuse(tag)
        self.model.refused |= tags

    @rule(surely=SELDOM)
    def change_much_here(self, surely: bool) -> None:
        fresh = self.scene.view.is_fresh()
        for number in range(MAX_TAGS + 1 if surely else 0):
            self.change_here(frozenset({f"many {number}"}))
        self.seen["overflow of notes"] += fresh and not self.scene.view.is_fresh()

    @rule(versions=st.integers(1, 3))
    def restore(self, versions: int) -> None:
        versions = min(versions, len(self.log.places) - 1)
        if versions:
            self.log.lose(versions)
            self.model.lose(versions)

    @precondition(lambda self: len(self.log.places) > 2)
    @rule()
    def sweep(self) -> None:
        self.log.sweep(keep=1)

    # The feed.

    @rule(limit=st.sampled_from([1, 1000]))
    def begin_poll(self, limit: int = 1000) -> None:
        news = self.scene.read(limit)
        end = news.invalidations[-1].position if news.invalidations else news.position
        self.poll = (news, self.model.history[: end.version], self.now)

    @precondition(lambda self: self.poll is not None)
    @rule()
    def end_poll(self) -> None:
        assert self.poll is not None
        (news, told, asked_at), self.poll = self.poll, None
        is_same_history = told[: len(self.model.applied)] == self.model.applied
        self.seen["swept past" if is_same_history else "rewritten"] += news.restart
        self.scene.follow(news, asked_at)
        self.model.follow(told, asked_at - news.age, news.complete)
        self.seen["floor"] += self.scene.view.floor > self.log.places[0].version

    @rule()
    def follow(self) -> None:
        self.begin_poll()
        self.end_poll()

    @rule(seconds=st.sampled_from([0.4, 0.8, 1.2]), tags=TAGS, aged=st.booleans())
    def follow_late(self, seconds: float, tags: frozenset[str], aged: bool) -> None:
        """A poll takes its time, or asks somebody who knew all that long ago; meanwhile something is changed."""
        self.begin_poll()
        self.change_elsewhere(tags)
        self.wait(seconds)
        if aged and self.poll is not None:
            news, told, _ = self.poll
            self.poll = (replace(news, age=seconds), told, self.now)
        self.end_poll()

    @invariant()
    def nothing_is_larger_than_it_may_be(self) -> None:
        for cache in (self.parts, self.wholes):
            state = cache.state()
            assert state.entries <= MAX_ENTRIES
            assert state.size <= MAX_BYTES
        assert self.scene.view.tags <= MAX_TAGS
