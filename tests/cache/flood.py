"""`python -m tests.cache.flood KEYS`: a cache is asked for so many distinct keys, in a process of its own."""

import json
import sys
from functools import partial

import psutil

from shared.cache.cache import Cache
from shared.cache.decision import Decision
from tests.cache.scene import Scene, yes

ENTRIES = 10_000


def flood(keys: int) -> dict[str, int]:
    """Fills the cache, then asks for the rest; how much memory that took, in bytes."""
    scene = Scene()
    cache = scene.cache(ENTRIES, max_bytes=10**9)
    before = _resident()
    _ask(cache, range(ENTRIES))
    full = most = _resident()
    for begin in range(ENTRIES, keys, ENTRIES):
        _ask(cache, range(begin, min(begin + ENTRIES, keys)))
        most = max(most, _resident())
    state = cache.state()
    return {"entries": state.entries, "estimate": state.size, "filling": full - before, "flooding": most - full}


def _ask(cache: Cache[str], numbers: range) -> None:
    for number in numbers:
        cache.get_or_load(f"{number:064x}", partial(_decide, number))  # A key as long as a digest.


def _decide(number: int) -> Decision[str]:
    return yes(f"session:{number:064x}", f"user:{number}", f"client:{number % 100}")


def _resident() -> int:
    return int(psutil.Process().memory_info().rss)


if __name__ == "__main__":
    print(json.dumps(flood(int(sys.argv[1]))))
