"""Pages as answers: each with its status, and a Content-Security-Policy that lets it do no more than it has to."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.responses import HTMLResponse, Response

from gateway.pages import FORM_POST_SCRIPT_SHA256, Pages
from gateway.problems import Problem
from gateway.tickets import Ticket

_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; {scripts}form-action {targets}; "
    "frame-ancestors 'none'; base-uri 'none'; object-src 'none'"
)
_HOST = re.compile(r"[A-Za-z0-9.-]+(:[0-9]+)?", re.ASCII)


class Html:
    """Renders pages. A form names the origin that it may lead to, because browsers hold `form-action` against the
    redirect after a form too."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

