"""Breaks of what services answer from memory."""

from tests.mutations.mutation import Mutation

_KEPT = "shared/rpc/kept.py"
KEPT = "tests/rpc/test_kept_replies.py::test_"

OF_SERVICES = [
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
        "a reply is kept whatever version was asked for",
        _KEPT,
        "if not current().at_least:",
        "if True:",
        (KEPT + "a_question_with_a_version_is_not_kept",),
    ),
    Mutation(
        "too large a batch is answered as far as it is known",
        "services/token/kept_batches.py",
        "kept.get(question) if len(questions) <= MAX_BATCH else None",
        "kept.get(question)",
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
