"""Which threads run a behaviour."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

Behaviour = Callable[..., Any]


def on_pool(behaviour: Behaviour, pool: ThreadPoolExecutor, refused: Behaviour | None = None) -> Behaviour:
    """The behaviour, to be run by this pool; grpcio reads that from attributes, which methods cannot have.

    Args:
        refused: Gives what a caller is told whom the pool has refused, where it is one that does.
    """

    def run(*arguments: Any) -> Any:
        return behaviour(*arguments)

    run.experimental_thread_pool = pool  # type: ignore[attr-defined]  # See above.
    run.experimental_non_blocking = getattr(behaviour, "experimental_non_blocking", False)  # type: ignore[attr-defined]  # Likewise.
    run.refused = refused  # type: ignore[attr-defined]  # `shared.rpc.grpc_calls` reads that one.
    return run
