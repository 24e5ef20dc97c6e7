"""`FamilyStore` and `AccessTokenStore`."""

from typing import Any

import pytest

from shared.errors import InvalidGrant, InvalidScope, RefreshTokenReused
from shared.records import Family
from shared.store import Store
from tests.contract.examples import NOW, granted, race, rotation


def test_a_rotation_replaces_the_token(store: Store) -> None:
    """The generation advances, the successor is the live token, and the rest stays."""
    family = granted(store)
    asked = rotation(family)
    rotated = store.rotate_refresh_token(asked)
    assert (rotated.token_hash, rotated.generation) == (asked.successor_hash, 1)
    assert store.find_family(family.family_id, NOW + 11) == rotated
    assert rotated.expires_at == family.expires_at


def test_a_retry_in_grace_gets_the_same_successor(store: Store) -> None:
    """A lost answer or a second tab: same token, no new generation."""
    family = granted(store)
    first = store.rotate_refresh_token(rotation(family))
    assert store.rotate_refresh_token(rotation(family, now=NOW + 19.9)) == first


def test_after_the_grace_a_rotated_token_convicts(store: Store) -> None:
    """Row 5: reuse revokes the whole family."""
    family = granted(store)
    rotated = store.rotate_refresh_token(rotation(family))
    with pytest.raises(RefreshTokenReused):
        store.rotate_refresh_token(rotation(family, now=NOW + 20))
    assert store.find_family(family.family_id, NOW + 21) is None
    with pytest.raises(InvalidGrant) as refusal:
        store.rotate_refresh_token(rotation(rotated, now=NOW + 22))
    assert not isinstance(refusal.value, RefreshTokenReused)


def test_a_token_whose_successor_was_used_convicts_even_in_grace(store: Store) -> None:
    """No token several generations old is accepted in grace."""
    family = granted(store)
    second = store.rotate_refresh_token(rotation(family))
    store.rotate_refresh_token(rotation(second))
    with pytest.raises(RefreshTokenReused):
        store.rotate_refresh_token(rotation(family))
    assert store.find_family(family.family_id, NOW + 11) is None


def test_a_thousand_rotations_in_one_second(store: Store) -> None:
    """Rotation counts generations, not seconds: every older token is refused, however quick the owner was."""
    first = newest = granted(store)
    for step in range(1000):
        newest = store.rotate_refresh_token(rotation(newest, now=NOW + 10 + step / 1000))
    assert newest.generation == 1000
    with pytest.raises(RefreshTokenReused):
        store.rotate_refresh_token(rotation(first, now=NOW + 11))


@pytest.mark.parametrize("generation", [0, 1, 2, 3, 4])
def test_every_consumed_token_of_a_family_convicts(store: Store, generation: int) -> None:
    """Whichever consumed token is replayed after the grace, the family dies."""
    families = [granted(store)]
    for _ in range(5):
        families.append(store.rotate_refresh_token(rotation(families[-1])))
    with pytest.raises(RefreshTokenReused):
        store.rotate_refresh_token(rotation(families[generation], now=NOW + 100))
    assert store.find_family(families[0].family_id, NOW + 101) is None


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"client_id": "other"}, InvalidGrant),
        ({"family_id": "unknown"}, InvalidGrant),
        ({"token_hash": "unknown"}, InvalidGrant),
        ({"scopes": ("openid", "admin")}, InvalidScope),
        ({"now": NOW + 10**9}, InvalidGrant),
    ],
)
def test_a_rotation_that_does_not_fit_changes_nothing(
    store: Store, changes: dict[str, Any], error: type[Exception]
) -> None:
    """Row 5: bound to client and scope, with an absolute expiry; a wrong attempt does not consume the token."""
    family = granted(store)
    with pytest.raises(error) as refusal:
        store.rotate_refresh_token(rotation(family, **changes))
    assert not isinstance(refusal.value, RefreshTokenReused)
    assert store.find_family(family.family_id, NOW + 11) == family


def test_a_foreign_client_cannot_convict(store: Store) -> None:
    """A rotated token in the hands of another client revokes nothing."""
    family = granted(store)
    rotated = store.rotate_refresh_token(rotation(family))
    with pytest.raises(InvalidGrant) as refusal:
        store.rotate_refresh_token(rotation(family, client_id="other", now=NOW + 100))
    assert not isinstance(refusal.value, RefreshTokenReused)
    assert store.find_family(family.family_id, NOW + 101) == rotated


def test_a_narrower_scope_does_not_narrow_the_family(store: Store) -> None:
    """RFC 6749 section 6: the scope of one access token, not of the grant."""
    family = granted(store)
    assert store.rotate_refresh_token(rotation(family, scopes=("openid",))).scopes == family.scopes


def test_64_racers_end_with_one_successor(store: Store) -> None:
    """All racers in grace get the same token, in one generation; nobody is logged out."""
    for _ in range(20):
        family = granted(store)
        asked = rotation(family)
        answers = race(64, lambda _: store.rotate_refresh_token(asked))  # noqa: B023 - all threads end in this turn.
        assert all(isinstance(answer, Family) for answer in answers)
        assert {(answer.token_hash, answer.generation) for answer in answers if isinstance(answer, Family)} == {
            (rotation(family).successor_hash, 1)
        }


@pytest.mark.parametrize("ending", ["revoke", "logout", "password"])
def test_no_token_outlives_an_ending_that_raced_its_rotation(store: Store, ending: str) -> None:
    """However refreshes and an ending interleave, the family is dead once the ending has returned."""
    for _ in range(50):
        family = granted(store)

        def end_or_rotate(number: int, family: Family = family) -> object:
            if number > 0:
                return store.rotate_refresh_token(rotation(family))
            if ending == "revoke":
                return store.revoke_family(family.family_id, NOW + 10)
            if ending == "logout":
                return store.end_session(family.session_id, NOW + 10)
            return store.set_password(family.user_id, "new", NOW + 10)

        race(4, end_or_rotate)
        assert store.find_family(family.family_id, NOW + 11) is None


def test_revoking_tells_whether_there_was_anything_to_revoke(store: Store) -> None:
    """True once, false afterwards and for what never was."""
    family = granted(store)
    assert store.revoke_family(family.family_id, NOW + 5)
    assert not store.revoke_family(family.family_id, NOW + 5)
    assert not store.revoke_family("unknown", NOW + 5)


def test_a_revoked_access_token_stays_revoked(store: Store) -> None:
    """From the moment it returns, and a second time is harmless."""
    assert not store.is_access_token_revoked("jti")
    store.revoke_access_token("jti", NOW + 600, NOW)
    store.revoke_access_token("jti", NOW + 600, NOW)
    assert store.is_access_token_revoked("jti")
    assert not store.is_access_token_revoked("other")
