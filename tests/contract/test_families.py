"""`FamilyStore` and `AccessTokenStore`."""

from functools import partial
from typing import Any

import pytest

from shared.errors import InvalidGrant, InvalidScope, RefreshTokenReused
from shared.handles import digest
from shared.store import Store
from tests.contract.endings import ENDINGS
from tests.contract.examples import NOW, client, granted, logged_in, rotation
from tests.contract.races import ROUNDS, race


def test_a_rotation_replaces_the_token(store: Store) -> None:
    """The generation advances, the successor is the live token, and the rest stays."""
    family = granted(store)
    asked = rotation(family)
    rotated = store.rotate_refresh_token(asked).family
    assert (rotated.token_hash, rotated.generation) == (asked.successor_hash, 1)
    assert store.find_family(family.family_id, NOW + 11) == rotated
    assert rotated.expires_at == family.expires_at


def test_a_retry_in_grace_gets_the_same_successor(store: Store) -> None:
    """A lost answer or a second tab: same token, no new generation."""
    family = granted(store)
    first = store.rotate_refresh_token(rotation(family)).family
    assert store.rotate_refresh_token(rotation(family, now=NOW + 19.9)).family == first


def test_after_the_grace_a_rotated_token_convicts(store: Store) -> None:
    """Row 5: reuse revokes the whole family."""
    family = granted(store)
    rotated = store.rotate_refresh_token(rotation(family)).family
    with pytest.raises(RefreshTokenReused):
        store.rotate_refresh_token(rotation(family, now=NOW + 20))
    assert store.find_family(family.family_id, NOW + 21) is None
    with pytest.raises(InvalidGrant) as refusal:
        store.rotate_refresh_token(rotation(rotated, now=NOW + 22))
    assert not isinstance(refusal.value, RefreshTokenReused)


def test_a_token_whose_successor_was_used_convicts_even_in_grace(store: Store) -> None:
    """No token several generations old is accepted in grace."""
    family = granted(store)
    second = store.rotate_refresh_token(rotation(family)).family
    store.rotate_refresh_token(rotation(second))
    with pytest.raises(RefreshTokenReused):
        store.rotate_refresh_token(rotation(family))
    assert store.find_family(family.family_id, NOW + 11) is None


@pytest.mark.parametrize("generation", [0, 1, 50, 97, 98])
def test_a_hundred_rotations_in_one_second(store: Store, generation: int) -> None:
    """Rotation counts generations, not seconds: only the token before the newest is in grace, however quick it went."""
    families = [granted(store)]
    for step in range(100):
        families.append(store.rotate_refresh_token(rotation(families[-1], now=NOW + 10 + step / 100)).family)
    assert families[-1].generation == 100
    assert store.rotate_refresh_token(rotation(families[99], now=NOW + 11)).family == families[-1]
    with pytest.raises(RefreshTokenReused):
        store.rotate_refresh_token(rotation(families[generation], now=NOW + 11))
    assert store.find_family(families[0].family_id, NOW + 11) is None


@pytest.mark.parametrize("generation", [0, 1, 2, 3, 4])
def test_every_consumed_token_of_a_family_convicts(store: Store, generation: int) -> None:
    """Whichever consumed token is replayed after the grace, the family dies."""
    families = [granted(store)]
    for _ in range(5):
        families.append(store.rotate_refresh_token(rotation(families[-1])).family)
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


@pytest.mark.parametrize("generation", [3, 4, 1000])
def test_an_unknown_token_of_no_earlier_generation_changes_nothing(store: Store, generation: int) -> None:
    """Only what was rotated convicts; the newest generation and those to come were not."""
    family = granted(store)
    for _ in range(3):
        family = store.rotate_refresh_token(rotation(family)).family
    with pytest.raises(InvalidGrant) as refusal:
        store.rotate_refresh_token(rotation(family, token_hash="unknown", generation=generation))
    assert not isinstance(refusal.value, RefreshTokenReused)
    assert store.find_family(family.family_id, NOW + 11) == family


@pytest.mark.parametrize("now", [NOW + 10, NOW + 100])
def test_scope_is_checked_before_the_token(store: Store, now: float) -> None:
    """A rotated token, in grace or after it, neither gains a scope nor convicts by asking for one."""
    family = granted(store)
    rotated = store.rotate_refresh_token(rotation(family)).family
    with pytest.raises(InvalidScope):
        store.rotate_refresh_token(rotation(family, scopes=("admin",), now=now))
    assert store.find_family(family.family_id, NOW + 11) == rotated


def test_without_grace_every_retry_convicts(store: Store) -> None:
    """Zero seconds of grace are none."""
    family = granted(store)
    store.rotate_refresh_token(rotation(family))
    with pytest.raises(RefreshTokenReused):
        store.rotate_refresh_token(rotation(family, grace=0.0))


def test_a_retry_does_not_prolong_the_grace(store: Store) -> None:
    """It counts from the rotation."""
    family = granted(store)
    store.rotate_refresh_token(rotation(family))
    store.rotate_refresh_token(rotation(family, now=NOW + 19))
    with pytest.raises(RefreshTokenReused):
        store.rotate_refresh_token(rotation(family, now=NOW + 21))


def test_a_foreign_client_cannot_convict(store: Store) -> None:
    """A rotated token in the hands of another client revokes nothing."""
    family = granted(store)
    rotated = store.rotate_refresh_token(rotation(family)).family
    with pytest.raises(InvalidGrant) as refusal:
        store.rotate_refresh_token(rotation(family, client_id="other", now=NOW + 100))
    assert not isinstance(refusal.value, RefreshTokenReused)
    assert store.find_family(family.family_id, NOW + 101) == rotated


def test_a_narrower_scope_does_not_narrow_the_family(store: Store) -> None:
    """RFC 6749 section 6: the scope of one access token, not of the grant."""
    family = granted(store)
    assert store.rotate_refresh_token(rotation(family, scopes=("openid",))).family.scopes == family.scopes


def test_64_racers_end_with_one_successor(store: Store) -> None:
    """All racers in grace get the token that the first one stored, in one generation; nobody is logged out."""
    for _ in range(ROUNDS):
        family = granted(store)
        offered = [rotation(family, successor_hash=digest(f"successor-{number}")) for number in range(64)]
        answers: list[Any] = race(*[partial(store.rotate_refresh_token, each) for each in offered])
        stored = store.find_family(family.family_id, NOW + 11)
        assert stored is not None
        assert stored.generation == 1
        assert stored.token_hash in {each.successor_hash for each in offered}
        assert [answer.family for answer in answers] == [stored] * 64
        assert [answer.is_repeat for answer in answers].count(False) == 1


@pytest.mark.parametrize("ending", ENDINGS)
def test_no_token_outlives_an_ending_that_raced_its_rotation(store: Store, ending: str) -> None:
    """However refreshes and an ending interleave, the family is dead once the ending has returned."""
    store.insert_client(client("web"))
    for _ in range(ROUNDS):
        begun = logged_in(store)
        family = granted(store, begun)
        rotate = partial(store.rotate_refresh_token, rotation(family))
        race(partial(ENDINGS[ending], store, begun), rotate, rotate, rotate)
        assert store.find_family(family.family_id, NOW + 11) is None
        store.enable_client("web")


def test_no_token_outlives_a_revocation_that_raced_its_rotation(store: Store) -> None:
    """One of several revocations is told that the family was live; it is dead whatever was rotated meanwhile."""
    for _ in range(ROUNDS):
        family = granted(store)
        rotate = partial(store.rotate_refresh_token, rotation(family))
        revoke = partial(store.revoke_family, family.family_id, NOW + 10)
        assert race(revoke, rotate, revoke, rotate).count(True) == 1
        assert store.find_family(family.family_id, NOW + 11) is None


def test_a_conviction_wins_over_a_rotation(store: Store) -> None:
    """Thief and owner at once: whoever is first, the family is dead."""
    for _ in range(ROUNDS):
        family = granted(store)
        newest = store.rotate_refresh_token(rotation(family)).family
        reuse = partial(store.rotate_refresh_token, rotation(family, now=NOW + 30))
        rotate = partial(store.rotate_refresh_token, rotation(newest, now=NOW + 30))
        assert isinstance(race(reuse, rotate)[0], RefreshTokenReused)
        assert store.find_family(family.family_id, NOW + 31) is None


def test_revoking_tells_whether_there_was_anything_to_revoke(store: Store) -> None:
    """True once, false afterwards and for what never was."""
    family = granted(store)
    assert store.revoke_family(family.family_id, NOW + 5)
    assert not store.revoke_family(family.family_id, NOW + 5)
    assert not store.revoke_family("unknown", NOW + 5)


def test_a_family_lives_until_it_expires(store: Store) -> None:
    """To the moment; rotation does not prolong it."""
    family = granted(store, not_after=NOW + 100)
    rotated = store.rotate_refresh_token(rotation(family, now=NOW + 99)).family
    assert store.find_family(family.family_id, NOW + 99.9) == rotated
    assert store.find_family(family.family_id, NOW + 100) is None
    with pytest.raises(InvalidGrant) as refusal:
        store.rotate_refresh_token(rotation(family, now=NOW + 100))
    assert not isinstance(refusal.value, RefreshTokenReused)


def test_revoking_an_expired_family_revokes_nothing(store: Store) -> None:
    """What has expired is absent."""
    family = granted(store)
    assert not store.revoke_family(family.family_id, family.expires_at)


def test_a_revoked_access_token_stays_revoked(store: Store) -> None:
    """From the moment it returns until the latest expiry it was told, however often and whatever else is revoked."""
    assert not store.is_access_token_revoked("jti")
    store.revoke_access_token("jti", NOW + 60, NOW)
    store.revoke_access_token("jti", NOW + 600, NOW)
    store.revoke_access_token("jti", NOW + 60, NOW)
    for number in range(20):
        store.revoke_access_token(f"jti-{number}", NOW + 600, NOW + 599)
    assert store.is_access_token_revoked("jti")
    assert not store.is_access_token_revoked("other")


def test_a_revocation_is_seen_by_all_threads_at_once(store: Store) -> None:
    """Whoever asks after it returned is told, however many revoke the same token."""
    race(*[partial(store.revoke_access_token, "jti", NOW + 600, NOW)] * 32)
    assert race(*[partial(store.is_access_token_revoked, "jti")] * 32) == [True] * 32


def test_a_refresh_token_is_found_while_it_is_the_newest(store: Store) -> None:
    """Neither the one before, nor under another family, nor once the family is revoked."""
    family = granted(store)
    assert store.find_refresh_token(family.family_id, family.token_hash, NOW) == family
    assert store.find_refresh_token(digest("another"), family.token_hash, NOW) is None
    assert store.find_refresh_token("no digest", "no digest", NOW) is None
    rotated = store.rotate_refresh_token(rotation(family)).family
    assert store.find_refresh_token(family.family_id, family.token_hash, NOW) is None
    assert store.find_refresh_token(family.family_id, rotated.token_hash, NOW) == rotated
    assert store.find_refresh_token(family.family_id, rotated.token_hash, family.expires_at) is None
    store.revoke_family(family.family_id, NOW)
    assert store.find_refresh_token(family.family_id, rotated.token_hash, NOW) is None
