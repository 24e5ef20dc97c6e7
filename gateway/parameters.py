"""Strict reading of request parameters: form encoding from a query or a body, each name once, nothing ambiguous."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request

from shared.errors import InvalidRequest

FORM_MEDIA_TYPE = "application/x-www-form-urlencoded"
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters of one request.

    Attributes:
        values: By name. A parameter without a value counts as omitted (RFC 6749 sections 3.1 and 3.2).
        repeated: Names that came more than once; they are not in `values`.
    """

    values: Mapping[str, str]
    repeated: tuple[str, ...] = ()

    def get(self, name: str) -> str:
        """The value, or an empty text when the parameter was omitted."""
        return self.values.get(name, "")

    def require(self, name: str) -> str:
        """The value.

        Raises:
            InvalidRequest: The parameter was omitted.
        """
        if not self.get(name):
            raise InvalidRequest(f"the parameter {name} is missing")
        return self.get(name)

    def unrepeated(self) -> "Parameters":
        """The same, once it is known that nothing is ambiguous.

        Raises:
            InvalidRequest: A parameter came more than once (RFC 6749 sections 3.1 and 3.2).
        """
        if self.repeated:
            raise InvalidRequest(f"a parameter is given more than once: {', '.join(self.repeated)[:100]}")
        return self


class ParameterReader:
    """Reads parameters within bounds.

    Args:
        max_body_bytes: Longest accepted body.
        max_fields: Most accepted parameters, repeated ones counted each time.
    """

    def __init__(self, max_body_bytes: int, max_fields: int) -> None:
        self._max_body_bytes = max_body_bytes
        self._max_fields = max_fields

    def query(self, request: Request) -> Parameters:
        """The parameters in the URL.

        Raises:
            InvalidRequest: Malformed, not UTF-8, with a NUL, or too many.
        """
        return self._parse(request.scope["query_string"])

    async def form(self, request: Request) -> Parameters:
        """The parameters in the body.

        Raises:
            InvalidRequest: As for `query`, or the body is of another media type.
            HTTPException: 413, the body is too long; no more of it than allowed was read.
        """
        if not has_form(request):
            raise InvalidRequest(f"the body must be of the media type {FORM_MEDIA_TYPE}")
        return self._parse(await self._body(request))

    async def _body(self, request: Request) -> bytes:
        # Refusing by the declared length first spares a client that waits for 100 Continue the upload.
        if int(request.headers.get("content-length", 0)) > self._max_body_bytes:
            raise HTTPException(413, "the body is too long")
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > self._max_body_bytes:
                raise HTTPException(413, "the body is too long")
        return bytes(body)

    def _parse(self, encoded: bytes) -> Parameters:
        pairs = self._pairs(encoded)
        if any("\0" in name or "\0" in value for name, value in pairs):
            raise InvalidRequest("a parameter contains a NUL character")
        repeated = tuple(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        return Parameters({name: value for name, value in pairs if value and name not in repeated}, repeated)

    def _pairs(self, encoded: bytes) -> list[tuple[str, str]]:
        if not encoded:
            return []
        try:
            text = encoded.decode()
            if _BAD_ESCAPE.search(text):
                raise InvalidRequest("a parameter has a malformed percent-encoding")
            return parse_qsl(text, True, True, errors="strict", max_num_fields=self._max_fields)
        except UnicodeDecodeError as error:
            raise InvalidRequest("the parameters are not UTF-8") from error
        except ValueError as error:
            raise InvalidRequest("the parameters are malformed or too many") from error


def has_form(request: Request) -> bool:
    """Whether the request says that its body is a form."""
    content_types = request.headers.getlist("content-type")
    return len(content_types) == 1 and content_types[0].partition(";")[0].strip().lower() == FORM_MEDIA_TYPE
