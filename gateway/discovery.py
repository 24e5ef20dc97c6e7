"""The metadata documents: OpenID Connect Discovery 1.0 section 3 and RFC 8414 section 2. One content serves both."""

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from gateway import paths
from gateway.security_headers import PUBLIC

_CLIENT_AUTHENTICATION = ["client_secret_basic", "client_secret_post", "private_key_jwt"]
_SIGNATURES = ["ES256", "RS256"]
_SCOPES = ["openid", "profile", "email", "address", "phone", "offline_access"]
_CLAIMS = [
    *("iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "at_hash", "sid"),
    *("name", "family_name", "given_name", "middle_name", "nickname", "preferred_username", "profile", "picture"),
    *("website", "gender", "birthdate", "zoneinfo", "locale", "updated_at", "email", "email_verified", "address"),
    *("phone_number", "phone_number_verified"),
]


class DiscoveryEndpoint:
    """Publishes what clients have to know.

    Args:
        issuer: The issuer identifier.
    """

    def __init__(self, issuer: str) -> None:
        self._document = orjson.dumps(metadata(issuer))

    async def get(self, _request: Request) -> Response:
        """Answers with the document."""
        return Response(self._document, media_type="application/json", headers=PUBLIC)


def metadata(issuer: str) -> dict[str, Any]:
    """The document, true to what is implemented."""
    return {
        "issuer": issuer,
        "authorization_endpoint": issuer + paths.AUTHORIZE,
        "token_endpoint": issuer + paths.TOKEN,
        "userinfo_endpoint": issuer + paths.USERINFO,
        "jwks_uri": issuer + paths.JWKS,
        "introspection_endpoint": issuer + paths.INTROSPECT,
        "revocation_endpoint": issuer + paths.REVOKE,
        "end_session_endpoint": issuer + paths.LOGOUT,
        "scopes_supported": _SCOPES,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "form_post"],
        "grant_types_supported": ["authorization_code", "refresh_token", "client_credentials"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256", "ES256"],
        "token_endpoint_auth_methods_supported": [*_CLIENT_AUTHENTICATION, "none"],
        "token_endpoint_auth_signing_alg_values_supported": _SIGNATURES,
        "introspection_endpoint_auth_methods_supported": _CLIENT_AUTHENTICATION,
        "introspection_endpoint_auth_signing_alg_values_supported": _SIGNATURES,
        "revocation_endpoint_auth_methods_supported": [*_CLIENT_AUTHENTICATION, "none"],
        "revocation_endpoint_auth_signing_alg_values_supported": _SIGNATURES,
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "claim_types_supported": ["normal"],
        "claims_supported": _CLAIMS,
        "claims_parameter_supported": True,
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "acr_values_supported": ["1"],
        "ui_locales_supported": ["en"],
    }
