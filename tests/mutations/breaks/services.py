"""Breaks of what services answer from memory."""

from tests.mutations.mutation import Mutation

OF_SERVICES = [
    Mutation(
        "services answer from memory whatever version is asked for",
        "shared/store/access.py",
        "current().at_least = version",
        "pass",
        ("tests/feed/test_reach.py::test_what_is_kept_is_not_used_for_a_caller_who_has_seen_more",),
    ),
]
