"""Exercise 2: one index on two columns instead of two indexes."""

from evidence.exercises import autovacuum
from evidence.exercises.check import Check, Figures, Otherwise
from evidence.exercises.seen import bitmap_of, bitmap_of_all, index_scan, whole_table
from evidence.exercises.step import Conclude, Exercise, Explain, Run, Time, filled

QUERY = "SELECT * FROM sessions_test WHERE user_id = 500 AND status = 'active'"

TWO, ONE_FILTERED, COMPOSITE, AS_INDEX_SCAN, CLUSTERED = (
    "both indexes",
    "idx_user and filter",
    "idx_user_status, bitmap",
    "idx_user_status, Index Scan",
    "idx_user_status, clustered",
)


def single_or_multiple_indexes(rows: int) -> Exercise:
    return Exercise(
        "Exercise 2: Single vs Multiple Indexes",
        "Two single indexes give a Bitmap Heap Scan with two Bitmap Index Scans; the composite index a single Index "
        "Scan, which is faster.",
        (
            Run("CREATE TABLE sessions_test (id SERIAL, user_id INT, status VARCHAR(20))"),
            autovacuum.switched_off("sessions_test"),
            filled(
                "INSERT INTO sessions_test (user_id, status) SELECT i % 1000, CASE WHEN random() > 0.7 THEN 'expired'"
                " ELSE 'active' END FROM generate_series(1, 100000) i",
                rows,
            ),
            *_two_indexes(),
            *_one_index(),
            *_order_of_columns(),
            *_clustered(),
            _times(),
        ),
    )


def _two_indexes() -> tuple[Run | Explain | Time, ...]:
    only_user = Otherwise(
        bitmap_of("idx_user"),
        "only idx_user is read: with statistics the planner knows that most sessions are active, so that the second "
        "bitmap would cost more than it saves. Two indexes are combined above only because nothing was known yet",
    )
    return (
        Run("CREATE INDEX idx_user ON sessions_test (user_id)"),
        Run("CREATE INDEX idx_status ON sessions_test (status)"),
        Explain(
            QUERY,
            [
                Check(
                    "Two Bitmap Index Scans, right after the indexes were made", bitmap_of_all("idx_user", "idx_status")
                )
            ],
        ),
        Time(TWO, QUERY),
        Run("ANALYZE sessions_test", further=True, note="What autovacuum does after a while."),
        Explain(
            QUERY,
            [Check("Two Bitmap Index Scans, with statistics", bitmap_of_all("idx_user", "idx_status"), (only_user,))],
            further=True,
        ),
        Time(ONE_FILTERED, QUERY),
    )


def _one_index() -> tuple[Run | Explain | Time, ...]:
    as_bitmap = Otherwise(
        bitmap_of("idx_user_status"),
        "one index is enough, as stated, but it is read as a bitmap: a user's sessions lie on as many pages, which are "
        "then visited in the table's order. That is no combination of indexes",
    )
    return (
        Run("DROP INDEX idx_user"),
        Run("DROP INDEX idx_status"),
        Run("CREATE INDEX idx_user_status ON sessions_test (user_id, status)"),
        Explain(QUERY, [Check("Single Index Scan", index_scan("idx_user_status"), (as_bitmap,))]),
        Time(COMPOSITE, QUERY),
        Run("SET enable_bitmapscan = off", further=True, note="Without that choice:"),
        Explain(
            QUERY,
            [Check("Index Scan when bitmaps are ruled out", index_scan("idx_user_status"), ours=True)],
            further=True,
        ),
        Time(AS_INDEX_SCAN, QUERY),
        Run("RESET enable_bitmapscan", further=True),
    )


def _order_of_columns() -> tuple[Explain, ...]:
    return (
        Explain(
            "SELECT * FROM sessions_test WHERE status = 'active'",
            [Check("(user_id, status) does not serve status alone", whole_table)],
            further=True,
            note="Pattern 2: the order of columns matters.",
        ),
        Explain(
            "SELECT * FROM sessions_test WHERE status = 'revoked'",
            [
                Check(
                    "(user_id, status) does not serve a rare status alone efficiently",
                    lambda plan: whole_table(plan) or plan.shared_blocks > 20,
                    (
                        Otherwise(
                            index_scan("idx_user_status"),
                            "the leading column has so few values that the index is searched once for each of them",
                        ),
                    ),
                )
            ],
            further=True,
            note="A status that no session has: here the index is read from end to end, which is less than the table.",
        ),
    )


def _clustered() -> tuple[Run | Explain | Time, ...]:
    return (
        Run(
            "CLUSTER sessions_test USING idx_user_status",
            further=True,
            note="When the rows of a user lie side by side:",
        ),
        Run("ANALYZE sessions_test", further=True),
        Explain(
            QUERY,
            [Check("Single Index Scan, when the table is in the index's order", index_scan("idx_user_status"))],
            further=True,
        ),
        Time(CLUSTERED, QUERY),
    )


def _times() -> Conclude:
    busy = Otherwise[Figures](lambda _: True, "not in this run; times on a busy machine say little")
    return Conclude(
        f"p50: {{{TWO}:.3f}} ms with both indexes combined, {{{ONE_FILTERED}:.3f}} ms with idx_user and a filter, "
        f"{{{COMPOSITE}:.3f}} ms with idx_user_status as a bitmap, {{{AS_INDEX_SCAN}:.3f}} ms as an Index Scan, "
        f"{{{CLUSTERED}:.3f}} ms when clustered.",
        [
            Check("Faster than two indexes combined", lambda seen: seen[COMPOSITE] < seen[TWO], (busy,)),
            Check(
                "Faster than what is really done with two indexes, by a tenth or more",
                lambda seen: seen[COMPOSITE] < 0.9 * seen[ONE_FILTERED],
                (
                    Otherwise(
                        lambda _: True,
                        "about the same: idx_user alone finds the user's few sessions, and dropping the expired ones "
                        "among them costs little",
                    ),
                ),
            ),
        ],
    )
