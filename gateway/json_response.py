"""JSON answers, with whole numbers where protobuf knows only floating ones."""

from collections.abc import Mapping
from typing import Any

import orjson
from google.protobuf.json_format import MessageToDict
from google.protobuf.struct_pb2 import Struct
from starlette.responses import Response


class JsonResponse(Response):
    """A JSON document."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return orjson.dumps(content)


def without_empty(members: Mapping[str, Any]) -> dict[str, Any]:
    """The members that say something: what is not set is left out of an answer rather than being empty in it."""
    return {name: value for name, value in members.items() if value}


def object_of(struct: Struct) -> dict[str, Any]:
    """The JSON object that a protobuf struct stands for. Numbers without a fraction become integers, because many
    clients take nothing else for members such as `updated_at`.
    """
    return {name: _plain(value) for name, value in MessageToDict(struct).items()}


def _plain(value: Any) -> Any:
    match value:
        case dict():
            return {name: _plain(member) for name, member in value.items()}
        case list():
            return [_plain(element) for element in value]
        case float() if value.is_integer():
            return int(value)
        case _:
            return value
