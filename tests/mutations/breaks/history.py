"""Breaks of how histories are told apart, and of what is noted ahead of the log."""

from tests.mutations.mutation import Mutation

_VIEW = "shared/cache/view.py"
_LOG = "shared/cache/log.py"
_RECORDING = "shared/cache/recording.py"

RACES = "tests/cache/test_races.py::test_"
VIEW = "tests/cache/test_view.py::test_"
CHAIN = "tests/cache/test_chain.py::test_"
LOG = "tests/cache/test_log.py::test_"
CACHE = "tests/cache/test_cache.py::test_"
RECORDING = "tests/cache/test_recording.py::test_"

OF_HISTORY = [
    Mutation(
        "the log tells followers of any history",
        _LOG,
        "restart = since is None or (since.version <= self.position.version and not self.has(since))",
        "restart = since is None",
        (LOG + "a_follower_whose_place_is_not_known_begins_anew", CHAIN + "a_restore_passes_through_the_chain"),
    ),
    Mutation(
        "positions are compared without their stamps",
        _LOG,
        "return known is not None and known.position == position",
        "return known is not None",
        (LOG + "a_place_is_known_by_its_version_and_its_stamp", VIEW + "history_that_was_rewritten_is_noticed"),
    ),
    Mutation(
        "entries of any history are reused",
        _VIEW,
        "if not log.has(position):",
        "if False:",
        (
            VIEW + "history_that_was_rewritten_is_noticed",
            CHAIN + "a_restore_passes_through_the_chain",
            RACES + "a_position_of_another_history_is_no_position",
        ),
    ),
    Mutation(
        "own entries outlive a rewritten history",
        _VIEW,
        "if history != FOREIGN:",
        "if False:",
        (VIEW + "history_that_was_rewritten_is_noticed", CACHE + "after_a_restart_of_the_log_nothing_is_reused"),
    ),
    Mutation(
        "two histories make one basis",
        _RECORDING,
        "for stamp in self._stamps}) == 1",
        "for stamp in self._stamps}) >= 1",
        (RECORDING + "two_histories_give_no_basis",),
    ),
]

OF_NOTES = [
    Mutation(
        "a change of its own waits for the feed",
        _LOG,
        "if unknown:",
        "if False:",
        (VIEW + "a_change_of_its_own_is_refused_at_once", LOG + "what_is_noted_counts_before_the_log_has_it"),
    ),
    Mutation(
        "a version that was given again after a restore is taken for the known one",
        _LOG,
        "counted = max(version, self.position.version + 1)",
        "counted = version",
        ("tests/cache/test_notes.py::test_one_that_should_be_known_and_is_not_counts_as_new",),
    ),
    Mutation(
        "a restart forgets notes",
        _LOG,
        "for tag, version in self._noted.items() if version > position.version}",
        "for tag, version in self._noted.items() if False}",
        (
            LOG + "what_was_noted_outlives_a_restart",
            VIEW + "a_poll_that_began_before_a_change_does_not_undo_its_note",
        ),
    ),
    Mutation(
        "notes of a lost history stay",
        _LOG,
        "self._noted.clear()  # What is still there",
        "pass  # What is still there",
        (LOG + "what_was_noted_in_a_lost_history_ends_with_its_version",),
    ),
    Mutation(
        "notes that were given up do not matter",
        _VIEW,
        "if not self._log.note(version, tags):",
        "if not self._log.note(version, tags) and False:",
        (VIEW + "notes_beyond_the_bound_stop_all_reuse_until_the_log_has_them",),
    ),
    Mutation(
        "any news make up for notes that were given up",
        _VIEW,
        " and applied >= self._catch_up_to",
        "",
        (VIEW + "notes_beyond_the_bound_stop_all_reuse_until_the_log_has_them",),
    ),
    Mutation(
        "notes are not bounded",
        _LOG,
        "if len(self._noted) <= self._max_tags:",
        "if True:",
        (LOG + "notes_are_bounded",),
    ),
    Mutation(
        "a follower is told all at once",
        _LOG,
        "if invalidations and tags > _MOST_TAGS:",
        "if False:",
        (LOG + "a_follower_is_told_no_more_than_fits_into_a_message",),
    ),
    Mutation(
        "a version with too many tags is told nobody",
        _LOG,
        "if invalidations and tags > _MOST_TAGS:",
        "if tags > _MOST_TAGS:",
        (LOG + "a_follower_is_told_no_more_than_fits_into_a_message",),
    ),
]
