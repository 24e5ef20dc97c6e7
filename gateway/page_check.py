"""Finds out at the start whether a template can be used, since a page that breaks later locks users out."""

import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser

_MARK = "<sample"


class PageError(ValueError):
    """A template cannot be used; the message names it."""


@dataclass(frozen=True, slots=True)
class FormContract:
    """A form that posts.

    Attributes:
        action: Where to.
        controls: Names and initial values of its fields and buttons.
    """

    action: str
    controls: set[tuple[str, str]] = field(default_factory=set)


def sample(name: str) -> str:
    """A value that shows it when a template prints it without escaping or quoting it."""
    return f"{_MARK} \"'&> {name}"


def check_page(template: str, render: Callable[[], str]) -> str:
    """Renders a page.

    Raises:
        PageError: It cannot be rendered, or it prints a sample without escaping it.
    """
    try:
        page = render()
    except Exception as error:  # a template can fail in every way that an expression can.
        raise PageError(f"{_place(error, template)}: {type(error).__name__}: {error}") from error
    if _MARK in page:
        raise PageError(f"{template}: prints a value without escaping it")
    return page


def check_form(template: str, required: FormContract, render: Callable[[], str]) -> None:
    """Renders a page, whose first form has to be the required one; it may have more in it.

    Raises:
        PageError: As for `check_page`, or the form is not there or lacks something.
    """
    reader = _FormReader()
    reader.feed(check_page(template, render))
    if not reader.forms or reader.forms[0].action != required.action:
        raise PageError(f"{template}: its first form must have the method post and the action of the original")
    missing = sorted({name for name, _ in required.controls - reader.forms[0].controls})
    if missing:
        raise PageError(f"{template}: the form lacks {', '.join(missing)}, or gives it another value than the original")


def _place(error: Exception, template: str) -> str:
    """Where it happened: Jinja writes files and lines of templates into the traceback."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.endswith(".html")]
    return f"{frames[-1].filename}, line {frames[-1].lineno}" if frames else template


class _FormReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[FormContract] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "form" and attributes.get("method", "").lower() == "post":
            self._inside = True
            self.forms.append(FormContract(attributes.get("action", "")))
        elif self._inside and tag in ("input", "button") and "name" in attributes:
            self.forms[-1].controls.add((attributes["name"], attributes.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
