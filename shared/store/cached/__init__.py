"""A store that remembers what it was asked, under the rule of `shared.cache`."""

from shared.store.cached.store import CachedStore

__all__ = ["CachedStore"]
