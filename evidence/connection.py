"""What evidence needs of a connection; the driver itself stays in its adapter."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

Parameters = Mapping[str, Any]


class Rows(Protocol):
    """What a statement gave."""

    def fetchone(self) -> Any: ...

    def fetchall(self) -> list[Any]: ...


class Connection(Protocol):
    """Executes statements, each of which commits by itself unless a BEGIN came before."""

    def execute(self, query: str, params: Parameters | None = None) -> Rows: ...


class Copying(Protocol):
    """Takes or gives the rows of a COPY as blocks of bytes."""

    def cursor(self) -> "CopyCursor": ...


class CopyCursor(Protocol):
    """Begins a COPY."""

    def copy(self, statement: str) -> AbstractContextManager[Any]: ...
