"""Plans as EXPLAIN (FORMAT JSON) gives them."""

from typing import Any

import pytest

from evidence.plan import Plan


def explained(root: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"Plan": root, "Planning Time": 0.2, "Execution Time": 1.5}]


INDEX_ONLY = {
    "Node Type": "Index Only Scan",
    "Index Name": "idx_sid_covering",
    "Relation Name": "sessions",
    "Plan Rows": 1,
    "Actual Rows": 1,
    "Actual Loops": 1,
    "Actual Total Time": 0.02,
    "Index Cond": "(session_id = $0)",
    "Heap Fetches": 0,
    "Shared Hit Blocks": 3,
    "Shared Read Blocks": 2,
    "Plans": [
        {
            "Node Type": "Limit",
            "Parent Relationship": "InitPlan",
            "Subplan Name": "InitPlan 1",
            "Plan Rows": 1,
            "Shared Hit Blocks": 1,
            "Plans": [{"Node Type": "Seq Scan", "Relation Name": "sessions", "Plan Rows": 100}],
        }
    ],
}
BITMAP_AND = {
    "Node Type": "Bitmap Heap Scan",
    "Relation Name": "sessions",
    "Actual Rows": 60,
    "Actual Loops": 1,
    "Rows Removed by Filter": 4,
    "Plans": [
        {
            "Node Type": "BitmapAnd",
            "Plans": [
                {"Node Type": "Bitmap Index Scan", "Index Name": "idx_user"},
                {"Node Type": "Bitmap Index Scan", "Index Name": "idx_status"},
            ],
        }
    ],
}


def test_nodes_come_from_the_top() -> None:
    """All of them, an InitPlan's too."""
    plan = Plan.parse(explained(INDEX_ONLY))

    assert plan.node_types == ("Index Only Scan", "Limit", "Seq Scan")
    assert [node.relation for node in plan.nodes()] == ["sessions", None, "sessions"]


def test_the_main_plan_has_no_queries_inside_the_query() -> None:
    """A Seq Scan of an InitPlan is none of the query itself."""
    plan = Plan.parse(explained(INDEX_ONLY)).main

    assert (plan.node_types, plan.execution_ms, plan.planning_ms) == (("Index Only Scan",), 1.5, 0.2)


def test_a_bitmap_names_all_its_indexes() -> None:
    """In the order in which they are read."""
    assert Plan.parse(explained(BITMAP_AND)).indexes == ("idx_user", "idx_status")


def test_blocks_are_those_of_the_whole_statement() -> None:
    """Found in memory or read, and not added up over nodes, each of which counts those below it."""
    assert Plan.parse(explained(INDEX_ONLY)).shared_blocks == 5


@pytest.mark.parametrize(("root", "expected"), [(INDEX_ONLY, 0), (BITMAP_AND, None)])
def test_heap_fetches_are_counted_where_there_can_be_any(root: dict[str, Any], expected: int | None) -> None:
    """A plan without an Index Only Scan does not pass for one that fetched nothing."""
    assert Plan.parse(explained(root)).heap_fetches == expected


def test_counts_that_are_averages_of_loops_become_sums() -> None:
    """PostgreSQL 18 gives such averages with decimals."""
    scan = {"Node Type": "Seq Scan", "Actual Rows": 0.33, "Actual Loops": 3, "Rows Removed by Filter": 33.0}
    plan = Plan.parse(explained(scan))

    assert (plan.rows, plan.rows_removed_by_filter) == (1, 99)


def test_text_is_an_indented_tree() -> None:
    """With what matters of each node, and without what is zero by nature."""
    assert str(Plan.parse(explained(INDEX_ONLY))).splitlines() == [
        "Index Only Scan using idx_sid_covering on sessions  (rows 1; 0.020 ms; blocks 5)",
        "     Index Cond: (session_id = $0)",
        "     Heap Fetches: 0",
        "  -> InitPlan 1: Limit  (expected rows 1)",
        "    -> Seq Scan on sessions  (expected rows 100)",
    ]


@pytest.mark.parametrize("nonsense", [None, [], {}, [{}], [{"Plan": {}}], [{"Plan": "Seq Scan"}], "Seq Scan on users"])
def test_anything_else_is_refused(nonsense: object) -> None:
    """A plan that cannot be read must not look like one without nodes."""
    with pytest.raises(ValueError, match="EXPLAIN"):
        Plan.parse(nonsense)
