"""A plan in one sentence."""

from evidence.plan import Plan


def reading(plan: Plan) -> str:
    """What the plan does, for whoever does not read plans every day."""
    first = " The inner SELECT is an InitPlan: it runs once, before all else." if _has_init_plan(plan) else ""
    return f"{_main(plan.main)}{first}"


def _has_init_plan(plan: Plan) -> bool:
    return any(node.fields.get("Parent Relationship") == "InitPlan" for node in plan.nodes())


def _main(plan: Plan) -> str:
    types, indexes, removed = plan.node_types, ", ".join(plan.indexes), plan.rows_removed_by_filter
    if "BitmapAnd" in types:
        return f"Makes a bitmap from each of {indexes}, keeps what is in all of them, then visits those rows."
    if "Bitmap Index Scan" in types:
        dropped = f", where {removed:,} more are looked at and dropped" if removed else ""
        return f"{indexes} gives a bitmap of pages and rows; the table is visited in its own order{dropped}."
    if plan.heap_fetches == 0:
        return f"All that is asked for is in {indexes}; the table is not visited."
    if plan.heap_fetches:
        return (
            f"{indexes} has all the columns, yet {plan.heap_fetches} row(s) were looked up in the table all the same."
        )
    if "Index Scan" in types:
        return f"Goes down {indexes} and visits the table for each row found; {plan.shared_blocks} blocks in all."
    return f"Reads the whole table: {removed:,} rows are looked at and dropped."
