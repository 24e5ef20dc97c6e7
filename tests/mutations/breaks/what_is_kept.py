"""Breaks of what is kept, and of who gets it."""

from tests.mutations.mutation import Mutation

_CACHE = "shared/cache/cache.py"
_RECORDING = "shared/cache/recording.py"

RACES = "tests/cache/test_races.py::test_"
CACHE = "tests/cache/test_cache.py::test_"
FLIGHT = "tests/cache/test_single_flight.py::test_"
SECOND = "tests/cache/test_second_level.py::test_"
RECORDING = "tests/cache/test_recording.py::test_"

OF_WHAT_IS_KEPT = [
    Mutation(
        "whoever waited takes what there is",
        _CACHE,
        "if entry is not None and not isinstance(self._check(entry, self._clock.monotonic()), Miss):",
        "if entry is not None:",
        (
            FLIGHT + "whoever_waited_does_not_take_what_was_invalidated_meanwhile",
            FLIGHT + "whoever_waited_does_not_take_what_must_not_be_kept",
        ),
    ),
    Mutation(
        "whoever waited takes what must not be kept",
        _CACHE,
        "Basis(stamp, decision.tags, -math.inf)",
        "Basis(stamp, decision.tags, decision.expires_at)",
        (FLIGHT + "whoever_waited_does_not_take_what_must_not_be_kept",),
    ),
    Mutation(
        "each thread reads for itself",
        _CACHE,
        "if ahead is None:",
        "if True:",
        (FLIGHT + "one_reads_for_all",),
    ),
    Mutation(
        "what was read earlier and took its time wins",
        _CACHE,
        "return kept.read_at > made.read_at ",
        "return False ",
        (RACES + "what_was_read_later_wins", FLIGHT + "a_wait_is_bounded"),
    ),
    Mutation(
        "a yes replaces a no",
        _CACHE,
        "return kept.decision.final and now < kept.deadline",
        "return False",
        (RACES + "a_no_is_not_replaced_by_a_yes",),
    ),
    Mutation(
        "a no ends with the freshness of the view",
        _CACHE,
        "elif not entry.decision.final or",
        "elif True or",
        (CACHE + "a_final_no_outlives_a_stale_view",),
    ),
    Mutation(
        "a no outlives its invalidation",
        _CACHE,
        "elif not entry.decision.final or self._view.is_invalidated(entry.stamp, tags):",
        "elif not entry.decision.final:",
        (CACHE + "a_final_no_does_not_outlive_an_invalidation",),
    ),
    Mutation(
        "the second level is believed",
        _CACHE,
        "if not isinstance(self._check(entry, began), Miss):",
        "if True:",
        (SECOND + "what_comes_back_late_is_a_miss", SECOND + "what_expired_is_a_miss"),
    ),
    Mutation(
        "what the second level says counts as read now",
        _CACHE,
        "Basis(kept.stamp,",
        "Basis(stamp,",
        (SECOND + "what_comes_back_late_is_a_miss", SECOND + "a_lie_about_the_future_or_another_history_is_a_miss"),
    ),
    Mutation(
        "what goes to the second level is stamped when it is put",
        _CACHE,
        "Kept(decision, stamp)",
        "Kept(decision, self._view.stamp())",
        (SECOND + "it_says_as_of_when_the_read_began",),
    ),
    Mutation(
        "what the second level says replaces what was read meanwhile",
        _CACHE,
        "entry.read_at = _LONG_AGO",
        "entry.read_at = math.inf",
        (SECOND + "it_does_not_replace_what_was_read_meanwhile",),
    ),
    Mutation(
        "nobody learns what a hit rests on",
        _CACHE,
        "record.rest_on(entry.stamp, tags, entry.expires_at)",
        "pass",
        (CACHE + "what_is_read_through_a_cache_is_rested_on",),
    ),
    Mutation(
        "a whole is as new as its newest part",
        _RECORDING,
        "oldest = min(",
        "oldest = max(",
        (RECORDING + "a_whole_is_as_old_as_its_oldest_part", CACHE + "a_part_that_is_old_makes_the_whole_old"),
    ),
    Mutation(
        "a hit leaves an entry as old as it was",
        _CACHE,
        "entry.stamp = verdict  #",
        "pass  #",
        (CACHE + "a_hit_makes_an_entry_as_good_as_new",),
    ),
]
