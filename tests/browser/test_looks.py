"""How the pages look and read, measured in a real browser."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import ClientApplication, Visit

Opener = Callable[[Visit, ClientApplication], None]
NARROW = {"viewport": {"width": 320, "height": 640}}
DARK = {"color_scheme": "dark"}
LIGHT = {"color_scheme": "light"}

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


def login(visit: Visit, application: ClientApplication) -> None:
    visit.page.goto(visit.authorize_url(application))


def refused_login(visit: Visit, application: ClientApplication) -> None:
    login(visit, application)
    visit.log_in(password="wrong")


def consent(visit: Visit, application: ClientApplication) -> None:
    visit.page.goto(visit.authorize_url(application, prompt="consent"))
    visit.log_in()


def error(visit: Visit, application: ClientApplication) -> None:
    visit.page.goto(f"{visit.plane.issuer}/auth/authorize?client_id={'long' * 40}")


def logout(visit: Visit, application: ClientApplication) -> None:
    consent(visit, application)
    visit.page.goto(f"{visit.plane.issuer}/auth/logout")


def signed_out(visit: Visit, application: ClientApplication) -> None:
    visit.page.goto(f"{visit.plane.issuer}/auth/logout")


PAGES: list[Opener] = [login, refused_login, consent, error, logout, signed_out]
every_page = pytest.mark.parametrize("opened", PAGES, ids=lambda opener: opener.__name__)


@every_page
@pytest.mark.parametrize("visit", [NARROW], indirect=True, ids=["320 px"])
def test_nothing_scrolls_sideways_at_320_pixels(visit: Visit, application: ClientApplication, opened: Opener) -> None:
    """WCAG 2.2, 1.4.10: content reflows."""
    opened(visit, application)
    assert visit.page.evaluate("document.scrollingElement.scrollWidth") <= 320


@every_page
@pytest.mark.parametrize("visit", [LIGHT, DARK], indirect=True, ids=["light", "dark"])
def test_text_has_contrast(visit: Visit, application: ClientApplication, opened: Opener) -> None:
    """WCAG 2.2, 1.4.3: at least 4.5 to 1, for every text, in both schemes."""
    opened(visit, application)
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
def test_the_page_is_built_for_everyone(visit: Visit, application: ClientApplication, opened: Opener) -> None:
    """A language, a title, one heading of the first level, one main landmark, and a label for every field."""
    opened(visit, application)
    page = visit.page
    assert page.locator("html").get_attribute("lang") == "en"
    assert page.title()
    assert (page.locator("h1").count(), page.locator("main").count()) == (1, 1)
    unlabelled = "[...document.querySelectorAll('input:not([type=hidden])')].filter(i => !i.labels.length).length"
    assert page.evaluate(unlabelled) == 0
