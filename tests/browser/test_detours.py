"""What people do besides the straight way: tabs, the back button, waiting too long, refusing cookies."""

from playwright.sync_api import expect

from tests.browser.conftest import ClientApplication, Visit


def back_at_the_client(visit: Visit) -> None:
    expect(visit.page.get_by_role("heading")).to_have_text("Back at the client")


def asked_for_consent(visit: Visit) -> None:
    expect(visit.page.get_by_role("heading", level=1)).to_have_text("Allow access?")


def allow(visit: Visit) -> None:
    asked_for_consent(visit)
    visit.page.get_by_role("button", name="Allow").click()


def test_two_tabs_do_not_disturb_each_other(visit: Visit, application: ClientApplication) -> None:
    """Both were begun before anybody was logged in, and both end at the client, each with its own state."""
    other = Visit(visit.page.context.new_page(), visit.plane, visit.problems)
    for tab, state in ((visit, "one"), (other, "two")):
        tab.page.goto(tab.authorize_url(application, state=state, prompt="consent"))
    for tab in (visit, other):
        tab.log_in()
        allow(tab)
        back_at_the_client(tab)
    assert [answer["state"] for _, answer in application.received] == ["one", "two"]
    assert len({answer["code"] for _, answer in application.received}) == 2


def test_a_page_of_a_former_session_is_explained(visit: Visit, application: ClientApplication) -> None:
    """Row 22, hydra#770: consent that was asked of one session is not taken from the next."""
    visit.page.goto(visit.authorize_url(application, prompt="consent"))
    visit.log_in()
    asked_for_consent(visit)
    other = Visit(visit.page.context.new_page(), visit.plane, visit.problems)
    other.page.goto(other.authorize_url(application, prompt="login consent"))
    other.log_in("grace", "compilers are for people")
    asked_for_consent(other)
    visit.page.get_by_role("button", name="Allow").click()
    expect(visit.page.get_by_role("alert")).to_contain_text("session has changed")
    assert application.received == []


def test_back_and_once_more(visit: Visit, application: ClientApplication) -> None:
    """The back button leads to the form again, which still works: nobody ends up in a dead end."""
    visit.page.goto(visit.authorize_url(application, prompt="consent"))
    visit.log_in()
    asked_for_consent(visit)
    visit.page.go_back()
    visit.log_in()
    allow(visit)
    back_at_the_client(visit)


def test_a_reload_after_a_mistake_asks_the_same(visit: Visit, application: ClientApplication) -> None:
    """Sending the same mistake again is refused again, and the form stays usable."""
    visit.page.goto(visit.authorize_url(application, prompt="consent"))
    visit.log_in(password="wrong")
    expect(visit.page.get_by_role("alert")).to_be_visible()
    visit.page.reload()
    expect(visit.page.get_by_role("alert")).to_contain_text("do not match")
    visit.log_in()
    allow(visit)
    back_at_the_client(visit)


def test_without_cookies_the_user_is_told(visit: Visit, application: ClientApplication) -> None:
    """A browser that keeps no cookies gets no form that cannot work, but a page that says why."""
    visit.page.goto(visit.authorize_url(application, prompt="login"))
    visit.page.context.clear_cookies()
    visit.log_in()
    expect(visit.page.get_by_role("alert")).to_contain_text("cookies are blocked")
    assert application.received == []


def test_the_client_is_named_and_its_hint_filled_in(visit: Visit, application: ClientApplication) -> None:
    """The page says who asks; `login_hint` is in its field, and the password has the focus (OIDC Core 3.1.2.1)."""
    visit.page.goto(visit.authorize_url(application, login_hint="ada"))
    expect(visit.page.get_by_role("main")).to_contain_text("to continue to spa")
    expect(visit.page.get_by_label("User name or e-mail")).to_have_value("ada")
    expect(visit.page.get_by_label("Password")).to_be_focused()


def test_a_password_manager_knows_the_fields(visit: Visit, application: ClientApplication) -> None:
    """WCAG 2.2, 1.3.5: the fields say what belongs into them, and a password may be pasted."""
    visit.page.goto(visit.authorize_url(application))
    fields = {"User name or e-mail": "username", "Password": "current-password"}
    for label, purpose in fields.items():
        expect(visit.page.get_by_label(label)).to_have_attribute("autocomplete", purpose)
    visit.page.get_by_label("Password").focus()
    visit.page.keyboard.insert_text("correct horse battery staple")
    expect(visit.page.get_by_label("Password")).to_have_value("correct horse battery staple")
