"""The plans of the hot statements, by their nodes and never by their times (TR-6).

Each property is looked at on the schema as it is, and then on a copy without the index that it needs, where it has to
fail. AUTHPLANE_TEST_ROWS takes more rows.
"""

from collections.abc import Callable

import pytest

from evidence.explain.criteria import READ_BLOCKS, WRITE_BLOCKS
from evidence.plan import Plan
from tests.sql.explaining import STATEMENTS, Explainer, sequential

DROP_COVERING = "ALTER TABLE sessions DROP CONSTRAINT idx_sessions_covering"
DROP_FAMILY_KEY = "ALTER TABLE refresh_tokens DROP CONSTRAINT refresh_tokens_pkey"
PLAIN = "ALTER TABLE sessions ADD CONSTRAINT sessions_plain PRIMARY KEY (session_id)"


def email_by_function_index(plan: Plan) -> bool:
    return plan.node_types == ("Index Scan",) and plan.indexes == ("idx_users_email_lower",)


def sessions_by_one_index(plan: Plan) -> bool:
    return plan.indexes == ("idx_sessions_user_status",) and "BitmapAnd" not in plan.node_types


def session_from_the_index_alone(plan: Plan) -> bool:
    return (plan.node_types, plan.indexes, plan.heap_fetches) == (("Index Only Scan",), ("idx_sessions_covering",), 0)


def token_by_partial_index(plan: Plan) -> bool:
    return plan.indexes[:1] == ("idx_tokens_active",)


def token_by_its_family(plan: Plan) -> bool:
    # A token names its family, whose key finds the row. The index on the hash costs as much, so it may be either.
    return plan.indexes[0] in ("refresh_tokens_pkey", "idx_tokens_active") and not sequential(plan)


def code_by_its_index(plan: Plan) -> bool:
    return "idx_codes_code_expires" in plan.indexes and not sequential(plan)


PROPERTIES: dict[str, tuple[str, Callable[[Plan], bool], str]] = {
    "email look-up": ("tr6_email", email_by_function_index, "DROP INDEX idx_users_email_lower"),
    "sessions of a user": ("tr6_sessions_of_user", sessions_by_one_index, "DROP INDEX idx_sessions_user_status"),
    "session validation": ("session_check", session_from_the_index_alone, DROP_COVERING),
    "active token": ("tr6_token", token_by_partial_index, "DROP INDEX idx_tokens_active"),
    "active token of a family": (
        "token",
        token_by_its_family,
        f"{DROP_FAMILY_KEY}; DROP INDEX idx_tokens_active, idx_tokens_hash_active",
    ),
    "code exchange": (
        "code_redeem",
        code_by_its_index,
        "ALTER TABLE auth_codes DROP CONSTRAINT idx_codes_code_expires",
    ),
}


@pytest.mark.parametrize("name", PROPERTIES)
def test_the_plan_is_as_required(explain: Explainer, name: str) -> None:
    """On the schema as it is, for ten rows each."""
    statement, holds, _ = PROPERTIES[name]
    for _ in range(10):
        plan = explain.hot(statement)
        assert holds(plan), plan


@pytest.mark.parametrize("name", PROPERTIES)
def test_without_its_index_it_is_not(explain_copy: Explainer, name: str) -> None:
    """The property says something: it fails once its index is gone."""
    statement, holds, drop = PROPERTIES[name]
    explain_copy.change(drop, "ANALYZE")
    assert not holds(explain_copy.hot(statement))


@pytest.mark.parametrize("name", STATEMENTS)
def test_no_hot_statement_reads_a_whole_table(explain: Explainer, name: str) -> None:
    """And each looks at a bounded number of pages, however many rows there are."""
    plan = explain.hot(name)
    assert sequential(plan) == [], plan
    assert plan.shared_blocks <= (WRITE_BLOCKS if STATEMENTS[name].writes else READ_BLOCKS), plan


@pytest.mark.parametrize("name", STATEMENTS)
def test_nor_does_a_prepared_one(explain: Explainer, name: str) -> None:
    """After some uses a statement is planned for any parameters at all."""
    explain.change("SET plan_cache_mode = force_generic_plan")
    assert sequential(explain.hot(name)) == []


def test_another_function_than_the_index_s_reads_everything(explain: Explainer) -> None:
    """ILIKE is a pattern match, upper() another value, and the bare column is not what the index holds."""
    email = {"email": "user5@example.com"}
    for condition in ("email ILIKE %(email)s", "upper(email) = upper(%(email)s)", "email = %(email)s"):
        plan = explain.plan(f"SELECT * FROM users WHERE {condition}", email)
        assert [node.relation for node in sequential(plan)] == ["users"] or "Parallel" in str(plan), condition


def test_two_single_indexes_read_more_than_one_on_both(explain_copy: Explainer) -> None:
    """A bitmap of both, or one of them and a filter that throws rows away; the busiest user shows it."""
    one = explain_copy.hot("tr6_sessions_of_user")
    explain_copy.change(
        "DROP INDEX idx_sessions_user_status",
        "CREATE INDEX idx_sessions_user ON sessions (user_id)",
        "CREATE INDEX idx_sessions_status ON sessions (status)",
        "ANALYZE sessions",
    )
    busy = "SELECT * FROM sessions WHERE user_id = md5('user 0') AND status = 'active'"
    two = explain_copy.plan(busy, {})
    assert not sessions_by_one_index(two)
    assert "BitmapAnd" in two.node_types or two.rows_removed_by_filter > 0
    assert one.rows_removed_by_filter == 0


def test_a_plain_index_visits_the_table(explain_copy: Explainer) -> None:
    """Its scan is no index-only scan, and looks at a page more."""
    covering = explain_copy.hot("session_check")
    explain_copy.change(DROP_COVERING, PLAIN, "VACUUM (ANALYZE) sessions")
    plain = explain_copy.hot("session_check")
    assert plain.node_types == ("Index Scan",)
    assert plain.heap_fetches is None
    assert plain.shared_blocks >= covering.shared_blocks


def test_heap_fetches_come_with_changes_and_go_with_vacuum(explain_copy: Explainer) -> None:
    """An index-only scan has to look at the table until VACUUM has noted that all see the same."""
    # VACUUM leaves pages alone whose last change has not reached the disk.
    explain_copy.change("SET synchronous_commit = on", "UPDATE sessions SET acr = acr")
    assert (explain_copy.hot("session_check").heap_fetches or 0) > 0
    explain_copy.change("VACUUM sessions")
    assert explain_copy.hot("session_check").heap_fetches == 0


def test_the_partial_index_is_the_smaller_one(explain: Explainer) -> None:
    """It leaves out the revoked share and the second column."""
    row = explain.connection.execute(
        "SELECT pg_relation_size('idx_tokens_active'), pg_relation_size('idx_tokens_hash_active')"
    ).fetchone()
    assert row is not None
    assert row[0] < 0.9 * row[1]
