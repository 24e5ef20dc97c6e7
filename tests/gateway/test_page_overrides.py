"""A directory that replaces pages: what it may do, and what keeps it from locking users out."""

from pathlib import Path

import pytest

from gateway.pages import PageError, Pages


def override(directory: Path, **files: str) -> Pages:
    for stem, content in files.items():
        (directory / f"{stem}.html").write_text(content)
    return Pages(directory)


def test_the_pages_themselves_hold() -> None:
    """What verification asks of an override, the originals give."""
    Pages(None).verify()


def test_a_template_replaces_the_one_of_its_name(tmp_path: Path) -> None:
    """File by file: the others stay, and take part in it."""
    bye = "{% block content %}<h1>Bye {{ client_name }}</h1>{% endblock %}"
    pages = override(tmp_path, logged_out='{% extends "page.html" %}{% block title %}Bye{% endblock %}' + bye)
    pages.verify()
    assert "<h1>Bye Web</h1>" in pages.logged_out("Web")
    assert "/auth/assets/style.css" in pages.logged_out("Web")
    assert "<h1>Sign out?</h1>" in pages.logout_confirmation("t", "c", "")


def test_a_template_may_extend_the_one_it_replaces(tmp_path: Path) -> None:
    """So an override says only what is different, and `_` marks a template of its own."""
    pages = override(
        tmp_path,
        page='{% extends "original/page.html" %}{% block footer %}{% include "_imprint.html" %}{% endblock %}',
        _imprint="<footer>Example Ltd</footer>",
    )
    pages.verify()
    assert "<footer>Example Ltd</footer>" in pages.logged_out("")
    assert "<h1>You are signed out</h1>" in pages.logged_out("")


def test_scopes_of_ones_own_can_be_explained(tmp_path: Path) -> None:
    """The texts are a template too."""
    pages = override(tmp_path, scopes='{% set explanations = {"orders:read": ("See your orders", "")} %}')
    pages.verify()
    assert "See your orders" in pages.consent("t", "c", "Web", "ada", ["orders:read"])


def test_an_asset_replaces_the_one_of_its_name(tmp_path: Path) -> None:
    """And new ones can be added; files of another kind are not served."""
    (tmp_path / "style.css").write_text("body {}")
    (tmp_path / "logo.png").write_bytes(b"png")
    (tmp_path / "notes.txt").write_text("internal")
    pages = Pages(tmp_path)
    found = {name: asset.content for name in ("style.css", "logo.png", "notes.txt") if (asset := pages.asset(name))}
    assert found == {"style.css": b"body {}", "logo.png": b"png"}
    assert pages.asset("icon.svg") == Pages(None).asset("icon.svg")


@pytest.mark.parametrize(
    ("template", "content", "complaint"),
    [
        ("error", "{% if %}", r"error\.html, line 1: TemplateSyntaxError: "),
        ("error", "\n{{ massage }}", r"error\.html, line 2: UndefinedError: 'massage' is undefined"),
        ("page", "{{ nothing }}", r"page\.html, line 1: UndefinedError: "),
        ("error", '{% extends "missing.html" %}', r"error\.html, line 1: TemplateNotFound: "),
        ("error", "{{ 1 / 0 }}", r"error\.html, line 1: ZeroDivisionError: "),
        ("error", "{% if not reference %}{{ nowhere }}{% endif %}", r"error\.html, line 1: UndefinedError: "),
        ("error", "{{ message | safe }}", r"error\.html: prints a value without escaping it"),
        ("login", "<p>Sign in</p>", r"login\.html: its first form must have the method post"),
        ("login", "<form action='/auth/login'></form>", r"login\.html: its first form must have the method post"),
        ("login", "<form method=post action='/elsewhere'></form>", r"login\.html: its first form must"),
        ("login", "<form method=post action='/auth/login'></form>", r"lacks csrf_token, password, ticket, username"),
        ("consent", "<form method=post action='/auth/consent'></form>", r"lacks csrf_token, decision, ticket,"),
        (
            "logout",
            "<form method=post action='/auth/logout'></form>",
            r"logout\.html: the form lacks csrf_token, ticket",
        ),
        ("form_post", "<form method=post action='{{ redirect_uri }}'></form>", r"form_post\.html: the form lacks "),
    ],
)
def test_a_broken_override_is_found_at_the_start(tmp_path: Path, template: str, content: str, complaint: str) -> None:
    """Verification names the file, the line where there is one, and what is wrong."""
    pages = override(tmp_path, **{template: content})
    with pytest.raises(PageError, match=complaint):
        pages.verify()


def test_a_value_without_quotes_is_found_at_the_start(tmp_path: Path) -> None:
    """An attribute that ends at the first space would send half a ticket."""
    original = (Path(__file__).parents[2] / "gateway/templates/logout.html").read_text()
    pages = override(tmp_path, logout=original.replace('"{{ ticket }}"', "{{ ticket }}"))
    with pytest.raises(PageError, match=r"logout\.html: the form lacks ticket"):
        pages.verify()


def test_a_misspelt_template_is_found_at_the_start(tmp_path: Path) -> None:
    """It would never be used, and nobody would know why."""
    with pytest.raises(PageError, match=r"signin\.html: replaces nothing; the templates are consent\.html, "):
        override(tmp_path, signin="")


def test_a_directory_that_is_not_there_is_found_at_the_start(tmp_path: Path) -> None:
    """A mistyped setting does not silently mean our own pages."""
    with pytest.raises(PageError, match="nowhere: is not a directory"):
        Pages(tmp_path / "nowhere")


def test_a_template_that_is_not_utf_8_is_found_at_the_start(tmp_path: Path) -> None:
    """The reason is given, whatever Python calls it."""
    (tmp_path / "error.html").write_bytes(b"<p>caf\xe9</p>")
    with pytest.raises(PageError, match=r"error\.html: UnicodeDecodeError: "):
        Pages(tmp_path).verify()


def test_a_change_of_a_template_waits_for_the_next_start(tmp_path: Path) -> None:
    """What was verified is what is shown."""
    pages = override(tmp_path, error="<p>{{ title }}</p>")
    pages.verify()
    (tmp_path / "error.html").write_text("{% broken")
    assert pages.error("Gone", "", "") == "<p>Gone</p>"
