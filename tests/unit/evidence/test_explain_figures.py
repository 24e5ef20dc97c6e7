"""Percentiles, and what is computed from figures."""

from dataclasses import replace

import pytest

from evidence.explain.criteria import criteria
from evidence.explain.figures import Percentiles, RunFigures, StatementFigures, nearest_rank
from tests.unit.evidence.explained import evidence, plan, run, statement

CRITERIA = (
    "Email lookup uses function-based index on LOWER(email)",
    "Session queries use single composite index, not bitmap index combination",
    "Session validation achieves Index Only Scan (0 heap fetches)",
    "Token validation uses partial index for unrevoked tokens",
    "All auth hot path queries verified <100ms p95 with EXPLAIN ANALYZE",
    "Index size overhead documented and within acceptable bounds",
    "Further: no hot statement reads a whole table or an unbounded number of blocks",
)


@pytest.mark.parametrize(
    ("percent", "expected"), [(50, 50.0), (95, 95.0), (99, 99.0), (100, 100.0), (0.5, 1.0), (95.1, 96.0)]
)
def test_a_percentile_is_one_of_the_values(percent: float, expected: float) -> None:
    """The smallest that so many percent do not exceed, in whatever order they come."""
    assert expected == nearest_rank([float(value) for value in range(100, 0, -1)], percent)


def test_percentiles_of_a_single_value_are_that_value() -> None:
    assert Percentiles(1, 3.0, 3.0, 3.0) == Percentiles.of([3.0])


def test_percentiles_of_few_values_are_the_largest() -> None:
    """The 95th and the 99th of four values; the median is the second."""
    assert Percentiles(4, 2.0, 4.0, 4.0) == Percentiles.of([4.0, 1.0, 3.0, 2.0])


def test_growth_compares_the_largest_rows_with_the_smallest() -> None:
    """By p95 as the client sees it, of requests in turn."""
    assert 1.5 == pytest.approx(run(10_000, 0.3).statement("tr6_email").growth)


def test_one_bad_pass_does_not_count() -> None:
    """Of three passes each percentile is the middle one."""
    passes = [Percentiles(9, 1.0, 2.0, 30.0), Percentiles(9, 9.0, 3.0, 20.0), Percentiles(9, 2.0, 90.0, 10.0)]
    assert Percentiles(9, 2.0, 3.0, 20.0) == Percentiles.median(passes)


def test_a_way_costs_as_many_times_the_first() -> None:
    """By medians; the first costs itself once."""
    contrast = run(1_000, 0.2).contrasts[0]
    assert [1.0, 2.0, 3.0, 4.0, 5.0] == [pytest.approx(contrast.cost(way)) for way in contrast.ways]


def test_all_criteria_hold_when_the_plans_are_right() -> None:
    """They are the six of TR-6, in its words, and one of ours."""
    found = list(criteria(evidence()))
    assert [(text, True) for text in CRITERIA] == [(each.text, each.holds) for each in found]


def changed(figures: RunFigures, wrong: StatementFigures) -> RunFigures:
    kept = tuple(wrong if each.name == wrong.name else each for each in figures.statements)
    return replace(figures, statements=kept)


@pytest.mark.parametrize(
    ("broken", "wrong"),
    [
        (0, statement("tr6_email", 0.2, plan("Seq Scan"))),
        (0, statement("tr6_email", 0.2, plan("Index Scan", "idx_users_username_lower"))),
        (1, statement("tr6_sessions_of_user", 0.2, plan("Index Scan", "idx_sessions_user"))),
        (
            1,
            statement(
                "tr6_sessions_of_user",
                0.2,
                replace(
                    plan("Bitmap Heap Scan", "idx_sessions_user_status"), node_types=("Bitmap Heap Scan", "BitmapAnd")
                ),
            ),
        ),
        (2, statement("session_check", 0.2, plan("Index Scan", "idx_sessions_covering"))),
        (2, statement("session_check", 0.2, replace(plan("Index Only Scan", "idx_sessions_covering"), heap_fetches=1))),
        (3, statement("tr6_token", 0.2, plan("Index Scan", "idx_tokens_hash_active"))),
        (4, statement("token_rotate", 100.1, plan("Index Scan", "refresh_tokens_pkey"))),
        (
            6,
            statement(
                "token_rotate", 0.2, replace(plan("ModifyTable"), text="->  Seq Scan on refresh_tokens  (rows 1)")
            ),
        ),
        (6, replace(statement("token_rotate", 0.2, plan("Index Scan", "refresh_tokens_pkey")), most_blocks=161)),
    ],
)
def test_a_criterion_fails_when_one_run_is_otherwise(broken: int, wrong: StatementFigures) -> None:
    """And no other does."""
    runs = (changed(run(1_000, 0.2), wrong), run(10_000, 0.3))
    assert [broken] == [at for at, each in enumerate(criteria(evidence(*runs))) if not each.holds]


def test_indexes_that_outgrow_their_table_fail_the_sixth_criterion() -> None:
    """Small tables beside the ones that people and tokens fill do not count."""
    figures = run(1_000, 0.2)
    large = replace(figures, tables=(replace(figures.tables[0], indexes=130_000), figures.tables[1]))
    last = list(criteria(evidence(large)))[5]
    assert (False, True) == (last.holds, "1.30 (sessions, 1,000 rows)" in last.seen)
