"""memcached as a cache that several processes share: never an authority, and in any doubt a miss."""

from shared.memcached.cache import open_shared_cache
from shared.memcached.contract import NoSharedCache, SharedCache
from shared.memcached.options import MemcachedOptions

__all__ = ["MemcachedOptions", "NoSharedCache", "SharedCache", "open_shared_cache"]
