"""How the pages look and read, measured in a real browser."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import ClientApplication, Visit

# What a page looks like does not depend on where users are kept.
pytestmark = pytest.mark.parametrize("store_name", ["memory"], indirect=True, scope="session")

Opener = Callable[[Visit, ClientApplication], None]
# Without script no page moves on by itself, so that the form-post page can be looked at too.
STILL = {"java_script_enabled": False}
NARROW = {**STILL, "viewport": {"width": 320, "height": 640}}
LARGE_TEXT = {**STILL, "viewport": {"width": 640, "height": 400}, "device_scale_factor": 2}
DARK = {**STILL, "color_scheme": "dark"}
LIGHT = {**STILL, "color_scheme": "light"}

CONTRASTS = """() => {
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  const channel = (value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  };
  const luminance = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const background = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const results = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || element.tagName === "SCRIPT" || !element.offsetParent) continue;
    const [a, b] = [luminance(parse(getComputedStyle(element).color)), luminance(background(element))];
    results.push([(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), walker.currentNode.textContent.trim()]);
  }
  return results;
}"""


FOCUSED = """() => {
  const controls = [...document.querySelectorAll("a, button, input:not([type=hidden])")];
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  const style = getComputedStyle(document.activeElement);
  return {
    index: controls.indexOf(document.activeElement),
    style: style.outlineStyle,
    width: parseFloat(style.outlineWidth),
    colour: parse(style.outlineColor),
    background: parse(getComputedStyle(document.querySelector("main")).backgroundColor),
  };
}"""


def contrast(one: Sequence[float], other: Sequence[float]) -> float:
    """The contrast ratio of two colours (WCAG 2.2)."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: Sequence[float]) -> float:
    parts = [value / 255 for value in colour[:3]]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def see(visit: Visit, heading: str) -> None:
    """Nothing is measured before the page is there."""
    expect(visit.page.get_by_role("heading", level=1)).to_have_text(heading)


def login(visit: Visit, application: ClientApplication) -> None:
    visit.page.goto(visit.authorize_url(application))
    see(visit, "Sign in")


def refused_login(visit: Visit, application: ClientApplication) -> None:
    login(visit, application)
    visit.log_in(username="a-very-long-name-without-any-place-to-break-it" * 3, password="wrong")
    expect(visit.page.get_by_role("alert")).to_be_visible()


def consent(visit: Visit, application: ClientApplication) -> None:
    visit.page.goto(visit.authorize_url(application, prompt="consent"))
    visit.log_in()
    see(visit, "Allow access?")


def form_post(visit: Visit, application: ClientApplication) -> None:
    visit.page.goto(visit.authorize_url(application, prompt="consent", response_mode="form_post"))
    visit.log_in()
    visit.page.get_by_role("button", name="Allow").click()
    see(visit, "One moment")


def unknown_client(visit: Visit, application: ClientApplication) -> None:
    visit.page.goto(visit.authorize_url(application, client_id="long" * 40))
    see(visit, "This request cannot be answered")


def wrong_redirect_uri(visit: Visit, application: ClientApplication) -> None:
    visit.page.goto(visit.authorize_url(application, redirect_uri="https://elsewhere.example/"))
    see(visit, "This request cannot be answered")


def logout(visit: Visit, application: ClientApplication) -> None:
    consent(visit, application)
    visit.page.goto(f"{visit.plane.issuer}/auth/logout")
    see(visit, "Sign out?")


def signed_out(visit: Visit, application: ClientApplication) -> None:
    visit.page.goto(f"{visit.plane.issuer}/auth/logout")
    see(visit, "You are signed out")


PAGES: list[Opener] = [
    login,
    refused_login,
    consent,
    form_post,
    unknown_client,
    wrong_redirect_uri,
    logout,
    signed_out,
]
every_page = pytest.mark.parametrize("opened", PAGES, ids=lambda opener: opener.__name__)


@every_page
@pytest.mark.parametrize("visit", [NARROW], indirect=True, ids=["320 px"])
def test_nothing_scrolls_sideways_at_320_pixels(
    visit: Visit, application: ClientApplication, opened: Opener, tmp_path: Path
) -> None:
    """WCAG 2.2, 1.4.10: content reflows; and 2.5.8: what is to be hit is at least 24 pixels wide and high."""
    opened(visit, application)
    visit.page.screenshot(path=tmp_path / "page.png", full_page=True)
    assert visit.page.evaluate("document.scrollingElement.scrollWidth") <= 320
    for target in visit.page.locator("button, input:not([type=hidden])").all():
        box = target.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 24
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 320


@every_page
@pytest.mark.parametrize("visit", [LARGE_TEXT], indirect=True, ids=["200 %"])
def test_text_can_be_twice_as_large(visit: Visit, application: ClientApplication, opened: Opener) -> None:
    """WCAG 2.2, 1.4.4: nothing is cut off or runs out of the window when the reader's font is twice as large."""
    opened(visit, application)
    visit.page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert visit.page.evaluate("getComputedStyle(document.body).fontSize") == "32px"
    assert visit.page.evaluate("document.scrollingElement.scrollWidth") <= 640
    cut_off = "[...document.querySelectorAll('button, p, h1')].filter(e => e.scrollWidth > e.clientWidth + 1).length"
    assert visit.page.evaluate(cut_off) == 0


@every_page
@pytest.mark.parametrize("visit", [LIGHT, DARK], indirect=True, ids=["light", "dark"])
def test_text_has_contrast(visit: Visit, application: ClientApplication, opened: Opener, tmp_path: Path) -> None:
    """WCAG 2.2, 1.4.3: at least 4.5 to 1, for every text, in both schemes."""
    opened(visit, application)
    visit.page.screenshot(path=tmp_path / "page.png", full_page=True)
    contrasts = visit.page.evaluate(CONTRASTS)
    assert contrasts
    assert [text for contrast, text in contrasts if contrast < 4.5] == []


def background_of(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))


def test_the_dark_scheme_is_dark(visit: Visit, application: ClientApplication) -> None:
    """The browser's preference decides."""
    seen = set()
    for scheme in ("light", "dark"):
        visit.page.emulate_media(color_scheme=scheme)
        login(visit, application)
        seen.add(background_of(visit.page))
    assert len(seen) == 2


@every_page
@pytest.mark.parametrize("visit", [STILL], indirect=True, ids=["no script"])
def test_the_page_is_built_for_everyone(visit: Visit, application: ClientApplication, opened: Opener) -> None:
    """A language, a title, one heading of the first level, one main landmark, and a label for every field."""
    opened(visit, application)
    page = visit.page
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.title()
    assert (page.locator("h1").count(), page.locator("main").count()) == (1, 1)
    unlabelled = "[...document.querySelectorAll('input:not([type=hidden])')].filter(i => !i.labels.length).length"
    assert page.evaluate(unlabelled) == 0
    nameless = "[...document.querySelectorAll('button, a')].filter(e => !e.innerText.trim()).length"
    assert page.evaluate(nameless) == 0
    assert page.locator("img:not([alt])").count() == 0
    identifiers = page.evaluate("[...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(identifiers) == len(set(identifiers))


@every_page
@pytest.mark.parametrize("visit", [LIGHT, DARK], indirect=True, ids=["light", "dark"])
def test_the_focus_is_seen(visit: Visit, application: ClientApplication, opened: Opener) -> None:
    """WCAG 2.2, 2.4.7 and 1.4.11: Tab reaches every control in reading order, each with an outline of 3 to 1."""
    opened(visit, application)
    page = visit.page
    controls = page.locator("a, button, input:not([type=hidden])")
    for number in range(controls.count()):
        controls.nth(number).focus()
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        assert focused["index"] == number
        assert focused["style"] == "solid"
        assert focused["width"] >= 2
        assert contrast(focused["colour"], focused["background"]) >= 3
