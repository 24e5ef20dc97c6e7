"""Plans as PostgreSQL gives them with EXPLAIN (FORMAT JSON), 15 to 18."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# What a reader wants to see of a node, in the order of EXPLAIN's own text.
_DETAILS = (
    "Index Cond", "Recheck Cond", "Filter", "Hash Cond", "Join Filter", "Sort Key", "Rows Removed by Filter",
    "Rows Removed by Index Recheck", "Heap Fetches", "Index Searches",
)  # fmt: skip  # One a line would fill half a page.


@dataclass(frozen=True, slots=True)
class Node:
    """One step of a plan.

    Attributes:
        fields: As EXPLAIN names them, without the steps below.
        children: The steps that feed it.
    """

    fields: Mapping[str, Any]
    children: tuple["Node", ...] = ()

    @classmethod
    def parse(cls, fields: Mapping[str, Any]) -> "Node":
        own = {name: value for name, value in fields.items() if name != "Plans"}
        return cls(own, tuple(cls.parse(child) for child in fields.get("Plans", ())))

    @property
    def type(self) -> str:
        """E.g. "Index Only Scan"."""
        return str(self.fields["Node Type"])

    @property
    def index(self) -> str | None:
        return self.fields.get("Index Name")

    @property
    def relation(self) -> str | None:
        return self.fields.get("Relation Name")

    @property
    def is_subplan(self) -> bool:
        """Whether it answers a query inside the query, once before it (InitPlan) or for each row (SubPlan)."""
        return self.fields.get("Parent Relationship") in {"InitPlan", "SubPlan"}

    def walk(self) -> Iterator["Node"]:
        """This node and all below, from the top."""
        yield self
        for child in self.children:
            yield from child.walk()

    def without_subplans(self) -> "Node":
        return Node(self.fields, tuple(child.without_subplans() for child in self.children if not child.is_subplan))

    def in_all_loops(self, field: str) -> int:
        """A count that EXPLAIN gives as the average of a node's executions."""
        return round(float(self.fields.get(field, 0)) * float(self.fields.get("Actual Loops", 1)))

    def lines(self, depth: int = 0) -> Iterator[str]:
        """As an indented tree."""
        indent = "  " * depth
        yield f"{indent}{'-> ' if depth else ''}{self._title()}  ({self._figures()})"
        for name in _DETAILS:
            if name in self.fields and not (name.startswith("Rows Removed") and not self.fields[name]):
                yield f"{indent}     {name}: {_value(self.fields[name])}"
        for child in self.children:
            yield from child.lines(depth + 1)

    def _title(self) -> str:
        parallel = "Parallel " if self.fields.get("Parallel Aware") else ""
        subplan = f"{self.fields['Subplan Name']}: " if self.is_subplan and "Subplan Name" in self.fields else ""
        if self.type == "Bitmap Index Scan":
            return f"{subplan}{self.type} on {self.index}"
        using = f" using {self.index}" if self.index else ""
        on = f" on {self.relation}" if self.relation else ""
        return f"{subplan}{parallel}{self.type}{using}{on}"

    def _figures(self) -> str:
        expected = self.fields.get("Plan Rows", 0)
        if "Actual Rows" not in self.fields:
            return f"expected rows {expected}"
        rows = self.in_all_loops("Actual Rows")
        parts = [f"rows {rows}" if rows == expected else f"rows {rows}, expected {expected}"]
        if "Actual Total Time" in self.fields:
            parts.append(f"{self.fields['Actual Total Time']:.3f} ms")
        if "Shared Hit Blocks" in self.fields:
            parts.append(f"blocks {_blocks(self)}")
        return "; ".join(parts)


@dataclass(frozen=True, slots=True)
class Plan:
    """What PostgreSQL does, or did, for a statement.

    Attributes:
        root: The step that gives the result.
        planning_ms: Milliseconds it took to find the plan; 0 when EXPLAIN did not say.
        execution_ms: Milliseconds it took to run it; 0 when it did not run.
    """

    root: Node
    planning_ms: float = 0.0
    execution_ms: float = 0.0

    @classmethod
    def parse(cls, explained: Any) -> "Plan":
        """Reads what EXPLAIN (FORMAT JSON) returns, as decoded JSON.

        Raises:
            ValueError: It is not that.
        """
        match explained:
            case [{"Plan": {"Node Type": str()} as root}]:
                times: Mapping[str, Any] = explained[0]
                return cls(Node.parse(root), times.get("Planning Time", 0.0), times.get("Execution Time", 0.0))
            case _:
                raise ValueError("this is not what EXPLAIN (FORMAT JSON) returns for one statement")

    def nodes(self) -> Iterator[Node]:
        """All steps, from the top."""
        return self.root.walk()

    @property
    def main(self) -> "Plan":
        """The same without the queries inside the query."""
        return Plan(self.root.without_subplans(), self.planning_ms, self.execution_ms)

    @property
    def node_types(self) -> tuple[str, ...]:
        """From the top, a type as often as it occurs."""
        return tuple(node.type for node in self.nodes())

    @property
    def indexes(self) -> tuple[str, ...]:
        """The names of the indexes read, from the top."""
        return tuple(node.index for node in self.nodes() if node.index)

    @property
    def heap_fetches(self) -> int | None:
        """Rows that index-only scans had to look up in the table; None when the plan has no such scan."""
        found = [int(node.fields["Heap Fetches"]) for node in self.nodes() if "Heap Fetches" in node.fields]
        return sum(found) if found else None

    @property
    def rows_removed_by_filter(self) -> int:
        """Rows that were read and thrown away."""
        return sum(node.in_all_loops("Rows Removed by Filter") for node in self.nodes())

    @property
    def rows(self) -> int:
        return self.root.in_all_loops("Actual Rows")

    @property
    def shared_blocks(self) -> int:
        """Blocks of tables and indexes that were looked at, in memory or not; needs EXPLAIN (BUFFERS)."""
        return _blocks(self.root)

    def __str__(self) -> str:
        """The plan as an indented tree, for people."""
        return "\n".join(self.root.lines())


def _blocks(node: Node) -> int:
    # A node's count has those of all below in it.
    return int(node.fields.get("Shared Hit Blocks", 0)) + int(node.fields.get("Shared Read Blocks", 0))


def _value(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, Sequence) and not isinstance(value, str) else str(value)
