"""Exercise 1: an index on LOWER(email) serves that function and nothing else."""

from evidence.exercises import autovacuum
from evidence.exercises.check import Check, Figures, Otherwise
from evidence.exercises.seen import bitmap_of, index_scan, whole_table
from evidence.exercises.step import Ask, Conclude, Exercise, Explain, Run, Time, filled
from evidence.plan import Plan

LOWER = "SELECT * FROM users_test WHERE LOWER(email) = LOWER('USER50000@EXAMPLE.COM')"
ILIKE = "SELECT * FROM users_test WHERE email ILIKE 'user50000@example.com'"

ILIKE_READS_ALL = Check[Plan]("ILIKE does not use the index", whole_table)


def function_based_index_trap(rows: int) -> Exercise:
    return Exercise(
        "Exercise 1: Function-Based Index Trap",
        "ILIKE is a pattern match, not a function call. Index only works with LOWER().",
        (
            Run("CREATE TABLE users_test (id SERIAL, email VARCHAR(255))"),
            autovacuum.switched_off("users_test"),
            filled(
                "INSERT INTO users_test (email) SELECT 'user' || i || '@example.com' FROM generate_series(1, 100000) i",
                rows,
            ),
            Run("CREATE INDEX idx_email_lower ON users_test (LOWER(email))"),
            Explain(
                LOWER,
                [
                    Check(
                        "Index Scan on idx_email_lower, right after the index was made",
                        index_scan("idx_email_lower"),
                        (
                            Otherwise(
                                bitmap_of("idx_email_lower"),
                                "the index is used, but as a bitmap: there are no statistics on LOWER(email) before an "
                                "ANALYZE, and the planner guesses one row in 200",
                            ),
                        ),
                    )
                ],
            ),
            Explain(ILIKE, [ILIKE_READS_ALL]),
            *_with_statistics(),
            *_other_forms(),
            *_few_rows(),
        ),
    )


def _with_statistics() -> tuple[Ask | Run | Explain | Time | Conclude, ...]:
    return (
        autovacuum.SETTINGS,
        Run("ANALYZE users_test", further=True, note="What autovacuum does after a while."),
        Explain(
            LOWER,
            [Check("Index Scan on idx_email_lower, with statistics", index_scan("idx_email_lower"))],
            further=True,
        ),
        Explain(ILIKE, [Check("ILIKE does not use the index, with statistics", whole_table)], further=True),
        Time("lower", LOWER),
        Time("ilike", ILIKE, times=21),
        Conclude(
            "With LOWER() it takes {lower:.3f} ms, with ILIKE {ilike:.1f} ms: {times:,.0f} times as long.",
            [Check[Figures]("ILIKE is slow", lambda figures: figures["times"] > 10)],
            {"times": lambda figures: figures["ilike"] / figures["lower"]},
        ),
    )


def _other_forms() -> tuple[Ask | Explain | Conclude, ...]:
    return (
        Explain(
            "SELECT * FROM users_test WHERE UPPER(email) = UPPER('user50000@example.com')",
            [Check("The query's function must be the index's", whole_table)],
            further=True,
            note="Another function that says the same.",
        ),
        Explain(
            "SELECT * FROM users_test WHERE LOWER(email) LIKE 'user50000@example.com'",
            [
                Check(
                    "It fails because it is a pattern match",
                    whole_table,
                    (
                        Otherwise(
                            index_scan("idx_email_lower"),
                            "LIKE is a pattern match too and uses the index: PostgreSQL makes an equality of a pattern "
                            "without wildcards, but only for operators that respect case. So the answer is right that "
                            "ILIKE fails, and half right why: a B-tree has no order in which ILIKE's matches are "
                            "neighbours",
                        ),
                    ),
                )
            ],
            further=True,
            note="A pattern match on the function of the index.",
        ),
        Explain(
            "SELECT * FROM users_test WHERE LOWER(email) ILIKE 'user50000@example.com'",
            [Check("ILIKE does not use the index even on LOWER(email)", whole_table, ours=True)],
            further=True,
            note="ILIKE on the function of the index.",
        ),
        Ask(
            "SELECT 'matches', count(*) FROM users_test WHERE email ILIKE 'user_0000@example.com'",
            "users",
            note="Why ILIKE is wrong besides: in a pattern, the underscore of an address stands for any character.",
        ),
        Conclude(
            "ILIKE with an address as the pattern finds {matches:.0f} users, none of whom has that address.",
            [Check[Figures]("ILIKE finds other people's addresses", lambda seen: seen["matches"] > 1, ours=True)],
        ),
    )


def _few_rows() -> tuple[Run | Explain, ...]:
    query = "SELECT * FROM users_few WHERE LOWER(email) = LOWER('USER50@EXAMPLE.COM')"
    return (
        Run(
            "CREATE TABLE users_few AS SELECT * FROM users_test WHERE id <= 50",
            further=True,
            note="The same with fifty users, as in a small test database.",
        ),
        Run("CREATE INDEX idx_few_lower ON users_few (LOWER(email))", further=True),
        Run("ANALYZE users_few", further=True),
        Explain(
            query,
            [
                Check(
                    "Index Scan, not Seq Scan, with few rows",
                    index_scan("idx_few_lower"),
                    (
                        Otherwise(
                            whole_table,
                            "all fifty rows are on one page, and reading it is cheaper than going down an index; "
                            "a plan on a small table says nothing about a large one",
                        ),
                    ),
                )
            ],
            further=True,
        ),
        Run("SET enable_seqscan = off", further=True, note="Without that choice:"),
        Explain(query, [Check("The index can be used", index_scan("idx_few_lower"), ours=True)], further=True),
        Run("RESET enable_seqscan", further=True),
    )
