"""Protobuf messages as plain values and back."""

from collections.abc import Mapping
from typing import Any

from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.message import Message
from google.protobuf.struct_pb2 import Struct

_FOR_CACHES = frozenset({"basis", "store_version", "invalidated"})
"""What tells whoever keeps answers how long they hold; nobody reads it."""


def plain(message: Message) -> dict[str, Any]:
    """All fields that people read, by name, unset ones with their defaults; numbers stay numbers."""
    fields = [field for field in message.DESCRIPTOR.fields if field.name not in _FOR_CACHES]
    return {field.name: _value(message, field) for field in fields}


def struct(values: Mapping[str, Any]) -> Struct:
    """JSON values as the message that carries them."""
    return ParseDict(dict(values), Struct())


def _value(message: Message, field: Any) -> Any:
    value = getattr(message, field.name)
    if isinstance(value, Struct):
        return MessageToDict(value)
    if field.message_type is not None and field.is_repeated:
        return [plain(item) for item in value]
    if field.message_type is not None:
        return plain(value)
    return list(value) if field.is_repeated else value
