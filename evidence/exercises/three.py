"""Exercise 3: an index that holds all that a query asks for."""

from evidence.exercises import autovacuum, three_figures
from evidence.exercises.check import Check, Otherwise
from evidence.exercises.seen import heap_fetches, index_scan, no_heap_fetches
from evidence.exercises.step import Exercise, Explain, Run, filled
from evidence.plan import Plan

QUERY = (
    "SELECT user_id, expires_at FROM sessions_bench WHERE session_id = (SELECT session_id FROM sessions_bench LIMIT 1)"
)
AS_ASKED = "EXPLAIN (ANALYZE, BUFFERS)"

NO_VACUUM = Otherwise(
    heap_fetches("idx_sid_covering"),
    "the row is looked up in the table after all: only VACUUM marks pages as visible to all, and none has been here",
)
KEY_WINS = Otherwise(
    index_scan("sessions_bench_pkey"),
    "the primary key is used: before a VACUUM, an Index Only Scan saves nothing, and it is the smaller index",
)


def covering_index(rows: int) -> Exercise:
    return Exercise(
        "Exercise 3: Covering Index Heap Fetch Reduction",
        "The standard index shows a count of heap fetches, the covering index none: Heap Fetches: 0.",
        (
            Run(
                "CREATE TABLE sessions_bench (session_id UUID PRIMARY KEY, user_id UUID, expires_at TIMESTAMPTZ,"
                " status VARCHAR(20))"
            ),
            autovacuum.switched_off("sessions_bench"),
            filled(
                "INSERT INTO sessions_bench SELECT gen_random_uuid(), gen_random_uuid(), NOW() + (random() * 3600 ||"
                " ' seconds')::interval, 'active' FROM generate_series(1, 100000)",
                rows,
            ),
            *_standard_index(),
            *_covering_index(),
            *three_figures.steps(rows),
        ),
    )


def _standard_index() -> tuple[Run | Explain, ...]:
    by_key = Otherwise(index_scan("sessions_bench_pkey"), "the primary key is the same index, and is used instead")
    return (
        Run("CREATE INDEX idx_sid ON sessions_bench (session_id)"),
        Explain(
            QUERY,
            [
                Check("Index Scan on idx_sid", index_scan("idx_sid"), (by_key,)),
                Check(
                    "Heap Fetches count",
                    lambda plan: plan.heap_fetches is not None,
                    (
                        Otherwise(
                            lambda plan: plan.main.node_types == ("Index Scan",),
                            "only an Index Only Scan counts heap fetches; an Index Scan visits the table for every "
                            "row, which shows in its blocks alone",
                        ),
                    ),
                ),
                Check("The inner SELECT runs once, before the rest", _has_init_plan, ours=True),
            ],
            shown_as=AS_ASKED,
        ),
        Run("DROP INDEX idx_sid"),
        Explain(
            QUERY,
            [Check("The primary key gives the same plan: idx_sid was of no use", _by_primary_key, ours=True)],
            further=True,
            note="The same without idx_sid.",
            shown_as=AS_ASKED,
        ),
    )


def _covering_index() -> tuple[Run | Explain, ...]:
    return (
        Run("CREATE INDEX idx_sid_covering ON sessions_bench (session_id) INCLUDE (user_id, expires_at, status)"),
        Explain(
            QUERY,
            [
                Check(
                    "Heap Fetches: 0, right after the index was made",
                    no_heap_fetches("idx_sid_covering"),
                    (NO_VACUUM, KEY_WINS),
                )
            ],
            shown_as=AS_ASKED,
        ),
        Run(
            "VACUUM ANALYZE sessions_bench",
            further=True,
            note="What autovacuum does after a while. The primary key is still there, and is not chosen any more:",
        ),
        Explain(
            QUERY,
            [Check("Heap Fetches: 0, after a VACUUM", no_heap_fetches("idx_sid_covering"))],
            further=True,
            shown_as=AS_ASKED,
        ),
        Run(
            "UPDATE sessions_bench SET status = 'revoked' WHERE session_id = (SELECT session_id FROM sessions_bench"
            " LIMIT 1)",
            further=True,
            note="One session of that page changes.",
        ),
        Explain(
            QUERY,
            [
                Check(
                    "Heap Fetches: 0, after a session of the same page changed",
                    no_heap_fetches("idx_sid_covering"),
                    (
                        Otherwise(
                            heap_fetches("idx_sid_covering"),
                            "every write takes the mark from its page, and the table is visited for all sessions there "
                            "until the next VACUUM: zero is a state that autovacuum keeps up, not a property of the "
                            "index",
                        ),
                    ),
                )
            ],
            further=True,
            shown_as=AS_ASKED,
        ),
        *_vacuum_again(),
        Run(
            "ALTER TABLE sessions_bench DROP CONSTRAINT sessions_bench_pkey",
            further=True,
            note="Without the primary key.",
        ),
        Explain(
            QUERY,
            [Check("Heap Fetches: 0, without the primary key too", no_heap_fetches("idx_sid_covering"), ours=True)],
            further=True,
            shown_as=AS_ASKED,
        ),
    )


def _vacuum_again() -> tuple[Run | Explain, ...]:
    return (
        Run("VACUUM sessions_bench", further=True, note="The next VACUUM."),
        Explain(
            QUERY,
            [
                Check(
                    "Heap Fetches: 0, after the next VACUUM",
                    no_heap_fetches("idx_sid_covering"),
                    (
                        Otherwise(
                            heap_fetches("idx_sid_covering"),
                            "a VACUUM that finds less than 2 % of the pages with dead rows spares itself the indexes, "
                            "and leaves those pages without the mark",
                        ),
                    ),
                )
            ],
            further=True,
            shown_as=AS_ASKED,
        ),
        Run("VACUUM (INDEX_CLEANUP ON) sessions_bench", further=True, note="A VACUUM that spares nothing."),
    )


def _has_init_plan(plan: Plan) -> bool:
    return plan.main != plan


def _by_primary_key(plan: Plan) -> bool:
    return index_scan("sessions_bench_pkey")(plan)
