"""Sessions: which handles stand for one, listing them, and ending them."""

from collections.abc import Callable

import pytest

from services.auth.end_sessions import SessionEnder
from services.auth.list_sessions import SessionLister
from services.auth.validate_session import SessionValidator
from shared.errors import InvalidRequest, SessionNotFound, UserNotFound
from shared.handles import HandleKind, digest
from shared.records import Session
from shared.store.memory import MemoryStore
from tests.unit.auth.world import PASSWORD, REQUEST, SESSION_TTL, START, World, client


@pytest.fixture
def lister(world: World) -> SessionLister:
    return SessionLister(world.store, world.finder, world.clock)


@pytest.fixture
def ender(world: World) -> SessionEnder:
    return SessionEnder(world.store, world.finder, world.clock, world.events)


def test_a_session_lives_for_its_time(world: World) -> None:
    """A handle is good until the moment the session expires, and not after."""
    handle = world.log_in()
    world.clock.advance(SESSION_TTL - 1)
    assert world.session(handle).session_id == digest(handle)
    world.clock.advance(1)
    assert world.sessions.validate(handle) is None


@pytest.mark.parametrize(
    "spoil",
    [
        lambda handle: "",
        lambda handle: handle[:-1],
        lambda handle: handle + "A",
        lambda handle: handle + "=",
        lambda handle: handle[:-1] + ("A" if handle[-1] != "A" else "B"),
        lambda handle: handle[:20] + ("A" if handle[20] != "A" else "B") + handle[21:],
        lambda handle: handle.swapcase(),
        lambda handle: f" {handle}",
        lambda handle: f"{handle}\n",
        lambda handle: handle.replace("aps_", "apc_"),
        lambda handle: handle.replace("aps_", ""),
        digest,
        lambda handle: "\x00" * 60,
        lambda handle: "x" * 1_000_000,
    ],
)
def test_a_spoilt_handle_is_no_session(world: World, spoil: Callable[[str], str]) -> None:
    """Truncated, extended, altered and foreign handles are refused (CVE-2026-27840); so is the session id itself."""
    assert world.sessions.validate(spoil(world.log_in())) is None


class NotToBeAsked(MemoryStore):
    """Makes it a failure to look for a session."""

    def find_session(self, session_id: str, now: float) -> Session | None:
        raise AssertionError


@pytest.mark.parametrize("handle", ["", "garbage", "aps_" + "A" * 56])
def test_garbage_does_not_reach_the_store(world: World, handle: str) -> None:
    """A handle that authplane never minted is refused without asking the store."""
    assert SessionValidator(NotToBeAsked(), world.handles, world.clock).validate(handle) is None


@pytest.mark.parametrize("kind", [HandleKind.CODE, HandleKind.REFRESH_TOKEN])
def test_another_kind_of_handle_is_no_session(world: World, kind: HandleKind) -> None:
    """A genuine code or refresh token does not pass for a session."""
    assert world.sessions.validate(world.codec.mint(kind, world.random_bytes(16))) is None


def test_a_genuine_handle_that_was_never_stored_is_no_session(world: World) -> None:
    """Minting alone begins no session: a leaked key finds nothing."""
    assert world.sessions.validate(world.handles.mint()) is None


def test_sessions_are_listed_newest_first(world: World, lister: SessionLister) -> None:
    """The list has the live sessions of that user and of nobody else."""
    world.creator.create("grace", PASSWORD, {})
    world.log_in("grace")
    first = world.log_in()
    world.clock.advance(SESSION_TTL / 2)
    second = world.log_in()
    world.clock.advance(1)
    third = world.log_in()
    ids = [session.session_id for session in lister.list(world.ada.user_id)]
    assert ids == [digest(third), digest(second), digest(first)]
    world.clock.advance(SESSION_TTL / 2)
    assert [session.session_id for session in lister.list(world.ada.user_id)] == [digest(third), digest(second)]


def test_the_sessions_of_nobody_are_not_found(lister: SessionLister) -> None:
    """A user who does not exist is an error, not an empty list."""
    with pytest.raises(UserNotFound):
        lister.list("0" * 32)


def test_one_session_is_ended(world: World, ender: SessionEnder) -> None:
    """Row 31: ending a session kills its handle and all that was issued from it, and no other session."""
    world.store.insert_client(client())
    handle, other = world.log_in(), world.log_in()
    family = world.family_for(REQUEST, handle)
    assert ender.end(digest(handle)) == 1
    assert world.sessions.validate(handle) is None
    assert world.store.find_family(family.family_id, START) is None
    assert world.session(other).session_id == digest(other)


def test_all_sessions_of_a_user_are_ended(world: World, ender: SessionEnder) -> None:
    """Row 31: ending all sessions of a user leaves the sessions of others alone, and says how many there were."""
    world.store.insert_client(client())
    world.creator.create("grace", PASSWORD, {})
    handles, other = [world.log_in() for _ in range(3)], world.log_in("grace")
    family = world.family_for(REQUEST | {"scope": "openid offline_access"}, handles[0])
    assert ender.end_all_of(world.ada.user_id) == 3
    assert [world.sessions.validate(handle) for handle in handles] == [None, None, None]
    assert world.store.find_family(family.family_id, START) is None
    assert world.session(other).session_id == digest(other)
    assert ender.end_all_of(world.ada.user_id) == 0


def test_a_session_that_has_ended_is_not_found(world: World, ender: SessionEnder) -> None:
    """Ending a session twice is an error the second time, and so is ending one that never was."""
    session_id = digest(world.log_in())
    ender.end(session_id)
    for unknown in (session_id, "0" * 64):
        with pytest.raises(SessionNotFound):
            ender.end(unknown)


@pytest.mark.parametrize("session_id", ["", "0" * 65, "\x00"])
def test_what_cannot_be_a_session_id_is_refused(ender: SessionEnder, session_id: str) -> None:
    """Malformed ids are invalid requests."""
    with pytest.raises(InvalidRequest, match=r"^session_id "):
        ender.end(session_id)


@pytest.mark.parametrize("user_id", ["", "0" * 321, "\x00"])
def test_what_cannot_be_a_user_id_is_refused(lister: SessionLister, ender: SessionEnder, user_id: str) -> None:
    """Malformed user ids are invalid requests that name the parameter."""
    for act in (lister.list, ender.end_all_of):
        with pytest.raises(InvalidRequest, match=r"^user_id "):
            act(user_id)


def test_ended_sessions_are_logged(world: World, ender: SessionEnder) -> None:
    """Ending sessions leaves an event that says why, whose and how many."""
    session_id = digest(world.log_in())
    ender.end(session_id)
    world.log_in()
    ender.end_all_of(world.ada.user_id)
    told = [entry for entry in world.log.entries if "ended" in entry["event"]]
    assert told == [
        {"event": "session_ended", "log_level": "info", "session_id": session_id},
        {
            "event": "sessions_ended",
            "log_level": "info",
            "cause": "administration",
            "user_id": world.ada.user_id,
            "ended": 1,
        },
    ]
