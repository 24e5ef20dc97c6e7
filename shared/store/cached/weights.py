"""About how many bytes a record takes in memory."""

from collections.abc import Mapping
from typing import Any

_OBJECT_BYTES = 60


def weight(value: Any) -> int:
    """An estimate, within a factor of two of what tracemalloc says."""
    if isinstance(value, str | bytes):
        return _OBJECT_BYTES + len(value)
    if isinstance(value, Mapping):
        return _OBJECT_BYTES + sum(weight(name) + weight(item) for name, item in value.items())
    if isinstance(value, tuple | list | frozenset):
        return _OBJECT_BYTES + sum(map(weight, value))
    fields = getattr(value, "__dataclass_fields__", ())
    return _OBJECT_BYTES + sum(weight(getattr(value, name)) for name in fields)
