"""What a cache outside of the process promises, and one that remembers nothing."""

from typing import Protocol


class SharedCache(Protocol):
    """A cache that several processes share.

    It is never an authority: a value may be gone, and it may be *older* than one that was stored or deleted since,
    because a node was cut off meanwhile, was sent a command late, or because somebody put back what they had copied.
    A value must therefore say itself at which version of the store it was read. No method raises for a failure of the
    cache, and each returns within the configured timeouts.
    """

    def get(self, key: str) -> bytes | None:
        """The value that a holder of our secret stored under this very key; None in any doubt.

        Args:
            key: Any text.
        """

    def set(self, key: str, value: bytes, ttl_seconds: float) -> None:
        """Stores the value, if all goes well.

        Args:
            ttl_seconds: Rounded down to whole seconds; what would be 0 is not stored. 30 days at most.
        """

    def delete(self, key: str) -> None:
        """Removes the value, if all goes well. It may still be there afterwards, so nothing may depend on it."""

    def close(self) -> None:
        """Releases the connections; no other call may be under way or follow."""


class NoSharedCache:
    """Remembers nothing: what is used where no nodes are configured."""

    def get(self, key: str) -> bytes | None:
        return None

    def set(self, key: str, value: bytes, ttl_seconds: float) -> None:
        """Forgotten at once."""

    def delete(self, key: str) -> None:
        """Nothing is there."""

    def close(self) -> None:
        """Nothing is held."""
