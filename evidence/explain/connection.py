"""What measuring needs of a connection; the driver itself stays in its adapter."""

from collections.abc import Mapping
from typing import Any, Protocol

from evidence.connection import Rows

Parameters = Mapping[str, Any]


class Connection(Protocol):
    """Executes statements, each of which commits by itself unless a BEGIN came before."""

    def execute(self, query: str, params: Parameters | None = None) -> Rows: ...
