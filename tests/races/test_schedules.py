"""Races along a schedule: something is held while one call after the other gets as far as it can, then it is let go.

These are the windows that the locks of the store close; a free race may never meet them.
"""

import hashlib
from typing import LiteralString

import pytest

from tests.contract.examples import NOW, client, code, granted, logged_in, redemption, session, user
from tests.races.arena import Arena, errors
from tests.races.calls import ENDINGS, LOGIN_ENDINGS, log_in, redeem, revoke, rotate
from tests.races.conftest import PROCESSES, ROUNDS
from tests.races.processes import Call, Outcome

pytestmark = pytest.mark.timeout(60 + 10 * ROUNDS)

CODE: LiteralString = "SELECT FROM auth_codes WHERE code = decode(%s, 'hex') FOR UPDATE"
SESSION: LiteralString = "SELECT FROM sessions WHERE session_id = decode(%s, 'hex') FOR UPDATE"
FAMILY: LiteralString = "SELECT FROM refresh_tokens WHERE family_id = decode(%s, 'hex') FOR UPDATE"
# Whoever adds the same key waits until this is gone, with all the locks it has by then.
SAME_SESSION: LiteralString = (
    "INSERT INTO sessions VALUES (decode(%s, 'hex'), '', 'active', 'now', '', '{}', 'now', 'now')"
)
SAME_VERSION: LiteralString = "INSERT INTO invalidations SELECT version + 1, %s FROM store_version"
SAME_ASSERTION: LiteralString = "INSERT INTO used_assertions VALUES (%s, 'infinity')"


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_ending_reaches_a_redemption_under_way(arena: Arena, ending: str) -> None:
    """It waits for the redemption, or comes before it; the family that is created meanwhile is dead."""
    begun = logged_in(arena.store)
    issued = code(begun)
    arena.store.insert_code(issued)
    asked = redemption(issued)
    with arena.held(CODE, issued.code_hash):
        arena.begin(Call("redeem_code", (asked,)), ENDINGS[ending](begun))
    redeemed, ended = arena.outcomes
    assert (redeemed.error in {"", "InvalidGrant"}, ended.error) == (True, "")
    assert arena.store.find_family(asked.family_id, NOW + 20) is None
    arena.store.enable_client("web")
    assert arena.store.find_family(asked.family_id, NOW + 20) is None


@pytest.mark.parametrize("ending", [name for name in ENDINGS if name != "client disabled"])
def test_a_redemption_sees_an_ending_under_way(arena: Arena, ending: str) -> None:
    """The session has ended when the redemption may go on."""
    begun = logged_in(arena.store)
    family = granted(arena.store, begun)
    issued = code(begun)
    arena.store.insert_code(issued)
    with arena.held(FAMILY, family.family_id):
        arena.begin(ENDINGS[ending](begun), redeem(issued))
    assert [outcome.error for outcome in arena.outcomes] == ["", "InvalidGrant"]
    assert arena.store.find_family(family.family_id, NOW + 20) is None


@pytest.mark.parametrize("ending", [*ENDINGS, "revocation", "replay of the code"])
@pytest.mark.parametrize("first", ["rotation", "ending"])
def test_an_ending_and_a_rotation_meet_at_the_family(arena: Arena, ending: str, first: str) -> None:
    """Whichever has the row first, the family is dead in the end."""
    begun = logged_in(arena.store)
    issued = code(begun)
    arena.store.insert_code(issued)
    family = arena.store.redeem_code(redemption(issued))
    others = {"revocation": revoke(family), "replay of the code": redeem(issued)}
    calls = [rotate(family), others.get(ending) or ENDINGS[ending](begun)]
    # Disabling a client touches no family: nothing waits for it, and it waits for nobody.
    turned = first == "ending" and ending != "client disabled"
    with arena.held(FAMILY, family.family_id):
        arena.begin(*(reversed(calls) if turned else calls))
    told = {outcome.error for outcome in arena.outcomes}
    assert told <= {"", "InvalidGrant", "CodeAlreadyUsed"}
    assert arena.store.find_family(family.family_id, NOW + 20) is None
    arena.store.enable_client("web")
    assert arena.store.find_family(family.family_id, NOW + 20) is None


@pytest.mark.parametrize("ending", LOGIN_ENDINGS)
@pytest.mark.parametrize("in_place_of", ["nothing", "a session", "another user's session"])
def test_no_login_holds_that_was_under_way(arena: Arena, ending: str, in_place_of: str) -> None:
    """A new password, or a disabled user: the login with the old password ends too."""
    owner = user()
    if in_place_of == "nothing":
        arena.store.insert_user(owner)
        previous = None
    else:
        previous = logged_in(arena.store, owner if in_place_of == "a session" else user())
        logged_in(arena.store, owner)
    begun = session(owner, created_at=NOW + 5)
    gate, held = (SESSION, previous) if previous else (SAME_SESSION, begun)
    with arena.held(gate, held.session_id):
        arena.begin(log_in(begun, previous), ENDINGS[ending](begun))
    assert set(errors(arena.outcomes)) == {""}
    assert arena.store.list_sessions(owner.user_id, NOW + 20) == []


def test_a_family_under_way_passes_to_the_next_login(arena: Arena) -> None:
    """A login in place of the session waits for a redemption, and takes its family over; a logout then ends it."""
    owner = user()
    old = logged_in(arena.store, owner)
    issued = code(old)
    arena.store.insert_code(issued)
    new = session(owner, created_at=NOW + 5)
    with arena.held(CODE, issued.code_hash):
        arena.begin(redeem(issued), log_in(new, old), ENDINGS["logout"](old))
    redeemed, begun, ended = arena.outcomes
    assert (begun.value, ended.value) == (True, False)
    kept = arena.store.find_family(redeemed.value.family_id, NOW + 20)
    assert kept is not None
    assert kept.session_id == new.session_id
    assert arena.store.end_session(new.session_id, NOW + 20)
    assert arena.store.find_family(kept.family_id, NOW + 20) is None


def test_one_of_many_waiting_redemptions_is_first(arena: Arena) -> None:
    """All 64 have found the code unused before the first one may use it."""
    for _ in range(ROUNDS):
        issued = code(logged_in(arena.store))
        arena.store.insert_code(issued)
        with arena.held(CODE, issued.code_hash):
            arena.begin(*[redeem(issued) for _ in range(PROCESSES)])
        outcomes = arena.outcomes
        assert errors(outcomes) == {"": 1, "CodeAlreadyUsed": PROCESSES - 1}
        (family,) = (outcome.value for outcome in outcomes if not outcome.error)
        assert arena.store.find_family(family.family_id, NOW + 2) is None


@pytest.mark.parametrize("grace", [10.0, 0.0])
def test_one_of_many_waiting_rotations_is_first(arena: Arena, grace: float) -> None:
    """All 64 have found the token unused before the first one may use it."""
    for _ in range(ROUNDS):
        family = granted(arena.store)
        with arena.held(FAMILY, family.family_id):
            arena.begin(*[rotate(family, grace=grace)] * PROCESSES)
        outcomes = arena.outcomes
        won = [outcome.value.family.generation for outcome in outcomes if not outcome.error]
        alive = arena.store.find_family(family.family_id, NOW + 20)
        if grace:
            assert (won, alive) == ([1] * PROCESSES, outcomes[0].value.family)
        else:
            assert (won, alive) == ([1], None)


@pytest.mark.parametrize("known", ["new", "expired"])
def test_one_of_many_waiting_assertions_is_first(arena: Arena, known: str) -> None:
    """All 64 wait for one who then takes it back; also when it was used before and has expired."""
    if known == "expired":
        assert arena.store.use_assertion("web", "waiting", NOW, NOW - 60)
    # The same key as in `shared/store/postgres/access_tokens.py`.
    assertion = hashlib.sha256(b"3 web waiting").digest()
    gate: LiteralString = SAME_ASSERTION if known == "new" else "DELETE FROM used_assertions WHERE assertion = %s"
    with arena.held(gate, assertion):
        arena.begin(*[Call("use_assertion", ("web", "waiting", NOW + 60, NOW))] * PROCESSES)
    assert [outcome.value for outcome in arena.outcomes].count(True) == 1
    arena.numbers("DELETE FROM used_assertions WHERE assertion = %s RETURNING 1", assertion)


@pytest.mark.parametrize("change", ["revocation", "replay of the code", "login in its place", *ENDINGS])
def test_a_change_and_its_version_become_visible_at_once(arena: Arena, change: str) -> None:
    """Who took a version holds back all later ones, and all that it stands for, until it is committed: no reader skips
    one, and none sees half of a change.
    """
    store = arena.store
    owner = user()
    begun = logged_in(store, owner)
    issued = code(begun)
    store.insert_code(issued)
    family = store.redeem_code(redemption(issued))
    others = {
        "revocation": (f"family:{family.family_id}", revoke(family)),
        "replay of the code": (f"family:{family.family_id}", redeem(issued)),
        "login in its place": (f"session:{begun.session_id}", log_in(session(owner), begun)),
        "logout": (f"session:{begun.session_id}", ENDINGS["logout"](begun)),
        "client disabled": ("client:web", ENDINGS["client disabled"](begun)),
    }
    tag, first = others.get(change) or (f"user:{begun.user_id}", ENDINGS[change](begun))
    other = revoke(granted(store))
    (before,) = arena.numbers("SELECT version FROM store_version")
    logged: LiteralString = "SELECT version FROM invalidations WHERE version > %s ORDER BY version"
    with arena.held(SAME_VERSION, tag):
        arena.begin(first, other, Call("revoke_access_token", ("next", NOW + 60, NOW)))
        assert arena.numbers(logged, before) == []
        assert arena.numbers("SELECT version FROM store_version") == [before]
        assert store.list_sessions(begun.user_id, NOW + 5) == [begun]
        assert store.find_family(family.family_id, NOW + 5) == family
    assert set(errors(arena.outcomes)) <= {"", "CodeAlreadyUsed"}
    assert arena.numbers(logged, before) == [before + 1, before + 2, before + 3]
    assert store.find_family(family.family_id, NOW + 20) != family


def test_a_client_is_disabled_while_a_code_is_issued(arena: Arena) -> None:
    """The code that was being stored is of no use, neither while the client is disabled nor afterwards."""
    arena.store.insert_client(client("brief"))
    issued = code(logged_in(arena.store), client_id="brief")
    gate: LiteralString = (
        "INSERT INTO auth_codes SELECT decode(%s, 'hex'), '', 0, '', '', '', '', '{}', '', '{}', 'now', '', '{}', "
        "'now', to_timestamp(%s), 'now'"
    )
    with arena.held(gate, issued.code_hash, int(issued.expires_at)):
        arena.begin(Call("insert_code", (issued,)), Call("disable_client", ("brief", NOW)))
    assert arena.outcomes == [Outcome(), Outcome()]
    assert arena.race([redeem(issued)])[0].error == "InvalidGrant"
    arena.store.enable_client("brief")
    assert arena.race([redeem(issued)])[0].error == "InvalidGrant"
