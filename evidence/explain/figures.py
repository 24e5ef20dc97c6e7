"""What was measured, as plain values that every report reads and that are JSON as they stand."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from statistics import median

from evidence.plan import Plan


def nearest_rank(values: Sequence[float], percent: float) -> float:
    """The smallest value that so many percent of the values do not exceed; of at least one value."""
    return sorted(values)[max(ceil(len(values) * percent / 100), 1) - 1]


@dataclass(frozen=True, slots=True)
class Percentiles:
    """Of `count` times in milliseconds."""

    count: int
    p50: float
    p95: float
    p99: float

    @classmethod
    def of(cls, milliseconds: Sequence[float]) -> "Percentiles":
        return cls(len(milliseconds), *(round(nearest_rank(milliseconds, percent), 4) for percent in (50, 95, 99)))

    @classmethod
    def median(cls, passes: Sequence["Percentiles"]) -> "Percentiles":
        """Of several passes over the same: the middle one of each percentile, so that one bad moment does not count."""
        middles = (median(getattr(each, name) for each in passes) for name in ("p50", "p95", "p99"))
        return cls(passes[0].count, *middles)


@dataclass(frozen=True, slots=True)
class PlanFigures:
    """A plan that was run.

    Attributes:
        text: An indented tree.
        blocks: Pages of 8 kB looked at, in PostgreSQL's memory or not.
        blocks_read: Those that were not in PostgreSQL's memory.
        heap_fetches: Rows that index-only scans looked up in the table; None without such a scan.
    """

    text: str
    node_types: tuple[str, ...]
    indexes: tuple[str, ...]
    blocks: int
    blocks_read: int
    heap_fetches: int | None
    planning_ms: float
    execution_ms: float

    @classmethod
    def of(cls, plan: Plan) -> "PlanFigures":
        return cls(
            str(plan),
            plan.node_types,
            plan.indexes,
            plan.shared_blocks,
            int(plan.root.fields.get("Shared Read Blocks", 0)),
            plan.heap_fetches,
            plan.planning_ms,
            plan.execution_ms,
        )

    @property
    def scans(self) -> str:
        """The steps that read tables and indexes, from the top."""
        return ", ".join(kind for kind in self.node_types if kind.endswith("Scan") and kind != "CTE Scan") or "none"


@dataclass(frozen=True, slots=True)
class StatementFigures:
    """A hot statement.

    Attributes:
        client: From asking to having the answer, warm, over one connection.
        beside: The same with the fewest rows, asked in turn with these, so that whatever else the machine did slowed
            both.
        server: Execution as EXPLAIN ANALYZE has it, warm.
        most_blocks: Of any plan that was explained warm.
    """

    name: str
    title: str
    sql: str
    writes: bool
    cold: PlanFigures
    warm: PlanFigures
    client: Percentiles
    beside: Percentiles
    server: Percentiles
    most_blocks: int

    @property
    def growth(self) -> float:
        """The p95 / the p95 with the fewest rows."""
        return self.client.p95 / self.beside.p95


@dataclass(frozen=True, slots=True)
class TableFigures:
    """A table: bytes of its rows, and of its indexes together."""

    name: str
    rows: int
    heap: int
    indexes: int


@dataclass(frozen=True, slots=True)
class IndexFigures:
    """An index, built after its rows were there."""

    name: str
    table: str
    definition: str
    size: int
    entries: int

    @property
    def bytes_per_entry(self) -> float:
        return self.size / max(self.entries, 1)


@dataclass(frozen=True, slots=True)
class WayFigures:
    """One way of indexing or asking.

    Attributes:
        changes: What was done to the schema for it.
        size: Bytes of the indexes that this way is about.
        server: Execution as EXPLAIN ANALYZE has it.
    """

    label: str
    sql: str
    changes: tuple[str, ...]
    size: int
    plan: PlanFigures
    server: Percentiles


@dataclass(frozen=True, slots=True)
class ContrastFigures:
    """Ways to do the same; the first is what the plane does."""

    title: str
    lesson: str
    ways: tuple[WayFigures, ...]

    def cost(self, way: WayFigures) -> float:
        """How many times the median of the first way."""
        return way.server.p50 / max(self.ways[0].server.p50, 0.001)


@dataclass(frozen=True, slots=True)
class VacuumFigures:
    """Checks of sessions at a moment of the table's life: heap fetches of so many checks, and their times."""

    moment: str
    checks: int
    heap_fetches: int
    server: Percentiles


@dataclass(frozen=True, slots=True)
class RunFigures:
    """All that was measured with one number of rows."""

    rows: int
    load_seconds: float
    statements: tuple[StatementFigures, ...]
    tables: tuple[TableFigures, ...]
    indexes: tuple[IndexFigures, ...]
    contrasts: tuple[ContrastFigures, ...]
    vacuum: tuple[VacuumFigures, ...]

    def statement(self, name: str) -> StatementFigures:
        return next(statement for statement in self.statements if statement.name == name)
