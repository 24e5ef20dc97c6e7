"""Administration of users."""

from collections.abc import Callable

import pytest

from services.auth.disable_user import UserDisabler
from services.auth.enable_user import UserEnabler
from services.auth.list_users import UserLister
from services.auth.set_password import PasswordSetter
from services.auth.update_user import UserUpdater
from shared.errors import CredentialsInvalid, InvalidRequest, UserExists, UserNotFound
from shared.records import User
from tests.unit.auth.world import PASSWORD, REQUEST, START, World, client


@pytest.fixture
def updater(world: World) -> UserUpdater:
    return UserUpdater(world.store, world.finder, world.clock, world.events)


@pytest.fixture
def disabler(world: World) -> UserDisabler:
    return UserDisabler(world.store, world.finder, world.clock, world.events)


@pytest.fixture
def password_setter(world: World) -> PasswordSetter:
    return PasswordSetter(world.store, world.finder, world.passwords, world.clock, world.events)


def test_a_user_is_created_as_described(world: World) -> None:
    """The new user has an id of 128 random bits, the given name and claims, and a hash instead of the password."""
    grace = world.creator.create("Grace", PASSWORD, {"email": "grace@example.com"})
    assert grace == User(
        user_id=grace.user_id,
        username="Grace",
        password_hash=grace.password_hash,
        claims={"email": "grace@example.com"},
        disabled=False,
        created_at=START,
        updated_at=START,
    )
    assert len(bytes.fromhex(grace.user_id)) == 16
    assert grace.password_hash.startswith("$argon2id$v=19$")
    assert PASSWORD not in grace.password_hash
    assert world.store.find_user(grace.user_id) == grace


@pytest.mark.parametrize("username", ["", " ada", "ad\x00a", "0123456789abcdef" * 2])
def test_an_unacceptable_user_name_is_refused(world: World, username: str) -> None:
    """A user name that misleads creates no user."""
    with pytest.raises(InvalidRequest, match=r"^username "):
        world.creator.create(username, PASSWORD, {})
    assert len(world.store.list_users("", 10)) == 1


@pytest.mark.parametrize(
    ("username", "email"),
    [
        ("ADA", "other@example.com"),
        ("other", "ADA@example.COM"),
        ("ada@example.com", "other@example.com"),
    ],
)
def test_names_are_unique_in_any_case(world: World, username: str, email: str) -> None:
    """Neither a user name nor an e-mail address can be anybody else's, as either of the two."""
    with pytest.raises(UserExists):
        world.creator.create(username, PASSWORD, {"email": email})


@pytest.mark.parametrize("password", ["", "1234567", "p" * 1025, "password\x00", "pass\nword"])
def test_an_unacceptable_password_is_refused(world: World, password_setter: PasswordSetter, password: str) -> None:
    """Passwords have 8 to 1024 characters and no control characters, for new users and for known ones."""
    with pytest.raises(InvalidRequest, match=r"^password "):
        world.creator.create("grace", password, {})
    with pytest.raises(InvalidRequest, match=r"^password "):
        password_setter.set("ada", password)


@pytest.mark.parametrize("length", [8, 1024])
def test_a_password_of_any_acceptable_length_logs_in(world: World, length: int) -> None:
    """The shortest and the longest password work, and every character counts."""
    grace = world.creator.create("grace", "p" * length, {})
    assert world.login.log_in("grace", "p" * length, "").session.user_id == grace.user_id
    with pytest.raises(CredentialsInvalid):
        world.login.log_in("grace", "p" * (length - 1), "")


@pytest.mark.parametrize("name", [lambda user: user.user_id, lambda _: "ADA", lambda _: "ada@example.com"])
def test_a_user_is_found_by_any_name(world: World, name: Callable[[User], str]) -> None:
    """`sub`, user name and e-mail address each name the user."""
    assert world.finder.find(name(world.ada)) == world.ada


@pytest.mark.parametrize(
    ("name", "error"),
    [("nobody", UserNotFound), ("", InvalidRequest), ("a" * 321, InvalidRequest), ("ada\x00", InvalidRequest)],
)
def test_nobody_is_not_found(world: World, name: str, error: type[Exception]) -> None:
    """A name that nobody has is not found; what can be no name is an invalid request."""
    with pytest.raises(error):
        world.finder.find(name)


def test_updating_replaces_all_claims(world: World, updater: UserUpdater) -> None:
    """Claims that are not given are gone, so that a new e-mail address is not verified by the former one's mark."""
    updater.update("ada", {"email": "ada@example.com", "email_verified": True})
    world.clock.advance(60)
    user = updater.update("ada", {"email": "eve@example.com"})
    assert (user.claims, user.updated_at, user.created_at) == ({"email": "eve@example.com"}, START + 60, START)
    assert world.finder.find("ada") == user


@pytest.mark.parametrize("claims", [{"sub": "x"}, {"updated_at": 1.0}, {"user_id": "x"}, {"disabled": False}])
def test_an_update_assigns_claims_only(world: World, updater: UserUpdater, claims: dict[str, object]) -> None:
    """What is no claim cannot be changed by naming it among the claims (CVE-2026-27946)."""
    with pytest.raises(InvalidRequest, match=next(iter(claims))):
        updater.update("ada", claims)
    assert world.finder.find("ada") == world.ada


def test_a_taken_e_mail_address_is_refused(world: World, updater: UserUpdater) -> None:
    """An update cannot take over the address of somebody else."""
    world.creator.create("grace", PASSWORD, {})
    with pytest.raises(UserExists):
        updater.update("grace", {"email": "ADA@example.com"})


def test_a_new_password_ends_everything(world: World, password_setter: PasswordSetter) -> None:
    """Row 31: a password change ends all sessions and what was issued; only the new password fits afterwards."""
    world.store.insert_client(client())
    handles = [world.log_in(), world.log_in()]
    family = world.family_for(REQUEST | {"scope": "openid offline_access"}, handles[0])
    assert password_setter.set("ada", "a new password") == 2
    assert [world.sessions.validate(handle) for handle in handles] == [None, None]
    assert world.store.find_family(family.family_id, START) is None
    with pytest.raises(CredentialsInvalid):
        world.log_in()
    assert world.login.log_in("ada", "a new password", "").session.user_id == world.ada.user_id


def test_a_disabled_user_is_out(world: World, disabler: UserDisabler) -> None:
    """Row 31: disabling ends all sessions and what was issued, bars logging in, and is no error the second time."""
    world.store.insert_client(client())
    handle = world.log_in()
    family = world.family_for(REQUEST | {"scope": "openid offline_access"}, handle)
    assert disabler.disable("ada") == 1
    assert world.sessions.validate(handle) is None
    assert world.store.find_family(family.family_id, START) is None
    with pytest.raises(CredentialsInvalid):
        world.log_in()
    assert disabler.disable("ada") == 0


def test_an_enabled_user_starts_afresh(world: World, disabler: UserDisabler) -> None:
    """Enabling lets the user log in again and brings back nothing that had ended."""
    handle = world.log_in()
    disabler.disable("ada")
    UserEnabler(world.store, world.finder, world.events).enable("ada")
    assert world.sessions.validate(handle) is None
    assert world.session(world.log_in()).user_id == world.ada.user_id


def test_security_events_name_users_by_id_only(
    world: World, disabler: UserDisabler, password_setter: PasswordSetter
) -> None:
    """Row 30: disabling and password changes are logged without user name, e-mail address or password."""
    password_setter.set("ada", "a new password")
    disabler.disable("ada@example.com")
    user_id = world.ada.user_id
    assert [(entry["event"], entry["user_id"], entry["sessions_ended"]) for entry in world.log.entries] == [
        ("password_set", user_id, 0),
        ("user_disabled", user_id, 0),
    ]
    assert not any(secret in str(world.log.entries) for secret in ("example.com", "new password", "'ada'"))


def test_users_are_listed_in_pages(world: World) -> None:
    """Pages follow one another in the order of the user names in lower case, and the last one says so."""
    for name in ("Grace", "alan", "Barbara", "edsger"):
        world.creator.create(name, PASSWORD, {})
    lister, token, pages = UserLister(world.store), "", []
    while True:
        page = lister.list(2, token)
        pages.append([user.username for user in page.users])
        token = page.next_page_token
        if not token:
            break
    assert pages == [["ada", "alan"], ["Barbara", "edsger"], ["Grace"]]


def test_a_full_last_page_leads_nowhere(world: World) -> None:
    """There is no token when the page ends with the last user."""
    assert UserLister(world.store).list(1, "").next_page_token == ""


@pytest.mark.parametrize(("asked", "given"), [(0, 100), (1, 1), (500, 500), (1000, 1000), (2000, 1000)])
def test_pages_have_a_default_size_and_a_maximum(world: World, asked: int, given: int) -> None:
    """Without a size a page has 100 users; a size beyond the maximum is cut, not refused (AIP-158)."""
    for number in range(1100):
        world.store.insert_user(_user(number))
    assert len(UserLister(world.store).list(asked, "").users) == given


@pytest.mark.parametrize(
    ("page_size", "page_token", "named"),
    [
        (-1, "", "page_size"),
        (0, "!", "page_token"),
        (0, "YQ", "page_token"),
        (0, "_w==", "page_token"),
        (0, "YQA=", "page_token"),
    ],
)
def test_an_impossible_page_is_refused(world: World, page_size: int, page_token: str, named: str) -> None:
    """A negative size and a token that no page gave are invalid requests."""
    with pytest.raises(InvalidRequest, match=rf"^{named} "):
        UserLister(world.store).list(page_size, page_token)


def _user(number: int) -> User:
    return User(f"{number:032x}", f"user{number}", "", {}, disabled=False, created_at=START, updated_at=START)
