"""The same schema with the tables that requests write to partitioned by the hash of their key."""

import re

import psycopg

from shared.store.postgres.migrations import load_migrations

PARTS = 16
KEYS = {
    "sessions": "session_id",
    "auth_codes": "code",
    "refresh_tokens": "family_id",
    "revoked_access_tokens": "jti",
    "used_assertions": "assertion",
}


def partitioned_schema() -> list[str]:
    """The statements of all migrations; each of those tables has 16 partitions, and nothing else is different."""
    statements = []
    for migration in load_migrations():
        for statement in migration.up.statements:
            created = re.match(r"CREATE TABLE (\w+)", statement)
            name = created[1] if created else ""
            if name not in KEYS:
                # Indexes of partitioned tables cannot be built concurrently.
                statements.append(statement.replace(" CONCURRENTLY", ""))
                continue
            # A partitioned table has no pages, and so no fillfactor; its partitions have.
            whole, _, options = statement.partition("\n) WITH ")
            statements.append(f"{whole.removesuffix(')')}\n) PARTITION BY HASH ({KEYS[name]})")
            of_parts = f" WITH {options}" if options else ""
            statements += [
                f"CREATE TABLE {name}_{part} PARTITION OF {name} "
                f"FOR VALUES WITH (MODULUS {PARTS}, REMAINDER {part}){of_parts}"
                for part in range(PARTS)
            ]
    return statements


def make_partitioned_schema(url: str) -> None:
    """Makes it in an empty database."""
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in partitioned_schema():
            connection.execute(statement.encode())
