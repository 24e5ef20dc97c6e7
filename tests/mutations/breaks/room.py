"""Breaks of the bounds of time and room."""

from tests.mutations.mutation import Mutation

_CACHE = "shared/cache/cache.py"
_LOG = "shared/cache/log.py"
_LRU = "shared/cache/lru.py"

LOG = "tests/cache/test_log.py::test_"
CACHE = "tests/cache/test_cache.py::test_"
LRU = "tests/cache/test_lru.py::test_"
TIME = "tests/cache/test_time.py::test_"

OF_TIME_AND_ROOM = [
    Mutation(
        "the wall clock ends what is kept",
        _CACHE,
        "if now >= entry.deadline:",
        "if self._clock.now() >= entry.deadline:",
        (TIME + "a_step_of_the_wall_clock_revives_and_ends_nothing",),
    ),
    Mutation(
        "decisions live as long as they say",
        _CACHE,
        "left = min(basis.expires_at - self._clock.now(), self._bounds.max_seconds)",
        "left = basis.expires_at - self._clock.now()",
        (TIME + "no_decision_lives_longer_than_the_cache_allows",),
    ),
    Mutation(
        "a slow read lives longer",
        _CACHE,
        "return _Entry(decision, basis, began, began + left)",
        "return _Entry(decision, basis, began, self._clock.monotonic() + left)",
        (TIME + "a_slow_read_does_not_live_longer",),
    ),
    Mutation(
        "entries are not bounded",
        _LRU,
        "while len(self) > self._max_entries or self.size > self._max_bytes:",
        "while self.size > self._max_bytes:",
        (CACHE + "entries_and_bytes_are_bounded", LRU + "of_newcomers_the_oldest_leaves_first"),
    ),
    Mutation(
        "bytes are not bounded",
        _LRU,
        "while len(self) > self._max_entries or self.size > self._max_bytes:",
        "while len(self) > self._max_entries:",
        (CACHE + "entries_and_bytes_are_bounded", LRU + "bytes_are_bounded"),
    ),
    Mutation(
        "nothing is kept apart",
        _LRU,
        "self._max_protected = int(max_entries * protected)",
        "self._max_protected = 0",
        (
            LRU + "what_was_used_twice_outlives_a_flood",
            "tests/cache/test_bounds.py::test_a_flood_leaves_what_is_in_use",
        ),
    ),
    Mutation(
        "what is in use may take all bytes",
        _LRU,
        " or self._protected_size > self._max_protected_size:",
        ":",
        (LRU + "newcomers_find_room_when_all_bytes_are_in_use",),
    ),
    Mutation(
        "the log is not bounded",
        _LOG,
        "while self._tags > self._max_tags:",
        "while False:",
        (LOG + "an_overflow_raises_the_floor",),
    ),
]
