"""Autovacuum changes plans at moments of its own; the exercises decide themselves when statistics are made."""

from evidence.exercises.step import Ask, Run


def switched_off(table: str) -> Run:
    """Keeps autovacuum away from a table."""
    return Run(
        f"ALTER TABLE {table} SET (autovacuum_enabled = off)",
        further=True,
        note="Otherwise autovacuum comes at some moment in between, and plans change by themselves.",
    )


SETTINGS = Ask(
    "SELECT name, setting FROM pg_settings WHERE name IN ('autovacuum_naptime',"
    " 'autovacuum_analyze_scale_factor', 'autovacuum_vacuum_insert_scale_factor')",
    "",
    note="When autovacuum would have come by itself: it looks every naptime, in seconds, and comes to tables of which "
    "such a part changed (analyze) or is new (vacuum).",
)
