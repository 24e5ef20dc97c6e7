"""memcached as a cache that several processes share: never an authority, and in any doubt a miss."""
