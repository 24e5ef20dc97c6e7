"""What a client may be registered with (names of RFC 7591)."""

import re
from collections.abc import Collection, Sequence
from urllib.parse import urlsplit

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, KeySet, RSAKey

from services.token.grant_types import GRANT_TYPES
from shared.errors import InvalidRequest
from shared.records import Client

AUTH_METHODS = ("client_secret_basic", "client_secret_post", "private_key_jwt", "none")
SECRET_METHODS = ("client_secret_basic", "client_secret_post")

_CLIENT_ID = re.compile(r"[\x21-\x7e]{1,255}", re.ASCII)
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,255}", re.ASCII)  # RFC 6749 section 3.3.
_PRIVATE_USE_SCHEME = re.compile(r"[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+", re.ASCII)  # RFC 8252 section 7.1.
_LOOPBACK_HOSTS = ("127.0.0.1", "::1", "localhost")
_MAX_LENGTH = 2048
_MAX_ENTRIES = 100


def validate(client: Client) -> None:
    """Checks all settings of a client and how they fit together.

    Raises:
        InvalidRequest: Names the setting and what is wrong with it.
    """
    _require(_CLIENT_ID.fullmatch(client.client_id) is not None, "client_id must be 1 to 255 visible ASCII characters")
    _require(
        len(client.client_name) <= 255 and client.client_name.isprintable(), "client_name is too long or unprintable"
    )
    _one_of("token_endpoint_auth_method", client.token_endpoint_auth_method, AUTH_METHODS)
    _one_of("id_token_signed_response_alg", client.id_token_signed_response_alg, ("RS256", "ES256"))
    _one_of("consent", client.consent, ("ask", "skip"))
    _one_of("introspect", client.introspect, ("own", "any"))
    _require(bool(client.grant_types), "grant_types must name at least one grant type")
    for grant_type in client.grant_types:
        _one_of("grant_types", grant_type, GRANT_TYPES)
    for scope in client.scopes:
        _require(_SCOPE.fullmatch(scope) is not None, "scopes has an entry that is no scope (RFC 6749 section 3.3)")
    for name in ("redirect_uris", "post_logout_redirect_uris"):
        _validate_redirect_uris(name, getattr(client, name))
    _bounded(client)
    _validate_combination(client)


def _validate_combination(client: Client) -> None:
    _require(client.require_pkce or not client.is_public, "require_pkce may be false only for confidential clients")
    _require(
        "client_credentials" not in client.grant_types or not client.is_public,
        "client_credentials needs a client that authenticates; token_endpoint_auth_method is none",
    )
    _require(
        "authorization_code" not in client.grant_types or bool(client.redirect_uris),
        "redirect_uris must name at least one URI for the grant type authorization_code",
    )
    _require(
        "refresh_token" not in client.grant_types or "authorization_code" in client.grant_types,
        "refresh_token comes only with authorization_code in grant_types",
    )
    needs_keys = client.token_endpoint_auth_method == "private_key_jwt"
    _require(bool(client.jwks.get("keys")) == needs_keys, "jwks with keys is for private_key_jwt, and needed there")
    if needs_keys:
        _validate_keys(client)


def _validate_keys(client: Client) -> None:
    try:
        keys = KeySet.import_key_set({"keys": list(client.jwks["keys"])}).keys
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise InvalidRequest("jwks is no JSON Web Key Set (RFC 7517)") from error
    _require(not any(key.is_private for key in keys), "jwks has a private key; give public keys only")
    _require(all(map(_signs_as_we_accept, keys)), "jwks may have EC keys on P-256 and RSA keys of 2048 bits or more")


def _signs_as_we_accept(key: Key) -> bool:
    """Whether the key is fit for ES256 or RS256 (RFC 7518 sections 3.3 and 3.4)."""
    if isinstance(key, RSAKey):
        return key.raw_value.key_size >= 2048
    return isinstance(key, ECKey) and key.curve_name == "P-256"


def _validate_redirect_uris(name: str, uris: Sequence[str]) -> None:
    for uri in uris:
        _require(
            _is_redirect_uri(uri), f"{name} has an entry that is no https, loopback http or app URI: {uri[:100]!r}"
        )


def _is_redirect_uri(uri: str) -> bool:
    if not uri.isascii() or any(char <= " " or char in '"<>\\^`{|}\x7f' for char in uri) or "#" in uri or "*" in uri:
        return False
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError:
        return False
    if parts.username is not None or parts.password is not None:
        return False
    if parts.scheme == "https":
        return bool(parts.hostname)
    if parts.scheme == "http":
        return parts.hostname in _LOOPBACK_HOSTS
    return _PRIVATE_USE_SCHEME.fullmatch(parts.scheme) is not None


def _bounded(client: Client) -> None:
    lists: dict[str, Collection[str]] = {
        "redirect_uris": client.redirect_uris,
        "post_logout_redirect_uris": client.post_logout_redirect_uris,
        "scopes": client.scopes,
        "audiences": client.audiences,
    }
    for name, entries in lists.items():
        _require(len(entries) <= _MAX_ENTRIES, f"{name} has more than {_MAX_ENTRIES} entries")
        _require(
            all(0 < len(entry) <= _MAX_LENGTH for entry in entries), f"{name} has an entry that is empty or too long"
        )


def _one_of(name: str, value: str, allowed: Sequence[str]) -> None:
    _require(value in allowed, f"{name} must be one of: {', '.join(allowed)}")


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise InvalidRequest(message)
