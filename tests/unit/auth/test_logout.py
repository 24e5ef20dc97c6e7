"""RP-initiated logout: who may end a session without asking the user, and where the browser goes afterwards."""

import pytest

from services.auth.logout import LogoutAttempt, LogoutOutcome
from shared.errors import ClientUnknown, InvalidRequest, RedirectUriMismatch
from shared.handles import digest
from tests.unit.auth.world import GOODBYE, PASSWORD, REQUEST, START, World, client


@pytest.mark.parametrize(
    ("hinted_user", "hinted_session", "confirmed", "logged_out"),
    [
        # None: the hint leaves it out.
        ("ada", "this", False, True),
        ("ada", "this", True, True),
        ("ada", "another", False, False),
        ("ada", "another", True, True),
        ("ada", None, False, False),
        ("grace", "this", False, False),
        ("grace", "another", False, False),
        ("grace", "another", True, True),
        (None, None, False, False),
        (None, None, True, True),
    ],
)
def test_only_a_hint_of_this_very_session_needs_no_confirmation(
    world: World, hinted_user: str | None, hinted_session: str | None, confirmed: bool, logged_out: bool
) -> None:
    """A session ends when the hint names its user and its sid, or when the user confirmed; otherwise it lives on."""
    world.store.insert_client(client())
    handle = world.log_in()
    users = {"ada": world.ada.user_id, "grace": world.creator.create("grace", PASSWORD, {}).user_id}
    claims = {"sid": {"this": digest(handle), "another": digest(world.log_in())}[hinted_session or "this"]}
    hint = world.id_token(sub=users[hinted_user], **(claims if hinted_session else {})) if hinted_user else ""
    outcome = world.logout.log_out(LogoutAttempt(handle, hint, confirmed=confirmed))
    assert outcome == LogoutOutcome(logged_out, "", "Web shop" if hint else "")
    assert (world.sessions.validate(handle) is None) == logged_out


def test_logging_out_ends_all_that_was_issued(world: World) -> None:
    """Row 31: logout revokes what was issued from the session, offline access too, and no other session's."""
    world.store.insert_client(client())
    handle, other = world.log_in(), world.log_in()
    online = world.family_for(REQUEST, handle)
    offline = world.family_for(REQUEST | {"scope": "openid offline_access"}, handle)
    elsewhere = world.family_for(REQUEST, other)
    world.logout.log_out(LogoutAttempt(handle, confirmed=True))
    lives = [world.store.find_family(family.family_id, START) is not None for family in (online, offline, elsewhere)]
    assert lives == [False, False, True]


@pytest.mark.parametrize("session_handle", ["", "garbage", "aps_" + "A" * 56])
def test_without_a_session_there_is_nothing_to_confirm(world: World, session_handle: str) -> None:
    """A browser without a live session is logged out, and goes where the client wants it."""
    world.store.insert_client(client())
    attempt = LogoutAttempt(session_handle, client_id="web", post_logout_redirect_uri=GOODBYE)
    assert world.logout.log_out(attempt) == LogoutOutcome(True, GOODBYE, "Web shop")


def test_logging_out_twice_is_no_error(world: World) -> None:
    """The second logout of a browser finds nothing to do."""
    handle = world.log_in()
    world.logout.log_out(LogoutAttempt(handle, confirmed=True))
    assert world.logout.log_out(LogoutAttempt(handle)) == LogoutOutcome(True, "", "")


def test_a_hint_is_no_credential(world: World) -> None:
    """An ID token without the browser's session ends nothing."""
    world.store.insert_client(client())
    handle = world.log_in()
    world.logout.log_out(LogoutAttempt("", world.id_token(sid=digest(handle))))
    assert world.session(handle).session_id == digest(handle)


def test_an_expired_hint_is_accepted(world: World) -> None:
    """ID tokens have usually expired when a user logs out (RP-Initiated Logout 1.0 section 4)."""
    world.store.insert_client(client())
    handle = world.log_in()
    hint = world.id_token(sid=digest(handle), exp=START - 3600)
    assert world.logout.log_out(LogoutAttempt(handle, hint)).logged_out


@pytest.mark.parametrize(
    ("uri", "state", "redirect_uri"),
    [
        ("https://a.example/bye", "", "https://a.example/bye"),
        ("https://a.example/bye", "xyz", "https://a.example/bye?state=xyz"),
        ("https://a.example/bye?x=1", "a b&c=d", "https://a.example/bye?x=1&state=a+b%26c%3Dd"),
        ("https://a.example/bye?", "é", "https://a.example/bye?state=%C3%A9"),
        ("com.example.app:/bye", "xyz", "com.example.app:/bye?state=xyz"),
        ("", "xyz", ""),
    ],
)
def test_state_goes_back_with_the_redirect(world: World, uri: str, state: str, redirect_uri: str) -> None:
    """State is appended to the redirect URI, encoded, and goes nowhere without one."""
    world.store.insert_client(client(post_logout_redirect_uris=(uri,)))
    attempt = LogoutAttempt(client_id="web", post_logout_redirect_uri=uri, state=state)
    assert world.logout.log_out(attempt).redirect_uri == redirect_uri


@pytest.mark.parametrize(
    "uri",
    [
        "https://evil.example/",
        f"{GOODBYE}/",
        f"{GOODBYE}?x=1",
        f"{GOODBYE}#x",
        f"{GOODBYE}/../evil",
        GOODBYE.upper(),
        f" {GOODBYE}",
        f"{GOODBYE}\n",
        "javascript:alert(1)",
        "http://127.0.0.1:5000/bye",
        "https://app.example.com/callback",
    ],
)
def test_a_foreign_redirect_uri_stops_everything(world: World, uri: str) -> None:
    """Row 1: a post_logout_redirect_uri that is not registered, loopback ports included, ends no session."""
    world.store.insert_client(client(post_logout_redirect_uris=(GOODBYE, "http://127.0.0.1/bye")))
    handle = world.log_in()
    hint = world.id_token(sid=digest(handle))
    with pytest.raises(RedirectUriMismatch):
        world.logout.log_out(LogoutAttempt(handle, hint, post_logout_redirect_uri=uri, confirmed=True))
    assert world.session(handle).session_id == digest(handle)


def test_a_redirect_needs_a_client(world: World) -> None:
    """Nobody's redirect URI is registered with nobody."""
    world.store.insert_client(client())
    with pytest.raises(RedirectUriMismatch):
        world.logout.log_out(LogoutAttempt(post_logout_redirect_uri=GOODBYE))


@pytest.mark.parametrize(
    ("client_id", "audience", "error"),
    [
        ("web", "", None),
        ("", "web", None),
        ("web", "web", None),
        ("web", "other", InvalidRequest),
        ("other", "web", InvalidRequest),
        ("nobody", "", ClientUnknown),
        ("", "nobody", ClientUnknown),
        ("barred", "", ClientUnknown),
        ("we\x00b", "", InvalidRequest),
        ("w" * 256, "", InvalidRequest),
    ],
)
def test_client_id_and_hint_must_agree(
    world: World, client_id: str, audience: str, error: type[Exception] | None
) -> None:
    """The client is named by client_id or by the hint; both together must name the same, known, enabled one."""
    for each in ("web", "other", "barred"):
        world.store.insert_client(client(client_id=each))
    world.store.disable_client("barred", START)
    hint = world.id_token(aud=audience) if audience else ""
    attempt = LogoutAttempt("", hint, client_id, GOODBYE)
    if error is None:
        assert world.logout.log_out(attempt).redirect_uri == GOODBYE
    else:
        with pytest.raises(error):
            world.logout.log_out(attempt)


@pytest.mark.parametrize("hint", ["garbage", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", "x" * 100_000, "\x00"])
def test_a_hint_that_is_none_is_refused(world: World, hint: str) -> None:
    """Only an ID token of this issuer is a hint; nothing ends with another."""
    handle = world.log_in()
    with pytest.raises(InvalidRequest, match="id_token_hint"):
        world.logout.log_out(LogoutAttempt(handle, hint, confirmed=True))
    assert world.session(handle).session_id == digest(handle)


def test_the_confirmation_page_knows_where_the_form_leads(world: World) -> None:
    """Until the user confirms nothing ends, and the page learns who asks and where the browser would go."""
    world.store.insert_client(client())
    handle = world.log_in()
    outcome = world.logout.log_out(LogoutAttempt(handle, "", "web", GOODBYE, "xyz"))
    assert outcome == LogoutOutcome(False, f"{GOODBYE}?state=xyz", "Web shop")
    assert world.session(handle).session_id == digest(handle)


@pytest.mark.parametrize("state", ["s" * 4097, "a\nb"])
def test_an_impossible_state_is_refused(world: World, state: str) -> None:
    """State is bounded and has no control characters."""
    world.store.insert_client(client())
    with pytest.raises(InvalidRequest, match=r"^state "):
        world.logout.log_out(LogoutAttempt(client_id="web", post_logout_redirect_uri=GOODBYE, state=state))
