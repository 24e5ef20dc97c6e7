"""Records as bytes: a JSON array of their fields in order. Nothing is ever unpickled."""

import json
from dataclasses import astuple, fields
from typing import Any, Generic, TypeVar

Record = TypeVar("Record")


class RecordCodec(Generic[Record]):
    """Encodes records of one type, and decodes what is exactly that.

    The name of the type and its number of fields go with it, so another version's record is none.
    """

    def __init__(self, type_: type[Record]) -> None:
        self._type = type_
        self._fields = fields(type_)  # type: ignore[arg-type]  # All records are dataclasses.
        self._head = f"{type_.__name__}/{len(self._fields)}"

    def encode(self, record: Record) -> list[Any]:
        """JSON values."""
        return [self._head, *astuple(record)]  # type: ignore[call-overload]  # As above.

    def decode(self, values: list[Any]) -> Record:
        """The record.

        Raises:
            ValueError: It is none of this type.
        """
        head, *items = values
        if head != self._head:
            raise ValueError("another type or version")
        return self._type(*(tuple(item) if isinstance(item, list) else item for item in items))


def to_bytes(values: list[Any]) -> bytes:
    """Compact JSON."""
    return json.dumps(values, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")


def from_bytes(data: bytes) -> list[Any]:
    """JSON values.

    Raises:
        ValueError: It is no JSON array.
    """
    values = json.loads(data)
    if not isinstance(values, list):
        raise ValueError("not an array")  # noqa: TRY004 - One error for all that is malformed.
    return values
