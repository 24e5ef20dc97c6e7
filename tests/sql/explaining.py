"""What PostgreSQL does for a statement, with its real parameters."""

from typing import Any

import psycopg

from evidence.explain.keys import Keys
from evidence.explain.statements import HOT_STATEMENTS
from evidence.plan import Node, Plan

STATEMENTS = {statement.name: statement for statement in HOT_STATEMENTS}


class Explainer:
    """Explains hot statements on a connection; what they change is taken back."""

    def __init__(self, connection: psycopg.Connection[Any], keys: Keys) -> None:
        self.connection = connection
        self._keys = keys

    def hot(self, name: str) -> Plan:
        """The plan of a hot statement."""
        statement = STATEMENTS[name]
        return self.plan(statement.sql, statement.parameters(self._keys))

    def plan(self, sql: str, parameters: Any) -> Plan:
        """The plan of any statement."""
        with self.connection.transaction(force_rollback=True):
            query = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {sql}".encode()
            row = self.connection.execute(query, parameters).fetchone()
        assert row is not None
        return Plan.parse(row[0])

    def change(self, *statements: str) -> None:
        """Changes the database, which has to be a copy."""
        for statement in statements:
            self.connection.execute(statement.encode())


def sequential(plan: Plan) -> list[Node]:
    """Whole tables that were read; the counter has one row and is no table to speak of."""
    return [node for node in plan.nodes() if node.type == "Seq Scan" and node.relation != "store_version"]
