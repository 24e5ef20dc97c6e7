"""Breaks of the rule: of what may be said again, and of how fresh a view is."""

from tests.mutations.mutation import Mutation

_CACHE = "shared/cache/cache.py"
_VIEW = "shared/cache/view.py"
_RECORDING = "shared/cache/recording.py"

RACES = "tests/cache/test_races.py::test_"
VIEW = "tests/cache/test_view.py::test_"
CHAIN = "tests/cache/test_chain.py::test_"
CACHE = "tests/cache/test_cache.py::test_"
FLIGHT = "tests/cache/test_single_flight.py::test_"
RECORDING = "tests/cache/test_recording.py::test_"

OF_THE_RULE = [
    Mutation(
        "stamped as of when the read ended",
        _CACHE,
        "made.rest_on(stamp, decision.tags",
        "made.rest_on(self._view.stamp(), decision.tags",
        (RACES + "a_slow_read_that_a_revocation_overtook_is_never_a_hit",),
    ),
    Mutation(
        "fresh since the news came",
        _VIEW,
        "asked_at - news.age",
        "self._clock.monotonic() - news.age",
        (VIEW + "a_view_is_fresh_from_the_moment_its_source_was_asked", CHAIN + "ages_add_up_along_the_chain"),
    ),
    Mutation(
        "the age of the source is ignored",
        _VIEW,
        "asked_at - news.age",
        "asked_at",
        (CHAIN + "ages_add_up_along_the_chain", CHAIN + "a_stale_source_confirms_nothing"),
    ),
    Mutation(
        "the age that is told is none",
        _VIEW,
        "limit, max(self._clock.monotonic() - self._confirmed_at, 0.0))",
        "limit, 0.0)",
        (CHAIN + "ages_add_up_along_the_chain", CHAIN + "a_stale_source_confirms_nothing"),
    ),
    Mutation(
        "news that are not complete confirm",
        _VIEW,
        "if fits and news.complete and",
        "if fits and",
        (VIEW + "only_complete_news_confirm", CHAIN + "a_long_way_is_gone_in_steps"),
    ),
    Mutation(
        "a source that is behind confirms",
        _VIEW,
        "(news.restart or news.position.version >= applied) and",
        "",
        (CHAIN + "a_source_that_is_behind_confirms_nothing",),
    ),
    Mutation(
        "news with a gap are taken in",
        _VIEW,
        "if invalidation.position.version != self._log.position.version + 1:",
        "if False:",
        (VIEW + "news_with_a_gap_do_not_fit",),
    ),
    Mutation(
        "a stale view is used",
        _VIEW,
        "if now - self._confirmed_at >= self.max_staleness:",
        "if False:",
        (VIEW + "a_view_is_fresh_from_the_moment_its_source_was_asked", CACHE + "each_miss_has_its_reason"),
    ),
    Mutation(
        "what is invalidated is reused",
        _VIEW,
        "any(log.last(tag) > position.version for tag in tags):",
        "False:",
        (VIEW + "what_was_invalidated_since_is_refused", RACES + "the_late_answer_of_a_lagging_replica_is_never_a_hit"),
    ),
    Mutation(
        "what is older than the log is reused",
        _VIEW,
        "if position.version < log.floor.version:",
        "if False:",
        (VIEW + "before_the_floor_nothing_is_reused",),
    ),
    Mutation(
        "versions of a source that is out of touch are believed",
        _VIEW,
        "return self._in_touch and self._log.position.version >= version",
        "return self._log.position.version >= version",
        (VIEW + "out_of_touch_it_says_nothing_of_versions",),
    ),
    Mutation(
        "what was decided in doubt is reused",
        _VIEW,
        "            self._history += 1\n            self._confirmed_at = -math.inf\n\n",
        "\n",
        (VIEW + "in_doubt_nothing_is_reused",),
    ),
    Mutation(
        "a new connection may be to any store",
        "cli/stores.py",
        "            view.doubt()\n",
        "            pass\n",
        ("tests/feed/test_restored.py::test_nothing_that_was_lost_is_answered_from_memory",),
    ),
    Mutation(
        "the version that is asked for is ignored",
        _VIEW,
        "if at_least and not self._has_reached(at_least):",
        "if False:",
        (
            VIEW + "a_caller_may_ask_for_a_version",
            FLIGHT + "whoever_waited_with_a_version_in_mind_takes_nothing_older",
        ),
    ),
    Mutation(
        "the version that is asked for is lost on the way",
        _RECORDING,
        "Recording(around.at_least if around else 0)",
        "Recording(0)",
        (RECORDING + "what_a_caller_has_seen_holds_inside_too",),
    ),
    Mutation(
        "answers are stamped by who asked",
        _CACHE,
        "self._keep(key, self._entry(decision, Basis(stamp, decision.tags, decision.expires_at), began))",
        "self._keep(key, self._entry(decision, Basis(self._view.stamp(), decision.tags, decision.expires_at), began))",
        (
            RACES + "the_late_answer_of_a_lagging_replica_is_never_a_hit",
            RACES + "the_answer_of_a_replica_that_is_ahead_waits_for_the_view",
        ),
    ),
]
