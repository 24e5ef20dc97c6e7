"""A browser without a screen: keeps cookies, follows redirects inside the issuer, and fills in the forms it meets."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import parse_qsl, urljoin, urlsplit

import httpx2 as httpx

MAX_STEPS = 10


@dataclass
class Form:
    """A form of a page: where it goes and what it holds."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class _FormReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(attributes.get("action", ""), attributes.get("method", "get").lower()))
        elif tag == "input" and self.forms and "name" in attributes:
            self.forms[-1].fields[attributes["name"]] = attributes.get("value", "")
        elif tag == "button" and self.forms and "name" in attributes:
            self.forms[-1].buttons.append((attributes["name"], attributes.get("value", "")))


def forms_of(html: str) -> list[Form]:
    """The forms of a page."""
    reader = _FormReader()
    reader.feed(html)
    return reader.forms


def query_of(url: str) -> dict[str, str]:
    """The query parameters of a URL."""
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))


class UserAgent:
    """A user with a browser.

    Args:
        issuer: Pages below it are visited; a redirect that leads elsewhere is the answer to the client.
    """

    def __init__(self, issuer: str, username: str = "ada", password: str = "correct horse battery staple") -> None:
        self.issuer = issuer
        self.username = username
        self.password = password
        # All is plain HTTP on loopback, and to load the certificates of the world takes longer than most tests.
        self.http = httpx.Client(timeout=10, follow_redirects=False, verify=False)

    def close(self) -> None:
        """Closes the browser; its cookies are gone."""
        self.http.close()

    def get(self, url: str) -> httpx.Response:
        """One request, without following anything."""
        return self.http.get(urljoin(self.issuer + "/", url))

    def submit(self, page: httpx.Response, **fields: str) -> httpx.Response:
        """Submits the first form of a page with these fields filled in."""
        form = forms_of(page.text)[0]
        url = urljoin(str(page.url), form.action)
        return self.http.post(url, data={**form.fields, **fields}, headers={"origin": self.issuer})

    def settle(self, response: httpx.Response) -> httpx.Response:
        """Follows redirects as long as they stay with the issuer."""
        for _ in range(MAX_STEPS):
            if not (response.is_redirect and self._is_ours(response)):
                return response
            response = self.get(urljoin(str(response.url), response.headers["location"]))
        raise AssertionError("the redirects do not end")

    def authorize(self, url: str, decision: str = "grant") -> str:
        """Opens an authorization URL and does what the pages ask for; returns the URL that the client is sent to."""
        response = self.settle(self.get(url))
        for _ in range(MAX_STEPS):
            if response.is_redirect:
                return str(response.headers["location"])
            form = forms_of(response.text)[0]
            if "password" in form.fields:
                response = self.submit(response, username=self.username, password=self.password)
            else:
                response = self.submit(response, decision=decision)
            response = self.settle(response)
        raise AssertionError("the pages do not end")

    def _is_ours(self, response: httpx.Response) -> bool:
        target = urljoin(str(response.url), response.headers["location"])
        return urlsplit(target).netloc == urlsplit(self.issuer).netloc
