"""Breaks of how the version that a caller has seen is passed on and heeded."""

from tests.cache.breaks.mutation import Mutation

OF_VERSIONS = [
    Mutation(
        "the gateway does not ask for the version that it has seen",
        "gateway/rpc.py",
        "return self._caches.view.newest",
        "return 0",
        ("tests/gateway/test_kept.py::test_a_change_made_through_this_gateway_counts_at_once",),
    ),
    Mutation(
        "services answer from memory whatever version is asked for",
        "shared/store/access.py",
        "current().at_least = version",
        "pass",
        ("tests/feed/test_reach.py::test_what_is_kept_is_not_used_for_a_caller_who_has_seen_more",),
    ),
]
