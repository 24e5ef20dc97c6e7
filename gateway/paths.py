"""Where the endpoints are. They stand under the issuer, so an issuer with a path moves them all."""

from urllib.parse import urlsplit

AUTHORIZE = "/auth/authorize"
TOKEN = "/auth/token"
USERINFO = "/auth/userinfo"
INTROSPECT = "/auth/introspect"
REVOKE = "/auth/revoke"
JWKS = "/auth/jwks"
LOGIN = "/auth/login"
CONSENT = "/auth/consent"
LOGOUT = "/auth/logout"
ASSETS = "/auth/assets/{name}"


class Paths:
    """Paths as they appear in requests.

    Args:
        issuer: The issuer identifier, a URL without query and fragment.
    """

    def __init__(self, issuer: str) -> None:
        self._prefix = urlsplit(issuer).path

    def __call__(self, path: str) -> str:
        """The path of an endpoint."""
        return self._prefix + path

    def well_known(self, name: str) -> set[str]:
        """The paths of a metadata document: OpenID Connect Discovery appends to the issuer's path, RFC 8414 section 3.1
        puts itself before it. Where the issuer has no path they are the same.
        """
        return {f"{self._prefix}/.well-known/{name}", f"/.well-known/{name}{self._prefix}"}
