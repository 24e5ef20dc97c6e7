"""What evidence needs of a connection; the driver itself stays in its adapter."""

from typing import Any, Protocol


class Rows(Protocol):
    """What a statement gave."""

    def fetchone(self) -> Any: ...

    def fetchall(self) -> list[Any]: ...


class Connection(Protocol):
    """Executes statements, each of which commits by itself."""

    def execute(self, query: str) -> Rows: ...
