"""Breaks of what the gateway answers from memory."""

from tests.cache.breaks.mutation import Mutation

_KEPT = "tests/gateway/test_kept.py::test_"

OF_THE_GATEWAY = [
    Mutation(
        "the gateway does not ask for the version that it has seen",
        "gateway/rpc.py",
        "return self._caches.view.newest",
        "return 0",
        (_KEPT + "a_change_made_through_this_gateway_counts_at_once",),
    ),
]
