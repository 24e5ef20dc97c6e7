"""What a call rests on, as the store that services see records it."""

from shared.cache.recording import recording
from shared.clock import ManualClock
from tests.contract.examples import NOW, client, granted
from tests.stores import memory_access


def test_everything_read_is_part_of_it() -> None:
    """From memory or from the store alike: its tags, and the version as of which it was read."""
    access = memory_access(ManualClock(NOW))
    family = granted(access.store)
    access.store.insert_client(client("api"))
    for _ in range(2):
        with recording() as made:
            access.store.find_family(family.family_id, NOW)
            access.store.find_client("api")
            access.store.is_access_token_revoked("x")
        assert made.basis is not None
        assert {
            f"family:{family.family_id}",
            f"session:{family.session_id}",
            f"user:{family.user_id}",
            f"client:{family.client_id}",
            "client:api",
            "jti:x",
        } <= set(made.basis.tags)
        assert made.basis.stamp.position == access.caches.view.position
        assert made.basis.expires_at == family.expires_at


def test_what_used_a_proof_up_must_not_be_kept() -> None:
    """A client assertion is good once: an answer that it brought about is not repeated for it."""
    access = memory_access(ManualClock(NOW))
    access.store.insert_client(client("api"))
    with recording() as made:
        access.store.find_client("api")
        assert access.store.use_assertion("api", "the id", NOW + 60, NOW)
    assert made.basis is None
