"""The store in memory: one process, nothing outlives it. It keeps the whole contract, and never forgets what lives."""

from shared.store.memory.store import MemoryStore

__all__ = ["MemoryStore"]
