"""Pages as answers: each with its status, and a Content-Security-Policy that lets it do no more than it has to."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.responses import HTMLResponse, Response

from gateway.pages import FORM_POST_SCRIPT_SHA256, Pages
from gateway.problems import Problem
from gateway.tickets import Ticket

_TITLES = {
    400: "This request cannot be answered",
    404: "There is no such page",
    405: "This request cannot be answered",
    413: "This request is too large",
    429: "Try again later",
    503: "Try again in a moment",
}
_HOST = re.compile(r"[A-Za-z0-9.-]+(:[0-9]+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class TicketForm:
    """A form that brings a ticket back.

    Attributes:
        text: The ticket as it was issued.
    """

    ticket: Ticket
    text: str
    csrf_token: str


class Html:
    """Answers with pages."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    def login(self, form: TicketForm, username: str) -> Response:
        """The login form."""
        return self._login(form, username)

    def login_refused(self, form: TicketForm, username: str) -> Response:
        """The login form again, because name and password did not match. 400: a 401 would need a challenge, which no
        form can answer (RFC 9110 section 15.5.2), and after a 2xx browsers offer to keep the wrong password.
        """
        return self._login(form, username, refused=True, status=400)

    def login_unavailable(self, form: TicketForm, username: str, problem: Problem) -> Response:
        """The login form again, because name and password could not be looked at."""
        return self._login(form, username, unavailable=True, status=problem.status, headers=problem.headers)

    def login_limited(self, form: TicketForm, username: str, problem: Problem) -> Response:
        """The login form again, because there were too many wrong passwords to check another."""
        wait = _in_words(problem.retry_after)
        return self._login(form, username, wait=wait, status=problem.status, headers=problem.headers)

    def consent(self, form: TicketForm) -> Response:
        """The question whether the client may have what it asks for."""
        ticket = form.ticket
        html = self._pages.consent(form.text, form.csrf_token, ticket.client_name, ticket.username, ticket.scopes)
        return _page(html, _policy(form_targets=_leading_to(ticket)))

    def logout_confirmation(self, form: TicketForm) -> Response:
        """The question whether to log out."""
        html = self._pages.logout_confirmation(form.text, form.csrf_token, form.ticket.client_name)
        return _page(html, _policy(form_targets=_leading_to(form.ticket)))

    def logged_out(self, client_name: str) -> Response:
        """What is shown when there is nowhere to go after logging out."""
        return _page(self._pages.logged_out(client_name), _policy())

    def form_post(self, redirect_uri: str, parameters: Mapping[str, str]) -> Response:
        """An authorization response that the browser posts to the client by itself, by the one script there is."""
        html = self._pages.form_post(redirect_uri, list(parameters.items()))
        policy = _policy(form_targets=form_target(redirect_uri), scripts=f"'sha256-{FORM_POST_SCRIPT_SHA256}'")
        return _page(html, policy)

    def problem(self, problem: Problem, request_id: str) -> Response:
        """A failure that cannot be told to the client."""
        title = _TITLES.get(problem.status, "Something went wrong")
        html = self._pages.error(title, problem.description, request_id)
        return _page(html, _policy(), problem.status, problem.headers)

    def _login(
        self,
        form: TicketForm,
        username: str,
        refused: bool = False,
        unavailable: bool = False,
        wait: str = "",
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        html = self._pages.login(
            form.text,
            form.csrf_token,
            form.ticket.client_name,
            username,
            refused=refused,
            unavailable=unavailable,
            wait=wait,
        )
        return _page(html, _policy(form_targets=_leading_to(form.ticket)), status, headers)


def _in_words(seconds: int) -> str:
    """A time to wait, rounded up."""
    minutes = math.ceil(seconds / 60)
    if seconds < 60:
        return f"{seconds} second{'s' * (seconds != 1)}"
    return f"{minutes} minute{'s' * (minutes != 1)}"


def _page(html: str, policy: str, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return HTMLResponse(html, status, {"content-security-policy": policy, **(headers or {})})


def _policy(form_targets: str = "'none'", scripts: str = "'none'") -> str:
    return (
        f"default-src 'none'; style-src 'self'; img-src 'self'; script-src {scripts}; form-action {form_targets}; "
        "frame-ancestors 'none'; base-uri 'none'; object-src 'none'"
    )


def _leading_to(ticket: Ticket) -> str:
    return f"'self' {form_target(ticket.redirect_uri)}".rstrip()


def form_target(uri: str) -> str:
    """The source expression of a policy for where a form may lead: the origin of the URI. It is needed for redirects
    too, because browsers hold `form-action` against those that follow a form.

    Only the scheme is named where an origin cannot be: for private-use schemes (RFC 8252 section 7.1), and for IPv6
    addresses, which the grammar of policies lacks.
    """
    parts = urlsplit(uri)
    if parts.scheme in ("http", "https") and _HOST.fullmatch(parts.netloc):
        return f"{parts.scheme}://{parts.netloc}"
    return f"{parts.scheme}:" if parts.scheme else ""
