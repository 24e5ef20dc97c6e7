"""`python -m load.store`: each operation through the store library, beside the bare statement on a bare connection."""

import itertools
import queue
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import SecretStr
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from evidence.explain.keys import NOW
from load.store.bare import BareStatements
from load.store.measure import Sample, middle, run
from load.store.rows import fill, redemptions, rotations, session_ids, token_ids
from shared.store.postgres.database import Database
from shared.store.postgres.migrate import Migrator
from shared.store.postgres.migrations import REQUIRED_VERSION
from shared.store.postgres.scratch import ScratchDatabase
from shared.store.postgres.server import LocalServer
from shared.store.postgres.settings import PostgresSettings
from shared.store.postgres.store import PostgresStore

app = typer.Typer(pretty_exceptions_enable=False)
_console = Console()

CONCURRENCY = (1, 4, 16)
FLOOR = 0.8
"""What the library should reach of the bare statement's throughput."""


@dataclass(frozen=True, slots=True)
class Operation:
    """Something the store does, the bare statement of it, and what to do it to."""

    name: str
    library: Callable[[Any], object]
    bare: Callable[[BareStatements, Any], object]
    items: Iterator[Any]


@app.command()
def store(
    seconds: Annotated[float, typer.Option(min=0.1, max=60, help="Seconds of each measurement.")] = 2.0,
    rounds: Annotated[int, typer.Option(min=1, max=20, help="Measurements of each; the median is shown.")] = 3,
    rows: Annotated[
        int, typer.Option(min=1000, help="Sessions, families and codes; of the codes a fifth can be redeemed.")
    ] = 1_000_000,
    lean: Annotated[bool, typer.Option(help="Without the optional indexes on the token's hash.")] = False,
) -> None:
    """Measures the store library against bare SQL, on a PostgreSQL of its own whose commits reach the disk."""
    with ExitStack() as stack:
        directory = stack.enter_context(tempfile.TemporaryDirectory())
        server = stack.enter_context(LocalServer(Path(directory)))
        scratch = stack.enter_context(ScratchDatabase(server.url))
        Migrator(scratch.url).up(REQUIRED_VERSION if lean else None)
        with _console.status("adding rows") as status:
            fill(scratch, rows, lambda what, done, of: status.update(f"{what}: {done:,} of {of:,}" if of else what))
        settings = PostgresSettings(
            secret=SecretStr("s" * 32), pg_pool_min=max(CONCURRENCY), pg_pool_max=max(CONCURRENCY)
        )
        library = PostgresStore(Database(scratch.url, settings, "bench", max(CONCURRENCY)))
        stack.callback(library.close)
        bare = [BareStatements(stack.enter_context(scratch.connect())) for _ in range(max(CONCURRENCY))]
        table = _table()
        with Progress(console=_console, transient=True) as progress:
            for operation in progress.track(_operations(library, rows), description="measuring"):
                for threads in CONCURRENCY:
                    ours, theirs = _compare(operation, bare, threads, seconds, rounds)
                    table.add_row(operation.name, str(threads), *_shown(ours), *_shown(theirs), _share(ours, theirs))
    _console.print(table)


def _operations(library: PostgresStore, rows: int) -> list[Operation]:
    sessions = session_ids(rows)

    def revoke(jti: str) -> None:
        library.revoke_access_token(jti, NOW + 3600, NOW)

    return [
        Operation("session read", lambda key: library.find_session(key, NOW), BareStatements.find_session, sessions),
        Operation("session check", lambda key: library.check_session(key, NOW), BareStatements.check_session, sessions),
        Operation("rotation", library.rotate_refresh_token, BareStatements.rotate, rotations(rows)),
        Operation("code redemption", library.redeem_code, BareStatements.redeem, redemptions(rows)),
        Operation("revocation", revoke, BareStatements.revoke, token_ids()),
    ]


def _compare(
    operation: Operation, bare: list[BareStatements], threads: int, seconds: float, rounds: int
) -> tuple[Sample, Sample]:
    idle: queue.SimpleQueue[BareStatements] = queue.SimpleQueue()
    for connection in bare[:threads]:
        idle.put(connection)

    def on_bare(item: Any) -> None:
        connection = idle.get()
        operation.bare(connection, item)
        idle.put(connection)

    ours, theirs = list[Sample](), list[Sample]()
    for _ in itertools.repeat(None, rounds):
        ours.append(run(operation.library, operation.items, threads, seconds))
        theirs.append(run(on_bare, operation.items, threads, seconds))
    return middle(ours), middle(theirs)


def _table() -> Table:
    table = Table(title="store library beside bare SQL; operations a second, milliseconds")
    table.add_column("operation")
    for heading in ("threads", "library/s", "p50", "p99", "bare/s", "p50", "p99", "share"):
        table.add_column(heading, justify="right")
    return table


def _shown(sample: Sample) -> tuple[str, str, str]:
    return f"{sample.rate:,.0f}", f"{sample.p50:.2f}", f"{sample.p99:.2f}"


def _share(ours: Sample, theirs: Sample) -> str:
    share = ours.rate / theirs.rate
    return f"[{'green' if share >= FLOOR else 'red'}]{share:.0%}[/]"


if __name__ == "__main__":
    app()
