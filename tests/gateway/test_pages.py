"""The pages: what they send, what they withhold, and whether everybody can use them."""

import base64
import hashlib
import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from gateway.pages import FORM_POST_SCRIPT_SHA256, Pages

HOSTILE = "<script>alert(1)</script>\"'&"
PAGES = Pages(None)


class Page(HTMLParser):
    """A page as its elements: name and attributes, in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text: dict[str, str] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        if self.elements:
            tag = self.elements[-1][0]
            self.text[tag] = self.text.get(tag, "") + data

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def control(self, name: str) -> dict[str, str]:
        (found,) = [attributes for _, attributes in self.elements if attributes.get("name") == name]
        return found


def login(username: str = "", refused: bool = False, unavailable: bool = False, client_name: str = "Web") -> Page:
    return Page(PAGES.login("the ticket", "the token", client_name, username, refused, unavailable))


def every_page(text: str) -> dict[str, Page]:
    """Every page, with this text for every value."""
    return {
        "login": Page(PAGES.login(text, text, text, text, refused=False, unavailable=False)),
        "login refused": Page(PAGES.login(text, text, text, text, refused=True, unavailable=False)),
        "login unavailable": Page(PAGES.login(text, text, text, text, refused=False, unavailable=True)),
        "consent": Page(PAGES.consent(text, text, text, text, ["openid", text])),
        "logout confirmation": Page(PAGES.logout_confirmation(text, text, text)),
        "logged out": Page(PAGES.logged_out(text)),
        "error": Page(PAGES.error(text, text, text)),
        "form post": Page(PAGES.form_post(text, [(text, text)])),
    }


@pytest.fixture(params=list(every_page("")))
def page(request: pytest.FixtureRequest) -> Page:
    return every_page(HOSTILE)[request.param]


def test_a_page_prints_no_value_as_markup(page: Page) -> None:
    """Row 20, ASVS 1.2.1: whatever a value holds, the page has no more scripts than its own."""
    assert "alert(1)</script>" not in page.html
    assert page.text.get("script", "").strip() in ("", "document.forms[0].submit()")


def test_a_page_needs_nothing_that_the_policy_blocks(page: Page) -> None:
    """Row 21: no style in the page, no event handler, nothing from elsewhere, no base."""
    assert {"style", "base", "object", "iframe"}.isdisjoint(tag for tag, _ in page.elements)
    attributes = [name for _, values in page.elements for name in values]
    assert [name for name in attributes if name == "style" or name.startswith("on")] == []
    sources = [values[name] for tag, values in page.elements for name in ("src", "href") if name in values]
    assert [source for source in sources if not source.startswith(("/auth/assets/", "#"))] == []


def test_a_page_has_what_screen_readers_go_by(page: Page) -> None:
    """A language, a title, one main landmark, one heading of the first level, no level left out."""
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert page.all("html") == [{"lang": "en"}]
    assert page.text["title"].strip() != ""
    assert len(page.all("main")) == 1
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(below - above <= 1 for above, below in pairwise(levels))
    assert all("alt" in image for image in page.all("img"))


def test_every_field_that_is_seen_has_a_label(page: Page) -> None:
    """Each visible input is named by a label, and no id is given twice."""
    fields = [field["id"] for field in page.all("input") if field.get("type") != "hidden"]
    ids = [values["id"] for _, values in page.elements if "id" in values]
    assert [label["for"] for label in page.all("label")] == fields
    assert len(ids) == len(set(ids))


def test_every_reference_inside_a_page_leads_somewhere(page: Page) -> None:
    """Descriptions and links name elements that are there."""
    ids = {values["id"] for _, values in page.elements if "id" in values}
    named = {values["aria-describedby"] for _, values in page.elements if "aria-describedby" in values}
    linked = {link["href"].removeprefix("#") for link in page.all("a")}
    assert named | linked <= ids


def test_the_login_form_sends_the_ticket_and_what_was_typed() -> None:
    """Row 22: the form posts ticket and CSRF token with the credentials."""
    page = login()
    assert page.all("form") == [{"method": "post", "action": "/auth/login"}]
    assert page.control("ticket")["value"] == "the ticket"
    assert page.control("csrf_token")["value"] == "the token"
    assert page.control("username")["autocomplete"] == "username"
    assert page.control("password")["autocomplete"] == "current-password"


def test_a_password_may_be_of_any_length_and_is_never_shown_again() -> None:
    """ASVS 6.2.9, 6.2.6: nothing cuts or blocks a password, and the page does not hold one."""
    password = login(refused=True).control("password")
    assert password["type"] == "password"
    assert {"maxlength", "pattern", "value", "onpaste"}.isdisjoint(password)


@pytest.mark.parametrize(("username", "focused"), [("", "username"), ("ada", "password")])
def test_the_first_empty_field_has_the_focus(username: str, focused: str) -> None:
    """Whoever comes with a user name begins with the password."""
    fields = login(username).all("input")
    assert [field["name"] for field in fields if "autofocus" in field] == [focused]
    assert login(username).control("username")["value"] == username


def test_a_refused_login_says_so_without_saying_which_part_was_wrong() -> None:
    """Row 26: one text for both, in an alert that both fields refer to; the title tells it first."""
    page = login("ada", refused=True)
    assert page.text["title"].strip() == "Error: Sign in"
    assert "That user name and password do not match." in page.html
    assert [values["id"] for _, values in page.elements if "problem" in values.get("id", "")] == ["problem"]
    for name in ("username", "password"):
        assert page.control(name)["aria-invalid"] == "true"
        assert page.control(name)["aria-describedby"] == "problem"


def test_a_login_that_could_not_be_tried_blames_nobody() -> None:
    """The fields are not marked as wrong when the plane was too busy to look."""
    page = login("ada", refused=True, unavailable=True)
    assert page.text["title"].strip() == "Error: Sign in"
    assert "Sign-in is busy, try again in a moment." in page.html
    assert "do not match" not in page.html
    assert "aria-invalid" not in page.html


def test_a_login_at_first_has_no_alert() -> None:
    """Nothing is wrong before anything was tried."""
    assert "alert" not in login().html


def test_consent_explains_standard_scopes_and_names_the_others() -> None:
    """A scope that authplane does not know is shown as it is."""
    html = PAGES.consent("t", "c", "Web", "ada", ["openid", "email", "orders:read"])
    assert "Know who you are" in html
    assert "See your e-mail address" in html
    assert "<code>orders:read</code>" in html
    assert "<code>email</code>" not in html


@pytest.mark.parametrize("scope", ["openid", "profile", "email", "address", "phone", "offline_access"])
def test_every_standard_scope_has_an_explanation(scope: str) -> None:
    """OpenID Connect Core 5.4, 11: none of its scopes is shown by its name alone."""
    assert f"<code>{scope}</code>" not in PAGES.consent("t", "c", "Web", "ada", [scope])


def test_consent_can_be_granted_and_denied() -> None:
    """Two buttons of one form, granting first."""
    page = Page(PAGES.consent("t", "c", "Web", "ada", ["openid"]))
    assert [(button["name"], button["value"]) for button in page.all("button")] == [
        ("decision", "grant"),
        ("decision", "deny"),
    ]


def test_a_form_post_response_posts_its_parameters_even_without_script() -> None:
    """OAuth 2.0 Form Post Response Mode, section 2: the parameters are hidden fields; a button sends them too."""
    page = Page(PAGES.form_post("https://client.example/cb?a=1&b=2", [("code", "x y"), ("state", HOSTILE)]))
    assert page.all("form") == [{"method": "post", "action": "https://client.example/cb?a=1&b=2"}]
    assert [(field["name"], field["value"]) for field in page.all("input")] == [("code", "x y"), ("state", HOSTILE)]
    assert page.all("button") == [{"class": "primary", "type": "submit"}]


def test_the_policy_can_allow_exactly_the_script_that_submits() -> None:
    """CSP Level 3: the hash is that of the text between the tags."""
    script = PAGES.form_post("https://client.example/cb", []).split("<script>")[1].split("</script>")[0]
    assert base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() == FORM_POST_SCRIPT_SHA256


@pytest.mark.parametrize("name", [name for name in every_page("") if name != "form post"])
def test_no_other_page_has_a_script(name: str) -> None:
    """Everything works without."""
    assert every_page("x")[name].all("script") == []


def test_pages_follow_the_issuer_to_its_path() -> None:
    """Forms and assets of an issuer with a path stand below it."""
    html = Pages(None, lambda path: f"/tenant{path}").login("t", "c", "", "", refused=False, unavailable=False)
    assert re.findall(r'(?:href|src|action)="([^"]*)"', html) == [
        "/tenant/auth/assets/icon.svg",
        "/tenant/auth/assets/style.css",
        "/tenant/auth/assets/icon.svg",
        "/tenant/auth/login",
    ]


def test_assets_have_a_content_type() -> None:
    """With `nosniff` a browser takes a style sheet only as text/css."""
    style, icon = PAGES.asset("style.css"), PAGES.asset("icon.svg")
    assert style is not None
    assert style.content_type == "text/css; charset=utf-8"
    assert icon is not None
    assert icon.content_type == "image/svg+xml"


@pytest.mark.parametrize("name", ["", "login.html", "../pages.py", "../static/style.css", "STYLE.CSS"])
def test_nothing_but_an_asset_is_served(name: str) -> None:
    """Assets are found by their names alone, never by a path."""
    assert PAGES.asset(name) is None


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("foreground", "background", "least"),
    [
        *[(text, "card", 4.5) for text in ("text", "quiet", "accent", "wrong")],
        ("text", "field", 4.5),
        ("text", "tint", 4.5),
        ("quiet", "tint", 4.5),
        ("text", "wrong-tint", 4.5),
        ("wrong", "wrong-tint", 4.5),
        ("on-accent", "accent", 4.5),
        ("on-accent", "accent-strong", 4.5),
        ("field-line", "card", 3),
        ("wrong", "field", 3),
    ],
)
def test_colours_are_far_enough_apart(scheme: str, foreground: str, background: str, least: float) -> None:
    """WCAG 2.2, 1.4.3 and 1.4.11: text 4.5 : 1, borders of fields and the focus ring 3 : 1, in both schemes."""
    asset = PAGES.asset("style.css")
    assert asset is not None
    light, dark = asset.content.decode().split("@media (prefers-color-scheme: dark)")
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", light if scheme == "light" else dark))
    darker, lighter = sorted(luminance(colours[name]) for name in (foreground, background))
    assert (lighter + 0.05) / (darker + 0.05) >= least
