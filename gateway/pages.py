"""The pages that people see: templates of our own, each of which a directory may override."""

import base64
import hashlib
from collections.abc import Callable, Sequence
from functools import partial
from itertools import product
from pathlib import Path

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader, StrictUndefined

from gateway import paths
from gateway.page_check import FormContract, PageError, check_form, check_page, sample
from gateway.page_files import Asset, check_names, read_assets

__all__ = ["FORM_POST_SCRIPT", "FORM_POST_SCRIPT_SHA256", "Asset", "PageError", "Pages"]

FORM_POST_SCRIPT = "document.forms[0].submit()"
"""Submits a form-post response without a click. The button stays for browsers without script."""

FORM_POST_SCRIPT_SHA256 = base64.b64encode(hashlib.sha256(FORM_POST_SCRIPT.encode()).digest()).decode()
"""What the Content-Security-Policy must name to allow exactly that script: `script-src 'sha256-…'`."""

_TEMPLATES = Path(__file__).parent / "templates"
_STATIC = Path(__file__).parent / "static"


class Pages:
    """Renders pages as HTML. Every value is escaped, and a variable that does not exist is an error.

    Files are read once, so a change of them shows itself at the next start and not in the middle of a sign-in.

    Args:
        override_directory: Its files replace ours of the same name: templates (`login.html`) and assets (`style.css`).
            A template may extend the one that it replaces, which is `original/login.html`.
        at: Where a path of `gateway.paths` really is.

    Raises:
        PageError: The directory does not exist, or a template in it replaces nothing.
    """

    def __init__(self, override_directory: Path | None, at: Callable[[str], str] = str) -> None:
        overrides = [override_directory] if override_directory else []
        for directory in overrides:
            check_names(directory, _TEMPLATES)
        originals = FileSystemLoader(_TEMPLATES)
        self._environment = Environment(
            loader=ChoiceLoader([FileSystemLoader([*overrides, _TEMPLATES]), PrefixLoader({"original": originals})]),
            autoescape=True,
            undefined=StrictUndefined,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals["at"] = at
        self._assets = read_assets([_STATIC, *overrides])
        self._at = at

    def login(
        self,
        ticket: str,
        csrf_token: str,
        client_name: str,
        username: str,
        refused: bool = False,
        unavailable: bool = False,
        wait: str = "",
    ) -> str:
        """The form for user name and password.

        Args:
            username: What the field holds to begin with.
            refused: Whether name and password did not match.
            unavailable: Whether the plane is too busy to look.
            wait: For how long nobody looks, after too many failed attempts; empty for not at all.
        """
        return self._render(
            "login.html",
            ticket=ticket,
            csrf_token=csrf_token,
            client_name=client_name,
            username=username,
            refused=refused,
            unavailable=unavailable,
            wait=wait,
        )

    def consent(self, ticket: str, csrf_token: str, client_name: str, username: str, scopes: Sequence[str]) -> str:
        """The question whether a client may have what it asks for; the `decision` is `grant` or `deny`."""
        return self._render(
            "consent.html",
            ticket=ticket,
            csrf_token=csrf_token,
            client_name=client_name,
            username=username,
            scopes=scopes,
        )

    def logout_confirmation(self, ticket: str, csrf_token: str, client_name: str) -> str:
        """The question whether to sign out; `client_name` may be empty."""
        return self._render("logout.html", ticket=ticket, csrf_token=csrf_token, client_name=client_name)

    def logged_out(self, client_name: str) -> str:
        """What is shown when there is nowhere to go after signing out; `client_name` may be empty."""
        return self._render("logged_out.html", client_name=client_name)

    def error(self, title: str, message: str, reference: str) -> str:
        """An error that cannot be sent to a client.

        Args:
            message: Public text.
            reference: The request id, for the people who run the plane; may be empty.
        """
        return self._render("error.html", title=title, message=message, reference=reference)

    def form_post(self, redirect_uri: str, parameters: Sequence[tuple[str, str]]) -> str:
        """An authorization response that the browser posts (OAuth 2.0 Form Post Response Mode)."""
        return self._render("form_post.html", redirect_uri=redirect_uri, parameters=parameters, script=FORM_POST_SCRIPT)

    def asset(self, name: str) -> Asset | None:
        """A file that pages refer to by its name."""
        return self._assets.get(name)

    def verify(self) -> None:
        """Renders every page in every state, so that a broken override is found at the start.

        Raises:
            PageError: A template cannot be rendered, prints a value without escaping it, or its form lacks what the
                next step needs.
        """
        ticket, token, texts = sample("ticket"), sample("csrf_token"), (sample("text"), "")
        hidden = {("ticket", ticket), ("csrf_token", token)}
        for client_name in texts:
            page = partial(self.logout_confirmation, ticket, token, client_name)
            check_form("logout.html", FormContract(self._at(paths.LOGOUT), hidden), page)
            check_page("logged_out.html", partial(self.logged_out, client_name))
        faces = ((False, False, ""), (True, False, ""), (False, True, ""), (False, False, sample("wait")))
        for client_name, username, face in product(texts, texts, faces):
            login = FormContract(self._at(paths.LOGIN), hidden | {("username", username), ("password", "")})
            page = partial(self.login, ticket, token, client_name, username, *face)
            check_form("login.html", login, page)
        decisions = {("decision", "grant"), ("decision", "deny")}
        for client_name, scopes in product(texts, (["openid", "offline_access", sample("scope")], [])):
            consent = FormContract(self._at(paths.CONSENT), hidden | decisions)
            page = partial(self.consent, ticket, token, client_name, sample("username"), scopes)
            check_form("consent.html", consent, page)
        for reference in texts:
            check_page("error.html", partial(self.error, sample("title"), sample("message"), reference))
        parameters = [(sample("name"), sample("value")), (sample("other name"), "")]
        form_post = FormContract(sample("redirect_uri"), set(parameters))
        check_form("form_post.html", form_post, partial(self.form_post, sample("redirect_uri"), parameters))

    def _render(self, template: str, **values: object) -> str:
        return self._environment.get_template(template).render(**values)
