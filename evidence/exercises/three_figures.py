"""The figures of patterns 3 and 4: what an index entry takes, and what a covering and a partial index bring."""

from collections.abc import Callable, Mapping

from evidence.exercises import autovacuum
from evidence.exercises.check import Check, Figures, Otherwise
from evidence.exercises.seen import index_only_scan, index_scan
from evidence.exercises.step import Ask, Conclude, Explain, Race, Run, Step
from evidence.plan import Plan

SHARES = (30, 50, 90)
TOKEN = "SELECT * FROM refresh_tokens WHERE token_hash = sha256('{}') AND revoked_at IS NULL"


def steps(rows: int) -> tuple[Step, ...]:
    """They follow on exercise 3: its table has the covering index alone."""
    return (*_entry_sizes(), *_covering_speed(), *_partial_sizes(rows), *_token_plans())


def _entry_sizes() -> tuple[Step, ...]:
    return (
        Run(
            "CREATE INDEX idx_sid ON sessions_bench (session_id)",
            further=True,
            note="Pattern 3, size. Both indexes side by side, and one that grew with the table as in real life.",
        ),
        Run("CREATE TABLE sessions_grown (LIKE sessions_bench)", further=True),
        Run("CREATE INDEX grown ON sessions_grown (session_id)", further=True),
        Run(
            "CREATE INDEX grown_covering ON sessions_grown (session_id) INCLUDE (user_id, expires_at, status)",
            further=True,
        ),
        Run("INSERT INTO sessions_grown SELECT * FROM sessions_bench", further=True),
        Ask(
            "(SELECT 'entry', 8 + pg_column_size(session_id) FROM sessions_bench WHERE status = 'active' LIMIT 1)"
            " UNION ALL (SELECT 'covering entry', ceil((8 + pg_column_size(session_id) + pg_column_size(user_id)"
            " + pg_column_size(expires_at) + pg_column_size(status)) / 8.0) * 8"
            " FROM sessions_bench WHERE status = 'active' LIMIT 1)",
            "bytes",
            note="An entry by itself: 8 bytes of header, the columns, rounded up to 8.",
        ),
        Ask(
            "SELECT relname, pg_relation_size(oid)::float8 / (SELECT count(*) FROM sessions_bench) FROM pg_class"
            " WHERE relname IN ('idx_sid', 'idx_sid_covering', 'grown', 'grown_covering') ORDER BY 2",
            "bytes per entry",
            note="The whole index by the number of its entries.",
        ),
        Conclude(
            "By themselves {entry:.0f} and {covering entry:.0f} bytes, {ratio of entries:.2f} times. With line "
            "pointers and free space {idx_sid:.1f} and {idx_sid_covering:.1f} bytes of a new index, {ratio:.2f} times; "
            "{grown:.1f} and {grown_covering:.1f} bytes of one that grew with random keys, {ratio grown:.2f} times.",
            (
                _about("Standard: ~24 bytes per entry", "idx_sid", 24, "entry"),
                _about("Covering: ~56 bytes per entry", "idx_sid_covering", 56, "covering entry"),
                _about("2.3x index size", "ratio", 2.3, "ratio of entries"),
            ),
            {
                "ratio of entries": lambda seen: seen["covering entry"] / seen["entry"],
                "ratio": lambda seen: seen["idx_sid_covering"] / seen["idx_sid"],
                "ratio grown": lambda seen: seen["grown_covering"] / seen["grown"],
            },
        ),
    )


def _about(stated: str, on_disk: str, figure: float, alone: str) -> Check[Figures]:
    """Within 5 % on disk, or else of the entries alone."""

    def near(value: float) -> bool:
        return abs(value - figure) <= 0.05 * figure

    return Check(
        stated,
        lambda seen: near(seen[on_disk]),
        (
            Otherwise(
                lambda seen: near(seen[alone]),
                "true of the entries by themselves; on disk each has a line pointer of 4 bytes besides, and pages are "
                "filled to 90 % at most",
            ),
        ),
    )


def _covering_speed() -> tuple[Step, ...]:
    def each_its_own(plans: Mapping[str, Plan]) -> bool:
        return index_scan("idx_sid")(plans["standard"]) and index_only_scan("idx_sid_covering")(plans["covering"])

    return (
        Run("VACUUM ANALYZE sessions_bench", further=True, note="Pattern 3, speed."),
        Race(
            "SELECT user_id, expires_at, status FROM sessions_bench WHERE session_id = $1",
            "uuid",
            "SELECT session_id FROM sessions_bench ORDER BY random() LIMIT 1000",
            {"standard": {"enable_indexonlyscan": "off"}, "covering": {}},
            Check("Each way has the plan that it is to have", each_its_own, ours=True),
        ),
        Ask(
            "SELECT 'table', pg_relation_size('sessions_bench') / 8192"
            " UNION ALL SELECT 'visibility map', pg_relation_size('sessions_bench', 'vm') / 8192",
            "pages",
            note="What the two ways visit besides their index.",
        ),
        Conclude(
            "Execution takes {faster:.0f} % less, and {faster for the client:.0f} % less with the round trip. Both "
            "look at {standard, blocks:.0f} and {covering, blocks:.0f} blocks: the covering index spares a page of "
            "the table, of {table:.0f}, for one of the visibility map, of {visibility map:.0f}, which is "
            "always in memory.",
            (
                Check[Figures](
                    "~40% query speedup",
                    lambda seen: 30 <= seen["faster"] <= 50,
                    (
                        Otherwise(
                            lambda _: True,
                            "not while everything is in memory, where a page of the table costs about as little as one "
                            "of the index; it is another matter when that page has to be read from disk",
                        ),
                    ),
                ),
            ),
            {
                "faster": lambda seen: 100 * (1 - seen["covering"] / seen["standard"]),
                "faster for the client": lambda seen: (
                    100 * (1 - seen["covering, round trip"] / seen["standard, round trip"])
                ),
            },
        ),
    )


def _partial_sizes(rows: int) -> tuple[Step, ...]:
    measured = tuple(step for share in SHARES for step in _with_share_revoked(share, rows))
    return (
        Run(
            "CREATE TABLE refresh_tokens (token_hash BYTEA, family_id UUID, revoked_at TIMESTAMPTZ)",
            further=True,
            note="Pattern 4: the partial index.",
        ),
        autovacuum.switched_off("refresh_tokens"),
        Run("CREATE INDEX idx_tokens_valid ON refresh_tokens (token_hash, revoked_at)"),
        Run("CREATE INDEX idx_tokens_active ON refresh_tokens (token_hash) WHERE revoked_at IS NULL"),
        *measured,
        Conclude(
            "Smaller by "
            + ", ".join(f"{{smaller {share}:.0f}} % with {share} % revoked" for share in SHARES)
            + ": by their share, and by the bytes of revoked_at. How soon they are swept decides the share.",
            (
                Check[Figures](
                    "~50% smaller typically, with half revoked", lambda seen: 40 <= seen["smaller 50"] <= 60
                ),
                Check[Figures](
                    "At least by the share that is revoked",
                    lambda seen: all(seen[f"smaller {share}"] >= share for share in SHARES),
                    ours=True,
                ),
            ),
            {f"smaller {share}": _saved(share) for share in SHARES},
        ),
    )


def _saved(share: int) -> Callable[[Figures], float]:
    return lambda seen: 100 * (1 - seen[f"partial, {share} % revoked"] / seen[f"full, {share} % revoked"])


def _with_share_revoked(share: int, rows: int) -> tuple[Step, ...]:
    return (
        Run("TRUNCATE refresh_tokens", further=True, note=f"{share} of a hundred tokens are revoked."),
        Run(
            "INSERT INTO refresh_tokens SELECT sha256(i::text::bytea), gen_random_uuid(), CASE WHEN i % 100 <"
            " share THEN now() END FROM generate_series(1, rows) i".replace("share", str(share)).replace(
                "rows", str(rows)
            ),
            further=True,
        ),
        Run("REINDEX TABLE refresh_tokens", further=True),
        Ask(
            f"SELECT 'full, {share} % revoked', pg_relation_size('idx_tokens_valid') / 1024.0"
            f" UNION ALL SELECT 'partial, {share} % revoked', pg_relation_size('idx_tokens_active') / 1024.0",
            "kB",
        ),
    )


def _token_plans() -> tuple[Step, ...]:
    either = Otherwise(
        index_scan("idx_tokens_valid"),
        "both find the one row at the same estimated cost, so that either may be chosen; one of them is too many",
    )
    return (
        Run("VACUUM ANALYZE refresh_tokens", further=True),
        Explain(
            TOKEN.format("99"),
            [
                Check(
                    "Token validation uses the partial index, with both there",
                    index_scan("idx_tokens_active"),
                    (either,),
                )
            ],
            further=True,
        ),
        Run("DROP INDEX idx_tokens_valid", further=True),
        Explain(
            TOKEN.format("99"),
            [Check("Token validation uses the partial index", index_scan("idx_tokens_active"))],
            further=True,
        ),
        Explain(
            TOKEN.format("1"),
            [Check("A revoked token is not found", lambda plan: plan.rows == 0, ours=True)],
            further=True,
        ),
    )
