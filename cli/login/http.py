"""The few HTTP requests of a client: forms out, JSON back."""

import base64
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

from cli.failures import CommandFailed, PlaneUnreachable

_TIMEOUT_SECONDS = 10
_MAX_BYTES = 1_048_576
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def basic(client_id: str, client_secret: str) -> dict[str, str]:
    """The header of `client_secret_basic`; both parts are form-encoded first (RFC 6749 section 2.3.1)."""
    credentials = f"{quote_plus(client_id)}:{quote_plus(client_secret)}"
    return {"Authorization": f"Basic {base64.b64encode(credentials.encode()).decode()}"}


def bearer(access_token: str) -> dict[str, str]:
    """The header that presents an access token (RFC 6750 section 2.1)."""
    return {"Authorization": f"Bearer {access_token}"}


def fetch_json(url: str, headers: Mapping[str, str] | None = None, form: Mapping[str, str] | None = None) -> Any:
    """GETs, or POSTs a form, and reads the JSON answer.

    Raises:
        PlaneUnreachable: Nobody answers.
        CommandFailed: The answer is an error, or no JSON object.
    """
    data = urlencode(form).encode() if form is not None else None
    request = urllib.request.Request(url, data, {"Accept": "application/json", **(headers or {})})  # noqa: S310 - checked below.
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https"):
        raise CommandFailed(f"{url}: an http or https URL is needed")
    proxies = urllib.request.ProxyHandler({}) if parts.hostname in _LOOPBACK else urllib.request.ProxyHandler()
    try:
        with urllib.request.build_opener(proxies).open(request, timeout=_TIMEOUT_SECONDS) as response:
            body = response.read(_MAX_BYTES)
    except urllib.error.HTTPError as error:
        raise CommandFailed(f"{parts.path} answered {error.code}{_reason(error)}") from error
    except OSError as error:
        raise PlaneUnreachable(
            f"nobody answers at {parts.scheme}://{parts.netloc}; is the plane running? start it with: authplane dev"
        ) from error
    return _object(body, parts.path)


def _object(body: bytes, path: str) -> Any:
    try:
        answer = json.loads(body)
    except ValueError as error:
        raise CommandFailed(f"{path} did not answer with JSON") from error
    if not isinstance(answer, dict):
        raise CommandFailed(f"{path} did not answer with a JSON object")
    return answer


def _reason(error: urllib.error.HTTPError) -> str:
    """`error` and `error_description` (RFC 6749 section 5.2), or the challenge (RFC 6750 section 3)."""
    try:
        answer = json.loads(error.read(_MAX_BYTES))
        return f": {answer['error']}: {answer.get('error_description', '')}".rstrip(": ")
    except (ValueError, KeyError, TypeError):
        challenge = error.headers.get("WWW-Authenticate")
        return f": {challenge}" if challenge else ""
