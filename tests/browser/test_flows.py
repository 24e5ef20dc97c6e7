"""What a person does, in a real browser."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import ClientApplication, Visit


def test_wrong_then_right_password_then_consent(visit: Visit, application: ClientApplication) -> None:
    """A mistake is told without saying which half was wrong, and keeps the user name; then the code arrives."""
    visit.page.goto(visit.authorize_url(application, prompt="consent"))
    expect(visit.page).to_have_title("Sign in")
    visit.log_in(password="wrong")
    expect(visit.page.get_by_role("alert")).to_contain_text("do not match")
    expect(visit.page).to_have_title("Error: Sign in")
    expect(visit.page.get_by_label("User name or e-mail")).to_have_value("ada")
    visit.log_in()
    expect(visit.page.get_by_role("heading", level=1)).to_have_text("Allow access?")
    visit.page.get_by_role("button", name="Allow").click()
    expect(visit.page.get_by_role("heading")).to_have_text("Back at the client")
    ((method, answer),) = application.received
    assert method == "GET"
    assert answer.keys() == {"code", "state", "iss"}
    assert answer["iss"] == visit.plane.issuer


def test_denied_consent_is_told_to_the_client(visit: Visit, application: ClientApplication) -> None:
    """RFC 6749 section 4.1.2.1: access_denied, with state and iss."""
    visit.page.goto(visit.authorize_url(application, prompt="consent"))
    visit.log_in()
    visit.page.get_by_role("button", name="Deny").click()
    expect(visit.page.get_by_role("heading")).to_have_text("Back at the client")
    ((_, answer),) = application.received
    assert (answer["error"], answer["state"], answer["iss"]) == ("access_denied", "state", visit.plane.issuer)


def test_the_keyboard_is_enough(visit: Visit, application: ClientApplication) -> None:
    """The first field has the focus; Tab and Enter do the rest, and the focus is always visible."""
    visit.page.goto(visit.authorize_url(application, prompt="consent"))
    keyboard = visit.page.keyboard
    expect(visit.page.get_by_label("User name or e-mail")).to_be_focused()
    keyboard.type("ada")
    keyboard.press("Tab")
    keyboard.type("correct horse battery staple")
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    assert visit.page.evaluate(outline) != "none"
    keyboard.press("Enter")
    expect(visit.page.get_by_role("heading", level=1)).to_have_text("Allow access?")
    visit.page.wait_for_load_state()  # A key that comes earlier may be lost.
    keyboard.press("Tab")
    expect(visit.page.get_by_role("button", name="Allow")).to_be_focused()
    assert visit.page.evaluate(outline) != "none"
    keyboard.press("Enter")
    expect(visit.page.get_by_role("heading")).to_have_text("Back at the client")


def test_a_second_request_needs_no_password(visit: Visit, application: ClientApplication) -> None:
    """Single sign-on: the session and the consent given are remembered."""
    visit.page.goto(visit.authorize_url(application, prompt="consent"))
    visit.log_in()
    visit.page.get_by_role("button", name="Allow").click()
    expect(visit.page.get_by_role("heading")).to_have_text("Back at the client")
    visit.page.goto(visit.authorize_url(application))
    expect(visit.page.get_by_role("heading")).to_have_text("Back at the client")
    assert len(application.received) == 2


@pytest.mark.parametrize(
    ("visit", "by_hand"),
    [({}, False), ({"java_script_enabled": False}, True)],
    indirect=["visit"],
    ids=["script", "no script"],
)
def test_form_post_works_with_and_without_script(visit: Visit, application: ClientApplication, by_hand: bool) -> None:
    """OAuth 2.0 Form Post Response Mode: by itself where script runs, else by a button."""
    visit.page.goto(visit.authorize_url(application, response_mode="form_post", prompt="consent"))
    visit.log_in()
    visit.page.get_by_role("button", name="Allow").click()
    if by_hand:
        visit.page.get_by_role("button", name="Continue").click()
    expect(visit.page.get_by_role("heading")).to_have_text("Back at the client")
    ((method, answer),) = application.received
    assert method == "POST"
    assert answer["state"] == "state"


def test_logout_asks_and_then_signs_out(visit: Visit, application: ClientApplication) -> None:
    """Without an ID token the user confirms; afterwards the next request asks for the password again."""
    visit.page.goto(visit.authorize_url(application, prompt="consent"))
    visit.log_in()
    visit.page.get_by_role("button", name="Allow").click()
    expect(visit.page.get_by_role("heading")).to_have_text("Back at the client")
    visit.page.goto(f"{visit.plane.issuer}/auth/logout")
    visit.page.get_by_role("button", name="Sign out").click()
    expect(visit.page.get_by_role("heading", level=1)).to_contain_text("signed out")
    visit.page.goto(visit.authorize_url(application))
    expect(visit.page).to_have_title("Sign in")


@pytest.mark.parametrize("parameters", [{"client_id": "nobody"}, {"redirect_uri": "https://evil.example/"}])
def test_what_may_not_be_redirected_ends_on_a_page(
    visit: Visit, application: ClientApplication, parameters: dict[str, str]
) -> None:
    """Row 1: an unknown client or redirect URI is told to the person, and nothing is sent anywhere."""
    visit.page.goto(visit.authorize_url(application, **parameters))
    expect(visit.page.get_by_role("alert")).to_be_visible()
    assert visit.page.url.startswith(visit.plane.issuer)
    assert application.received == []
