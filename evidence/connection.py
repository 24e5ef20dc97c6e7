"""What evidence needs of a connection; the driver itself stays in its adapter."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

Parameters = Mapping[str, Any]
Block = bytes | bytearray | memoryview


class Rows(Protocol):
    """What a statement gave."""

    def fetchone(self) -> Any: ...

    def fetchall(self) -> list[Any]: ...


class Connection(Protocol):
    """Executes statements, each of which commits by itself unless a BEGIN came before."""

    def execute(self, query: str, params: Parameters | None = None) -> Rows: ...


class Copying(Connection, Protocol):
    """Executes COPY besides."""

    def cursor(self) -> "CopyCursor": ...


class CopyCursor(Protocol):
    """Begins a COPY, which ends with its context."""

    def copy(self, statement: str, params: Parameters | None = None) -> AbstractContextManager["Copy"]: ...


class Copy(Protocol):
    """Gives the rows of a COPY ... TO STDOUT, or takes those of a COPY ... FROM STDIN, as blocks of bytes."""

    def __iter__(self) -> Iterator[Block]: ...

    def write(self, buffer: Block) -> None: ...
