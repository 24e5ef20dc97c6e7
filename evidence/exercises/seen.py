"""What can be seen in a plan, as conditions for checks. Queries inside the query are left out."""

from collections.abc import Callable

from evidence.plan import Plan

PlanCondition = Callable[[Plan], bool]


def index_scan(index: str) -> PlanCondition:
    """An Index Scan over this index, which visits the table for each row."""
    return lambda plan: plan.main.node_types == ("Index Scan",) and plan.main.indexes == (index,)


def index_only_scan(index: str) -> PlanCondition:
    """An Index Only Scan over this index, however many rows it then looks up in the table."""
    return lambda plan: plan.main.node_types == ("Index Only Scan",) and plan.main.indexes == (index,)


def bitmap_of(index: str) -> PlanCondition:
    """A bitmap made of this one index."""
    wanted = ("Bitmap Heap Scan", "Bitmap Index Scan")
    return lambda plan: _serial(plan) == wanted and plan.main.indexes == (index,)


def bitmap_of_all(*indexes: str) -> PlanCondition:
    """A bitmap from each of these indexes, and what is in all of them."""
    return lambda plan: "BitmapAnd" in plan.node_types and set(plan.indexes) == set(indexes)


def whole_table(plan: Plan) -> bool:
    """A Seq Scan, by one process or several."""
    return _serial(plan) == ("Seq Scan",)


def no_heap_fetches(index: str) -> PlanCondition:
    """An Index Only Scan over this index that never visits the table."""
    return lambda plan: index_only_scan(index)(plan) and plan.heap_fetches == 0


def heap_fetches(index: str) -> PlanCondition:
    """An Index Only Scan over this index that visits the table after all."""
    return lambda plan: index_only_scan(index)(plan) and bool(plan.heap_fetches)


def _serial(plan: Plan) -> tuple[str, ...]:
    # Large tables are read by several processes, whose rows are gathered.
    return tuple(name for name in plan.main.node_types if name not in {"Gather", "Gather Merge"})
