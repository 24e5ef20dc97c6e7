"""Breaks of what services answer from memory."""

from tests.mutations.mutation import Mutation

_KEPT = "shared/rpc/kept.py"
KEPT = "tests/rpc/test_kept_replies.py::test_"
NOTES = "tests/cache/test_notes.py::test_"

OF_SERVICES = [
    Mutation(
        "what is answered at once is not held to the rule",
        "shared/cache/cache.py",
        "if entry is None or isinstance(self._check(entry, now), Miss):",
        "if entry is None:",
        (KEPT + "a_question_is_decided_once", KEPT + "a_stale_view_repeats_nothing"),
    ),
    Mutation(
        "what is answered at once is as old as it was",
        "shared/rpc/kept.py",
        "return self._repeated(self._cache.hit(_key(request)))",
        "return (kept := self._cache.hit(_key(request))) and kept.decision.value",
        (KEPT + "an_answer_says_as_of_when_it_is_good_now", KEPT + "a_refusal_is_found_out_anew_each_time"),
    ),
    Mutation(
        "one question is like another",
        _KEPT,
        "return hashlib.sha256(request).hexdigest()",
        "return hashlib.sha256(request[:1]).hexdigest()",
        (KEPT + "another_question_is_another_one",),
    ),
    Mutation(
        "a reply that is repeated looks as old as it is",
        _KEPT,
        "kept.decision.value + self._decided_at(kept.stamp.position)",
        "kept.decision.value",
        (KEPT + "an_answer_says_as_of_when_it_is_good_now",),
    ),
    Mutation(
        "what one caller found out is kept for nobody else",
        _KEPT,
        "self.put(_plain(request, question), reply",
        "self.put(request, reply",
        (KEPT + "after_a_no_to_who_had_seen_a_version_nobody_hears_yes",),
    ),
    Mutation(
        "a reply is as new as its last byte",
        _KEPT,
        "decision, basis.stamp, began)",
        "decision, basis.stamp, self._clock.monotonic())",
        (KEPT + "a_yes_that_was_begun_earlier_does_not_replace_one_begun_later",),
    ),
    Mutation(
        "no reply is a no",
        _KEPT,
        "size, is_no = len(request) + len(written), self._is_no(reply)",
        "size, is_no = len(request) + len(written), False",
        (KEPT + "a_yes_that_took_long_does_not_replace_a_no",),
    ),
    Mutation(
        "a refusal leaves replies as they are",
        _KEPT,
        "self._refuse(_plain(request, question), began)",
        "pass",
        (KEPT + "after_a_refusal_nobody_hears_yes",),
    ),
    Mutation(
        "a refusal is given again",
        _KEPT,
        "if kept is None or kept.decision is _REFUSED:",
        "if kept is None:",
        (KEPT + "a_refusal_is_found_out_anew_each_time",),
    ),
    Mutation(
        "a no that was asked for earlier does not come in",
        "shared/cache/cache.py",
        "return kept.decision.final and now < kept.deadline",
        "return kept.read_at > made.read_at or kept.decision.final",
        ("tests/cache/test_races.py::test_a_no_comes_in_whenever_it_was_read",),
    ),
    Mutation(
        "what is logged later is refused later",
        "shared/store/cached/store.py",
        "self._caches.view.refuse(tag)",
        "pass",
        ("tests/rpc/test_kept_planes.py::test_a_token_that_was_rotated_out_is_refused_at_once",),
    ),
    Mutation(
        "what is refused stays refused",
        "shared/cache/log.py",
        "self._refused.pop(tag, None)",
        "pass",
        (NOTES + "what_is_refused_is_so_until_it_is_logged",),
    ),
    Mutation(
        "too large a batch is answered as far as it is known",
        "services/token/kept_batches.py",
        "is_asked = batch.min_store_version or len(questions) > MAX_BATCH",
        "is_asked = batch.min_store_version",
        ("tests/rpc/test_batch_introspection.py::test_a_full_batch_fits",),
    ),
    Mutation(
        "services answer from memory whatever version is asked for",
        "shared/store/access.py",
        "current().at_least = version",
        "pass",
        ("tests/feed/test_reach.py::test_what_is_kept_is_not_used_for_a_caller_who_has_seen_more",),
    ),
]
