"""Logging in: sessions are new each time, and a refusal tells nothing."""

from collections.abc import Callable
from dataclasses import replace
from random import Random

import argon2
import pytest

from services.auth.authorize import AuthorizationAttempt
from services.auth.login import PasswordLogin
from services.auth.passwords import PasswordHasher
from shared.errors import AuthplaneError, CredentialsInvalid, InvalidGrant, InvalidRequest
from shared.handles import digest
from shared.records import Session
from shared.store.memory import MemoryStore
from tests.unit.auth.world import CHEAP, PASSWORD, REQUEST, SESSION_TTL, START, World, client


def refusal(world: World, username: str, password: str) -> AuthplaneError:
    with pytest.raises(CredentialsInvalid) as caught:
        world.login.log_in(username, password, "")
    return caught.value


@pytest.mark.parametrize("name", ["ada", "ADA", "Ada@Example.com", "ada@example.com", "ADA@EXAMPLE.COM"])
def test_user_name_and_e_mail_log_in_in_any_case(world: World, name: str) -> None:
    """A login begins a session of the user, with the methods that were used."""
    begun = world.login.log_in(name, PASSWORD, "")
    assert begun.session == Session(
        session_id=digest(begun.handle),
        user_id=world.ada.user_id,
        auth_time=START,
        acr="1",
        amr=("pwd",),
        created_at=START,
        expires_at=START + SESSION_TTL,
    )
    assert world.session(begun.handle) == begun.session


@pytest.mark.parametrize("password", ["wrong", PASSWORD.upper(), f"{PASSWORD} ", PASSWORD[:-1]])
def test_a_wrong_password_is_refused(world: World, password: str) -> None:
    """Only the password itself fits."""
    assert refusal(world, "ada", password).reason == "CREDENTIALS_INVALID"


def test_the_same_password_in_another_unicode_form_fits(world: World) -> None:
    """Keyboards differ in how they compose letters, and full-width letters are letters (NIST SP 800-63B 5.1.1.2)."""
    world.creator.create("zoe", "caf\u00e9 au lait", {})
    assert world.login.log_in("zoe", "cafe\u0301 \uff41u lait", "").session.user_id


def test_refusals_do_not_differ(world: World) -> None:
    """Row 26: a wrong password, an unknown user and a disabled user get the very same answer."""
    world.creator.create("grace", PASSWORD, {})
    world.store.disable_user(world.finder.find("grace").user_id, START)
    refusals = [
        refusal(world, "ada", "wrong"),
        refusal(world, "nobody", PASSWORD),
        refusal(world, "grace", PASSWORD),
        refusal(world, "grace", "wrong"),
    ]
    assert len({(type(error), error.message, error.reason, error.oauth_error) for error in refusals}) == 1


class CountingHasher(PasswordHasher):
    """Remembers against which hashes it checked passwords."""

    def __init__(self) -> None:
        super().__init__(CHEAP, Random(1).randbytes)
        self.checked: list[str] = []

    def verify(self, password_hash: str, password: str) -> bool:
        self.checked.append(password_hash)
        return super().verify(password_hash, password)


def test_every_refusal_makes_one_password_check(world: World) -> None:
    """Row 26: the password is checked exactly once, whether the user exists, is disabled, or does not exist."""
    grace = world.creator.create("grace", PASSWORD, {})
    world.store.disable_user(grace.user_id, START)
    hasher = CountingHasher()
    for name in ("ada", "grace", "nobody"):
        with pytest.raises(CredentialsInvalid):
            world.login_with(hasher).log_in(name, "wrong", "")
    assert hasher.checked == [world.ada.password_hash, grace.password_hash, ""]


class NotToBeAsked(MemoryStore):
    """Makes it a failure to add a session."""

    def insert_session(self, session: Session, password_hash: str, previous_session_id: str) -> bool:
        raise AssertionError


def test_the_right_password_of_a_disabled_user_costs_no_more(world: World) -> None:
    """Row 26: a disabled user is refused without another store access, so the time does not tell that it was right."""
    world.store.disable_user(world.ada.user_id, START)
    login = PasswordLogin(
        world.store, NotToBeAsked(), world.passwords, world.handles, world.clock, world.events, SESSION_TTL
    )
    with pytest.raises(CredentialsInvalid):
        login.log_in("ada", PASSWORD, "")


class ChangingHasher(PasswordHasher):
    """Lets something happen while a password is being checked."""

    def __init__(self, meanwhile: Callable[[], object]) -> None:
        super().__init__(CHEAP, Random(1).randbytes)
        self._meanwhile = meanwhile

    def verify(self, password_hash: str, password: str) -> bool:
        self._meanwhile()
        return super().verify(password_hash, password)


@pytest.mark.parametrize("meanwhile", ["disable", "set_password"])
def test_what_happens_during_the_check_counts(world: World, meanwhile: str) -> None:
    """Row 31: a user who is disabled, or whose password changes, while it is being checked gets no session."""
    changes: dict[str, Callable[[], object]] = {
        "disable": lambda: world.store.disable_user(world.ada.user_id, START),
        "set_password": lambda: world.store.set_password(world.ada.user_id, CHEAP.hash("another"), START),
    }
    with pytest.raises(CredentialsInvalid):
        world.login_with(ChangingHasher(changes[meanwhile])).log_in("ada", PASSWORD, "")
    assert not world.store.list_sessions(world.ada.user_id, START)


def test_a_hash_of_an_old_cost_is_upgraded(world: World) -> None:
    """The first login after the cost was changed stores a hash of the new cost; no session ends, the password stays."""
    costlier = argon2.PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    before = world.log_in()
    login = world.login_with(PasswordHasher(costlier, Random(1).randbytes))
    login.log_in("ada", PASSWORD, "")
    upgraded = world.finder.find("ada").password_hash
    assert argon2.extract_parameters(upgraded) == argon2.extract_parameters(costlier.hash("x"))
    assert world.session(before).user_id == world.ada.user_id
    login.log_in("ada", PASSWORD, "")
    assert world.finder.find("ada").password_hash == upgraded


def test_logging_in_again_gives_another_session(world: World) -> None:
    """Row 23: the session id after a login is never the one from before it, and the old handle is dead."""
    old = world.log_in()
    new = world.log_in(previous=old)
    assert old != new
    assert world.sessions.validate(old) is None
    assert world.session(new).user_id == world.ada.user_id


def test_logging_in_again_keeps_what_was_issued(world: World) -> None:
    """Re-authentication of the same user replaces the session's id, but revokes nothing."""
    world.store.insert_client(client())
    old = world.log_in()
    family = world.family_for(REQUEST, old)
    new = world.log_in(previous=old)
    found = world.store.find_family(family.family_id, START)
    assert found == replace(family, session_id=digest(new))


def test_logging_in_as_another_user_ends_the_session_before(world: World) -> None:
    """Another user in the same browser ends the former user's session and what was issued from it."""
    world.store.insert_client(client())
    world.creator.create("grace", PASSWORD, {})
    old = world.log_in()
    family = world.family_for(REQUEST, old)
    world.log_in("grace", previous=old)
    assert world.sessions.validate(old) is None
    assert world.store.find_family(family.family_id, START) is None


def test_a_code_dies_with_its_session(world: World) -> None:
    """A code that was not redeemed before its session ended is worth nothing."""
    world.store.insert_client(client())
    handle = world.log_in()
    code = dict(world.response(AuthorizationAttempt(REQUEST, session_handle=handle)).parameters)["code"]
    world.store.end_session(digest(handle), START)
    with pytest.raises(InvalidGrant):
        world.redeem(code)


@pytest.mark.parametrize("previous", ["", "garbage", "aps_" + "A" * 56, "\x00", "x" * 100_000])
def test_a_previous_handle_that_is_none_is_ignored(world: World, previous: str) -> None:
    """Row 23: a planted or broken cookie neither helps nor hinders a login."""
    assert world.session(world.log_in(previous=previous)).user_id == world.ada.user_id


@pytest.mark.parametrize(
    ("username", "password", "named"),
    [
        ("", PASSWORD, "username"),
        ("a" * 321, PASSWORD, "username"),
        ("ada\x00", PASSWORD, "username"),
        ("ada\r\nlogin_succeeded", PASSWORD, "username"),
        ("ada", "", "password"),
        ("ada", "p" * 1025, "password"),
        ("ada", "p\x00", "password"),
    ],
)
def test_impossible_input_is_refused_before_any_work(world: World, username: str, password: str, named: str) -> None:
    """Empty, oversized and control-character input is an invalid request that names the parameter."""
    hasher = CountingHasher()
    with pytest.raises(InvalidRequest, match=rf"^{named} "):
        world.login_with(hasher).log_in(username, password, "")
    assert hasher.checked == []


def test_logins_are_logged_without_personal_data(world: World) -> None:
    """Row 30: logins leave events with the user id; no user name, e-mail address, password or handle."""
    handle = world.log_in("Ada@Example.com")
    refusal(world, "ada", "hunter2hunter2")
    refusal(world, "nobody@example.com", "hunter2hunter2")
    assert [(entry["event"], entry["user_id"]) for entry in world.log.entries] == [
        ("login_succeeded", world.ada.user_id),
        ("login_failed", world.ada.user_id),
        ("login_failed", ""),
    ]
    text = str(world.log.entries).lower()
    assert not any(secret in text for secret in ("example.com", "hunter2", PASSWORD, handle.lower(), "'ada'"))
