"""What memory answers, and why it does not."""

from tools.panels.panel import Panel, quantiles, rates

CACHE = [
    Panel(
        "Hit rate",
        "Answers from memory. A fall: the misses beside it say why.",
        "percentunit",
        {
            "{{cache}}": 'sum by (cache) (rate(authplane_cache_hits_total{level="memory", $at}[$w]))'
            ' / (sum by (cache) (rate(authplane_cache_hits_total{level="memory", $at}[$w]))'
            " + sum by (cache) (rate(authplane_cache_misses_total{$at}[$w])))"
        },
    ),
    Panel(
        "Misses by reason",
        "absent: cold or too small; feed_stale: the row Store, Feed; invalidated: many changes; expired: as it "
        "should be.",
        "reqps",
        {"{{cache}} {{reason}}": rates("authplane_cache_misses_total", "cache, reason")},
    ),
    Panel(
        "Entries",
        "At the bound entries are evicted; raise it if memory allows.",
        "short",
        {"{{cache}}": "sum by (cache) (authplane_cache_entries{$at})"},
    ),
    Panel(
        "Bytes",
        "An estimate of what each cache holds.",
        "bytes",
        {
            "{{cache}}": "sum by (cache) (authplane_cache_bytes{$at})",
            "process {{job}}": "max by (job) (process_resident_memory_bytes{$at})",
        },
    ),
    Panel(
        "Evictions",
        "By size, all the time: the cache is too small for what is asked.",
        "reqps",
        {"{{cache}} {{cause}}": rates("authplane_cache_evictions_total", "cache, cause")},
    ),
    Panel(
        "memcached",
        "Anything but hit, miss and done is without use; callers notice nothing, but the store is asked more.",
        "reqps",
        {"{{operation}} {{outcome}}": rates("authplane_memcached_operations_total", "operation, outcome")},
    ),
    Panel(
        "memcached, seconds",
        "Slower than the database: it does harm.",
        "s",
        quantiles("authplane_memcached_seconds", "node", "{{node}}"),
    ),
]
