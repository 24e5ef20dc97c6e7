"""Which threads run a behaviour."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

Behaviour = Callable[..., Any]


def on_pool(
    behaviour: Behaviour,
    pool: ThreadPoolExecutor | None,
    refused: Behaviour | None = None,
    at_once: Behaviour | None = None,
) -> Behaviour:
    """The behaviour, to be run by this pool; grpcio reads that from attributes, which methods cannot have.

    Args:
        pool: None for the one that the server runs what has no pool.
        refused: Gives what a caller is told whom the pool has refused, where it is one that does.
        at_once: Gives the answer to a request where none of that is needed, in so little time that no other call need
            wait for it.
    """

    def run(*arguments: Any) -> Any:
        return behaviour(*arguments)

    run.experimental_thread_pool = pool  # type: ignore[attr-defined]  # See above.
    run.experimental_non_blocking = getattr(behaviour, "experimental_non_blocking", False)  # type: ignore[attr-defined]  # Likewise.
    run.refused = refused  # type: ignore[attr-defined]  # `shared.rpc.grpc_calls` reads this one, and the next.
    run.at_once = at_once  # type: ignore[attr-defined]
    return run
