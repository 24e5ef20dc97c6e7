"""Figures as measuring gives them, made up."""

from evidence.explain.contrasts import CONTRASTS
from evidence.explain.figures import (
    ContrastFigures,
    IndexFigures,
    Percentiles,
    PlanFigures,
    RunFigures,
    StatementFigures,
    TableFigures,
    VacuumFigures,
    WayFigures,
)
from evidence.explain.small_figures import EntryFigures, Evidence, ShareFigures, WriteFigures

INDEXES = {
    "tr6_email": ("Index Scan", "idx_users_email_lower"),
    "tr6_sessions_of_user": ("Index Scan", "idx_sessions_user_status"),
    "session_check": ("Index Only Scan", "idx_sessions_covering"),
    "tr6_token": ("Index Scan", "idx_tokens_active"),
}


def plan(scan: str = "Index Scan", *indexes: str) -> PlanFigures:
    fetches = 0 if scan == "Index Only Scan" else None
    return PlanFigures(f"{scan} <&>", (scan,), indexes, 4, 1, fetches, 0.1, 0.2)


def statement(name: str, p95: float, plan: PlanFigures) -> StatementFigures:
    times = Percentiles(100, p95 / 2, p95, p95 * 2)
    return StatementFigures(
        name,
        f"title of {name}",
        "\nSELECT 1 <&> 2 \n",
        name == "token_rotate",
        plan,
        plan,
        times,
        Percentiles(100, 0.1, 0.2, 0.4),
        times,
        4,
    )


def run(rows: int, p95: float) -> RunFigures:
    statements = [statement(name, p95, plan(*how)) for name, how in INDEXES.items()]
    statements.append(statement("token_rotate", p95, plan("Index Scan", "refresh_tokens_pkey")))
    times = Percentiles(10, 0.02, 0.03, 0.04)
    contrasts = tuple(
        ContrastFigures(
            contrast.title,
            contrast.lesson,
            tuple(
                WayFigures(way.label, way.sql, way.changes, 8192, plan("Seq Scan"), Percentiles(9, 0.02 * cost, 1, 2))
                for cost, way in enumerate(contrast.ways, 1)
            ),
        )
        for contrast in CONTRASTS
    )
    return RunFigures(
        rows,
        1.5,
        tuple(statements),
        (TableFigures("sessions", rows, rows * 100, rows * 110), TableFigures("used", rows // 10, 10, 900)),
        (IndexFigures("idx_sessions_covering", "sessions", "CREATE INDEX", rows * 116, rows),),
        contrasts,
        tuple(VacuumFigures(moment, 100, fetches, times) for moment, fetches in (("vacuumed", 0), ("changed", 60))),
    )


def evidence(*runs: RunFigures) -> Evidence:
    return Evidence(
        {"PostgreSQL": "18.4"},
        "nobody asked before.",
        100,
        runs or (run(1_000, 0.2), run(10_000, 0.3)),
        1_000,
        (EntryFigures("sessions (session_id)", 1_000, 60.0, 80.0),),
        (ShareFigures(0.5, 500_000, 1_000_000),),
        1_000,
        (WriteFigures("both", 80, 1_000, 1_600.0, 867.4, 0.0, 0.0, 3_000.0, 1_500.0, 1_300.0, 2_500.0, 5_000_000),),
    )
