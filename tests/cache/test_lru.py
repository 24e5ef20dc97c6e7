"""The order in which entries leave."""

import random

from shared.cache.lru import SegmentedLru


def filled(*keys: str, max_entries: int = 5, max_bytes: int = 1000) -> SegmentedLru[str]:
    entries: SegmentedLru[str] = SegmentedLru(max_entries, max_bytes)
    for key in keys:
        entries.put(key, key.upper(), 10)
    return entries


def inside(entries: SegmentedLru[str], keys: str) -> str:
    return "".join(key for key in keys if entries.peek(key))


def test_of_newcomers_the_oldest_leaves_first() -> None:
    """Looking at it without use makes no difference."""
    entries = filled(*"abcde")
    assert entries.peek("a") == "A"
    assert entries.put("f", "F", 10) == 1
    assert (inside(entries, "abcdef"), len(entries), entries.size) == ("bcdef", 5, 50)


def test_what_was_used_twice_outlives_a_flood() -> None:
    """Keys that never come again push out each other."""
    entries = filled(*"abcde")
    assert entries.get("b") == "B"
    for number in range(100):
        entries.put(f"flood {number}", "", 10)
    assert inside(entries, "abcde") == "b"
    assert len(entries) == 5


def test_what_is_in_use_has_a_bound_too() -> None:
    """The one least recently used becomes a newcomer again, and leaves as one."""
    entries = filled(*"abcde")
    for key in "abcdeb":
        entries.get(key)
    for key in "xy":
        entries.put(key, key, 10)
    assert inside(entries, "abcdexy") == "bcdey"


def test_newcomers_find_room_when_all_bytes_are_in_use() -> None:
    """What nobody asks for any more does not keep them out."""
    entries = filled(*"abcdefghij", max_entries=1000, max_bytes=100)
    for key in "abcdefghij":
        entries.get(key)
    for key in "uvwxyz":
        entries.put(key, key, 10)
    assert inside(entries, "abcdefghijuvwxyz") == "cdefghijyz"
    assert entries.size == 100


def test_one_that_is_too_large_leaves_the_others_alone() -> None:
    """It is not kept, nor is what it replaces."""
    entries = filled(*"abc", max_bytes=100)
    assert entries.put("b", "B", 101) == 1
    assert (inside(entries, "abc"), entries.size) == ("ac", 20)


def test_bytes_are_bounded() -> None:
    """As many leave as it takes."""
    entries = filled(*"abcde", max_bytes=50)
    assert entries.put("f", "F", 25) == 3
    assert (inside(entries, "abcdef"), entries.size) == ("def", 45)


def test_a_value_is_replaced_with_its_size() -> None:
    """Removing gives the room back, once."""
    entries = filled(*"ab")
    entries.get("a")
    entries.put("a", "new", 30)
    assert (entries.get("a"), entries.size, len(entries)) == ("new", 40, 2)
    for _ in range(2):
        entries.remove("a")
    assert (entries.get("a"), entries.peek("a"), entries.size, len(entries)) == (None, None, 10, 1)


def test_a_cache_of_one_keeps_the_last() -> None:
    """Used or not."""
    entries = filled("a", max_entries=1)
    assert entries.get("a") == "A"
    assert entries.put("b", "B", 10) == 1
    assert inside(entries, "ab") == "b"


def test_sizes_add_up_whatever_happens() -> None:
    """After 20,000 random steps the size is that of what is there, and no bound was exceeded."""
    draws = random.Random(7)
    entries: SegmentedLru[int] = SegmentedLru(max_entries=20, max_bytes=200)
    for _ in range(20_000):
        key = str(draws.randrange(40))
        step = draws.randrange(3)
        if step == 0:
            entries.get(key)
        elif step == 1:
            entries.remove(key)
        else:
            entries.put(key, 1, draws.randrange(1, 60))
        assert len(entries) <= 20
        assert entries.size <= 200
    for number in range(40):
        entries.remove(str(number))
    assert (len(entries), entries.size) == (0, 0)
