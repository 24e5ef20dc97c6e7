"""What was measured once, on a small table, and everything together."""

from dataclasses import dataclass

from evidence.explain.figures import RunFigures


@dataclass(frozen=True, slots=True)
class WriteFigures:
    """What rotating refresh tokens costs with a set of indexes.

    Attributes:
        label: The indexes on the token's hash.
        rotations: In each of two rounds: on a table just filled, right after a checkpoint, so that each page is logged
            whole once; and then on pages that have been written since.
        first_wal, wal: Bytes of write-ahead log for each rotation of these rounds.
        first_hot, hot: Shares of rotations that wrote no index (HOT updates) in them.
        per_second: Without waiting for the disk, one after another.
        durable_per_second: Each waits until it is on disk, one after another.
        insert_wal: Bytes of write-ahead log for each new family.
        inserts_per_second: Of new families, without waiting for the disk.
        heap: Bytes of the table's rows in the end.
    """

    label: str
    fillfactor: int
    rotations: int
    first_wal: float
    wal: float
    first_hot: float
    hot: float
    per_second: float
    durable_per_second: float
    insert_wal: float
    inserts_per_second: float
    heap: int


@dataclass(frozen=True, slots=True)
class EntryFigures:
    """Bytes for each entry of an index: built at once over rows that are there, and grown row by row."""

    label: str
    entries: int
    built: float
    grown: float


@dataclass(frozen=True, slots=True)
class ShareFigures:
    """Bytes of the partial and of the full index on a token's hash, at a share of revoked rows."""

    revoked: float
    partial: int
    full: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that a report shows.

    Attributes:
        host: Facts about machine and server, by name.
        cold: What "cold" means here.
        repeat: How many random keys each statement was asked with.
        runs: By rising number of rows.
        copied_rows: How many rows `entries` and `shares` were measured with.
        written_rows: How many rows `writes` were measured with.
    """

    host: dict[str, str]
    cold: str
    repeat: int
    runs: tuple[RunFigures, ...]
    copied_rows: int
    entries: tuple[EntryFigures, ...]
    shares: tuple[ShareFigures, ...]
    written_rows: int
    writes: tuple[WriteFigures, ...]
