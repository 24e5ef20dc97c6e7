"""A store seen through its metrics."""

import pytest
from prometheus_client import CollectorRegistry

from shared.errors import InvalidGrant
from shared.store import Store
from shared.store.memory import MemoryStore
from shared.store.metered import OPERATIONS, StoreMetrics
from tests.contract.examples import NOW, granted, rotation, user


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def store(registry: CollectorRegistry) -> Store:
    return StoreMetrics(registry).metered(MemoryStore())


def counted(registry: CollectorRegistry, operation: str, outcome: str) -> float | None:
    return registry.get_sample_value("authplane_store_operations_total", {"operation": operation, "outcome": outcome})


def test_every_operation_is_there_from_the_beginning(registry: CollectorRegistry, store: Store) -> None:
    """The first failure is an increase from zero."""
    assert {"find_session", "rotate_refresh_token", "use_assertion", "list_signing_keys"} <= set(OPERATIONS)
    assert "close" not in OPERATIONS
    assert {counted(registry, operation, "ok") for operation in OPERATIONS} == {0.0}


def test_answers_are_counted_and_timed(registry: CollectorRegistry, store: Store) -> None:
    """What the store says comes through unchanged."""
    store.insert_user(ada := user("ada"))
    assert store.find_user_by_login("ADA") == ada
    assert counted(registry, "find_user_by_login", "ok") == 1
    assert registry.get_sample_value("authplane_store_seconds_count", {"operation": "find_user_by_login"}) == 1


def test_a_refusal_is_counted_by_its_reason(registry: CollectorRegistry, store: Store) -> None:
    """And raised as it is."""
    family = granted(store)
    store.revoke_family(family.family_id, NOW)
    with pytest.raises(InvalidGrant):
        store.rotate_refresh_token(rotation(family))
    assert counted(registry, "rotate_refresh_token", "invalid_grant") == 1
    assert counted(registry, "rotate_refresh_token", "ok") == 0
