"""`CodeStore`."""

from functools import partial
from typing import Any

import pytest

from shared.errors import CodeAlreadyUsed, InvalidGrant
from shared.records import Family
from shared.store import Store
from tests.contract.endings import ENDINGS
from tests.contract.examples import DAY, NOW, client, code, logged_in, redemption, session
from tests.contract.races import ROUNDS, race


def test_a_code_becomes_a_family(store: Store) -> None:
    """The family has all that the code stands for."""
    begun = logged_in(store)
    issued = code(begun)
    store.insert_code(issued)
    asked = redemption(issued)
    family = store.redeem_code(asked)
    assert family == Family(
        family_id=asked.family_id,
        client_id=issued.client_id,
        user_id=issued.user_id,
        session_id=issued.session_id,
        scopes=issued.scopes,
        nonce=issued.nonce,
        requested_claims=issued.requested_claims,
        auth_time=issued.auth_time,
        acr=issued.acr,
        amr=issued.amr,
        token_hash=asked.token_hash,
        generation=0,
        created_at=asked.now,
        expires_at=issued.not_after,
    )
    assert store.find_family(family.family_id, NOW + 2) == family


@pytest.mark.parametrize(
    ("not_after", "expires_at"), [(NOW + DAY, NOW + DAY), (float("inf"), NOW + 1 + 30 * DAY), (NOW, NOW)]
)
def test_a_family_ends_with_its_lifetime_or_the_code_s_bound(store: Store, not_after: float, expires_at: float) -> None:
    """Whichever comes first."""
    issued = code(logged_in(store), not_after=not_after)
    store.insert_code(issued)
    assert store.redeem_code(redemption(issued)).expires_at == expires_at


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "other"},
        {"redirect_uri": "https://web.example/other"},
        {"redirect_uri": ""},
        {"code_challenge": "other"},
        {"code_challenge": ""},
        {"code_hash": "unknown"},
        {"now": NOW + 60},
    ],
)
def test_a_redemption_that_does_not_fit_changes_nothing(store: Store, changes: dict[str, Any]) -> None:
    """Row 3: a code is bound to client, redirect URI and challenge, and expires; a wrong attempt consumes nothing."""
    issued = code(logged_in(store))
    store.insert_code(issued)
    with pytest.raises(InvalidGrant) as refusal:
        store.redeem_code(redemption(issued, **changes))
    assert not isinstance(refusal.value, CodeAlreadyUsed)
    assert store.redeem_code(redemption(issued)).user_id == issued.user_id


def test_a_valid_replay_revokes_what_the_first_use_gave(store: Store) -> None:
    """Row 4: the second valid use is refused and the family is dead."""
    issued = code(logged_in(store))
    store.insert_code(issued)
    family = store.redeem_code(redemption(issued))
    for _ in range(2):
        with pytest.raises(CodeAlreadyUsed):
            store.redeem_code(redemption(issued))
    assert store.find_family(family.family_id, NOW + 2) is None


@pytest.mark.parametrize(
    "changes", [{"client_id": "other"}, {"code_challenge": "other"}, {"redirect_uri": ""}, {"now": NOW + 61}]
)
def test_a_replay_that_does_not_fit_revokes_nothing(store: Store, changes: dict[str, Any]) -> None:
    """Row 4: a replay with a wrong verifier must not become a denial of service."""
    issued = code(logged_in(store))
    store.insert_code(issued)
    family = store.redeem_code(redemption(issued))
    with pytest.raises(InvalidGrant) as refusal:
        store.redeem_code(redemption(issued, **changes))
    assert not isinstance(refusal.value, CodeAlreadyUsed)
    assert store.find_family(family.family_id, NOW + 2) == family


def test_a_code_dies_with_its_session(store: Store) -> None:
    """Logout between authorization and redemption: nothing is issued."""
    begun = logged_in(store)
    issued = code(begun)
    store.insert_code(issued)
    store.end_session(begun.session_id, NOW + 1)
    with pytest.raises(InvalidGrant):
        store.redeem_code(redemption(issued, now=NOW + 2))


def test_a_code_dies_when_its_session_expires(store: Store) -> None:
    """A session that ended by itself has ended."""
    issued = code(logged_in(store, expires_at=NOW + 5))
    store.insert_code(issued)
    with pytest.raises(InvalidGrant):
        store.redeem_code(redemption(issued, now=NOW + 5))


def test_a_code_is_of_no_use_to_a_disabled_client(store: Store) -> None:
    """Also one that was being issued while the client was disabled."""
    store.insert_client(client("web"))
    store.disable_client("web", NOW)
    issued = code(logged_in(store))
    store.insert_code(issued)
    with pytest.raises(InvalidGrant):
        store.redeem_code(redemption(issued))


def test_a_replay_convicts_after_the_session_was_replaced(store: Store) -> None:
    """Row 4: a family that a later login took over is still what the code gave."""
    begun = logged_in(store)
    owner = store.find_user(begun.user_id)
    assert owner is not None
    issued = code(begun)
    store.insert_code(issued)
    family = store.redeem_code(redemption(issued))
    assert store.insert_session(session(owner, created_at=NOW + 2), owner.password_hash, begun.session_id)
    assert store.find_family(family.family_id, NOW + 3) is not None
    with pytest.raises(CodeAlreadyUsed):
        store.redeem_code(redemption(issued, now=NOW + 3))
    assert store.find_family(family.family_id, NOW + 4) is None


@pytest.mark.parametrize("ending", ENDINGS)
def test_no_family_outlives_an_ending_that_raced_its_code(store: Store, ending: str) -> None:
    """However redemption and an ending interleave, no live family is left."""
    store.insert_client(client("web"))
    for _ in range(ROUNDS):
        begun = logged_in(store)
        issued = code(begun)
        store.insert_code(issued)
        asked = redemption(issued)
        race(partial(store.redeem_code, asked), partial(ENDINGS[ending], store, begun))
        assert store.find_family(asked.family_id, NOW + 11) is None
        store.enable_client("web")


def test_one_of_64_redeems_a_code(store: Store) -> None:
    """Of 64 threads with the same code one wins; the others were replays, so what it got ends revoked."""
    for _ in range(ROUNDS):
        issued = code(logged_in(store))
        store.insert_code(issued)
        answers = race(*[partial(store.redeem_code, redemption(issued)) for _ in range(64)])
        won = [answer for answer in answers if isinstance(answer, Family)]
        assert len(won) == 1
        assert sum(isinstance(answer, CodeAlreadyUsed) for answer in answers) == 63
        assert store.find_family(won[0].family_id, NOW + 2) is None
