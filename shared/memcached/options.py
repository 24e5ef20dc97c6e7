"""How memcached is asked."""

import re
from dataclasses import dataclass

_NAMESPACE = re.compile(r"[!-~]{1,100}", re.ASCII)


@dataclass(frozen=True, slots=True)
class MemcachedOptions:
    """Where the nodes are, and the bound of everything.

    Attributes:
        nodes: "host:port", "[address]:port" or "unix:/path" of each; none means no shared cache. Processes that share
            the cache spell them alike. Looking up a host's name has no timeout, so addresses are better.
        connect_timeout_seconds: For a new connection.
        timeout_seconds: From a question to the end of its answer. A call lasts as long as both timeouts at most.
        pool_size: Most connections to each node; a call that finds them all in use is a miss at once.
        max_value_bytes: Longer values are not stored. memcached itself takes 1 MiB unless told otherwise.
        breaker_failures: So many in a row, and a node is left alone.
        breaker_delay_seconds: For so long, and up to half as long again; then one call tries it.
        namespace: What all names in the cache begin with: printable ASCII without spaces, up to 100 characters.

    Raises:
        ValueError: A bound is not positive, or the namespace is not as described.
    """

    nodes: tuple[str, ...] = ()
    connect_timeout_seconds: float = 0.05
    timeout_seconds: float = 0.05
    pool_size: int = 16
    max_value_bytes: int = 64 * 1024
    breaker_failures: int = 5
    breaker_delay_seconds: float = 1.0
    namespace: str = "authplane"

    def __post_init__(self) -> None:
        bounds = (self.connect_timeout_seconds, self.timeout_seconds, self.pool_size, self.max_value_bytes)
        if min(bounds) <= 0:
            raise ValueError("timeouts, pool_size and max_value_bytes must be positive")
        if not _NAMESPACE.fullmatch(self.namespace):
            raise ValueError("namespace must be 1 to 100 printable ASCII characters without spaces")
