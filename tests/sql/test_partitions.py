"""The schema can be distributed: partitioned by key, each hot statement reads one partition of each table.

That the partitioned schema keeps the store's contract is shown in tests/contract, where it is one of the stores.
"""

from collections import Counter
from collections.abc import Iterator
from random import Random

import pytest

from evidence.explain.keys import Keys
from evidence.explain.load import TABLES, copy_clients, copy_rows
from evidence.plan import Plan
from shared.store.postgres.scratch import ScratchDatabase
from tests.servers.postgres import PostgresDatabases
from tests.sql.explaining import STATEMENTS, Explainer
from tests.sql.partitioned import KEYS, make_partitioned_schema

ROWS = 2000

BY_ANOTHER_KEY = {"tr6_sessions_of_user", "sessions_of_user", "tr6_token"}
"""A user's sessions are listed for people, and a token by its hash alone is what TR-6 asks; requests do neither."""


@pytest.fixture(scope="module")
def explain(postgres_databases: PostgresDatabases) -> Iterator[Explainer]:
    with (
        ScratchDatabase(postgres_databases.url) as scratch,
        scratch.connect() as source,
        scratch.connect() as connection,
    ):
        make_partitioned_schema(scratch.url)
        copy_clients(source, connection)
        for name, table in TABLES.items():
            copy_rows(source, connection, name, 0, table.rows(ROWS), ROWS)
        connection.execute("ANALYZE")
        yield Explainer(connection, Keys(ROWS, Random(28)))


def partitions_read(plan: Plan) -> Counter[str]:
    """How many partitions of each table were really looked at."""
    found = {
        str(node.relation)
        for node in plan.nodes()
        if node.relation and node.fields.get("Actual Loops", 0) and node.type != "ModifyTable"
    }
    return Counter(name.rpartition("_")[0] for name in found if name.rpartition("_")[0] in KEYS)


@pytest.mark.parametrize("name", sorted(STATEMENTS.keys() - BY_ANOTHER_KEY))
def test_a_hot_statement_reads_one_partition(explain: Explainer, name: str) -> None:
    """Of each table that it names, for ten rows each; planned for these parameters and for any."""
    for mode in ("force_custom_plan", "force_generic_plan"):
        explain.change(f"SET plan_cache_mode = {mode}")
        for _ in range(10):
            read = partitions_read(explain.hot(name))
            assert set(read.values()) <= {1}, read


def test_by_another_key_all_are_read(explain: Explainer) -> None:
    """So the check above can fail."""
    explain.change("SET plan_cache_mode = auto")
    assert partitions_read(explain.hot("tr6_token")) == {"refresh_tokens": 16}
    assert partitions_read(explain.hot("sessions_of_user")) == {"sessions": 16}
