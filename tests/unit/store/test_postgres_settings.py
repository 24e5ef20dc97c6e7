"""Settings of the PostgreSQL store that contradict each other."""

import pytest

from tests.servers.postgres import postgres_settings

URL = "postgresql://nobody@127.0.0.1/none"


def test_the_defaults_agree() -> None:
    """Or nothing would start."""
    postgres_settings(URL).verify()


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"pg_pool_min": 17}, "pg_pool_min must not be greater than pg_pool_max"),
        ({"store_workers": 8, "revocation_workers": 4, "pg_pool_max": 11}, "at least store_workers and revocation_w"),
        ({"pg_lock_timeout_ms": 2000}, "pg_lock_timeout_ms must be less than pg_statement_timeout_ms"),
        ({"rpc_deadline_seconds": 2.0}, "rpc_deadline_seconds must be greater"),
        ({"pg_statement_timeout_ms": 60_000, "rpc_deadline_seconds": 60}, "rpc_deadline_seconds must be greater"),
    ],
)  # fmt: skip  # One case a line.
def test_what_contradicts_itself_is_refused_with_the_reason(changes: dict[str, object], complaint: str) -> None:
    """Before anything is opened."""
    with pytest.raises(ValueError, match=complaint):
        postgres_settings(URL, **changes).verify()
