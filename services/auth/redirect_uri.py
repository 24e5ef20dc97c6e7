"""Redirect URIs are compared as strings (RFC 9700 section 4.1.3); only the port of a loopback address may vary.

A native application listens on whatever port is free, so the port of `http://127.0.0.1` and `http://[::1]` is left out
of the comparison (RFC 8252 section 7.3). `localhost` is a name that others may resolve, and gets no such favour.
"""

import re
from collections.abc import Mapping

from shared.errors import RedirectUriMismatch
from shared.records import Client

_LOOPBACK_PORT = re.compile(r"(http://(?:127\.0\.0\.1|\[::1\]))(?::([1-9][0-9]{0,4}))?(?=[/?]|\Z)", re.ASCII)


def verified_redirect_uri(parameters: Mapping[str, str], client: Client) -> str:
    """Where the answer to an authorization request goes.

    Raises:
        RedirectUriMismatch: The URI is not registered; or it is missing where it may not be: in an OpenID Connect
            request (Core 3.1.2.1), or when the client has not exactly one (RFC 6749 section 3.1.2.3).
    """
    requested = parameters.get("redirect_uri", "")
    if requested:
        if not _is_registered(requested, client):
            raise RedirectUriMismatch("redirect_uri is not registered for this client")
        return requested
    if "openid" in parameters.get("scope", "").split(" ") or len(client.redirect_uris) != 1:
        raise RedirectUriMismatch("redirect_uri is missing")
    return client.redirect_uris[0]


def _is_registered(requested: str, client: Client) -> bool:
    portless = _without_loopback_port(requested)
    return "#" not in requested and any(portless == _without_loopback_port(uri) for uri in client.redirect_uris)


def _without_loopback_port(uri: str) -> str:
    match = _LOOPBACK_PORT.match(uri)
    if match is None or int(match[2] or 0) > 65535:
        return uri
    return match[1] + uri[match.end() :]
