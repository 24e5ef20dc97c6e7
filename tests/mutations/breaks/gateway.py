"""Breaks of what the gateway answers from memory."""

from tests.mutations.mutation import Mutation

_KEPT = "tests/gateway/test_kept.py::test_"

OF_THE_GATEWAY = [
    Mutation(
        "the gateway does not ask for the version that it has seen",
        "gateway/rpc.py",
        "return self._caches.view.newest",
        "return 0",
        (_KEPT + "a_change_made_through_this_gateway_counts_at_once",),
    ),
    Mutation(
        "an answer is stamped with the gateway's own version",
        "gateway/kept.py",
        "size, is_no), basis.stamp, began)",
        "size, is_no), cache._view.stamp(), began)",
        (_KEPT + "an_answer_from_before_an_invalidation_is_never_kept",),
    ),
    Mutation(
        "the gateway forgets what was revoked through it",
        "gateway/rpc.py",
        "self._caches.view.note(version, tags)",
        "pass",
        (_KEPT + "a_change_made_through_this_gateway_counts_at_once",),
    ),
    Mutation(
        "the key leaves credentials out",
        "gateway/kept.py",
        "if name not in _WITHOUT_EFFECT:",
        'if name not in _WITHOUT_EFFECT and name != b"authorization":',
        (_KEPT + "another_question_is_asked",),
    ),
    Mutation(
        "everybody who asks the same asks the service",
        "gateway/kept.py",
        "if found is None and key in self._flights:",
        "if False:",
        (_KEPT + "many_who_ask_the_same_ask_once",),
    ),
    Mutation(
        "the age of the service's view is ignored",
        "shared/rpc/feed.py",
        "            reply.age,",
        "            0.0,",
        (_KEPT + "a_service_that_is_stale_itself_makes_nothing_fresh",),
    ),
]
