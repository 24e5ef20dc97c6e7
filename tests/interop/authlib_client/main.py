"""A relying party made of Authlib: its OAuth 2 session with its discovery and OpenID Connect parts, on requests."""

import json
import sys
import traceback
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from authlib.integrations.base_client import BaseApp, OAuth2Mixin, OAuthError, OpenIDMixin  # type: ignore[import-untyped]
from authlib.integrations.requests_client import OAuth2Session  # type: ignore[import-untyped]
from authlib.oauth2.rfc7523 import PrivateKeyJWT  # type: ignore[import-untyped]
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from requests import HTTPError

Json = Any

TIMEOUT_SECONDS = 10


class AuthlibClient(OAuth2Mixin, OpenIDMixin, BaseApp):  # type: ignore[misc]
    """What Authlib's Flask, Django and Starlette clients are, without a web framework."""

    client_cls = OAuth2Session

    def _on_update_token(self, token: Json, refresh_token: str | None = None, access_token: str | None = None) -> None:
        """Nothing to keep: the test holds the tokens."""


class RelyingParty:
    """Does with Authlib what a question asks."""

    def __init__(self, issuer: str, client: Json) -> None:
        method = client["token_endpoint_auth_method"]
        key = client.get("private_key")
        self._app = AuthlibClient(
            None,
            client_id=client["client_id"],
            client_secret=ECKey.import_key(key) if key else client.get("client_secret"),
            server_metadata_url=f"{issuer}/.well-known/openid-configuration",
            client_kwargs={
                "token_endpoint_auth_method": method,
                "revocation_endpoint_auth_method": method,
                "default_timeout": TIMEOUT_SECONDS,
                "code_challenge_method": "S256" if client["pkce"] else None,
            },
        )
        metadata = self._app.load_server_metadata()
        self._app.client_auth_methods = [PrivateKeyJWT(metadata["token_endpoint"], alg="ES256")] if key else []

    def authorization_url(self, redirect_uri: str, scope: str, extra: Json) -> Json:
        request = self._app.create_authorization_url(redirect_uri, scope=scope, **extra)
        return {"code_verifier": None, **request}

    def redeem(self, callback: str, state: str, nonce: str, code_verifier: str | None) -> Json:
        response = dict(parse_qsl(urlsplit(callback).query))
        if "error" in response:  # As Authlib's own web integrations do it.
            raise OAuthError(error=response["error"], description=response.get("error_description"))
        verifier = {"code_verifier": code_verifier} if code_verifier else {}
        tokens = self._app.fetch_access_token(
            urlunsplit(urlsplit(callback)._replace(query="")),
            authorization_response=callback,
            state=state,
            **verifier,
        )
        return {"tokens": tokens, "claims": self._app.parse_id_token(tokens, nonce)}

    def userinfo(self, access_token: str, subject: str) -> Json:
        claims = self._app.userinfo(token={"access_token": access_token, "token_type": "Bearer"})
        if claims["sub"] != subject:  # OpenID Connect Core 5.3.2 leaves this to the relying party.
            raise JoseError("sub of userinfo differs from sub of the ID token")
        return claims

    def refresh(self, refresh_token: str) -> Json:
        with self._session() as session:
            return {"tokens": session.refresh_token(session.metadata["token_endpoint"], refresh_token)}

    def introspect(self, token: str) -> Json:
        with self._session() as session:
            response = session.introspect_token(session.metadata["introspection_endpoint"], token)
            response.raise_for_status()
            return response.json()

    def revoke(self, token: str) -> Json:
        with self._session() as session:
            session.revoke_token(session.metadata["revocation_endpoint"], token).raise_for_status()

    def client_credentials(self, scope: str) -> Json:
        with self._session() as session:
            return session.fetch_token(session.metadata["token_endpoint"], "grant_type=client_credentials", scope=scope)

    def logout_url(self, id_token: str, post_logout_redirect_uri: str, state: str) -> Json:
        return self._app.create_logout_url(post_logout_redirect_uri, id_token, state)["url"]

    def _session(self) -> Any:
        return self._app._get_oauth_client(**self._app.load_server_metadata())


def answer(question: Json) -> Json:
    """The answer to one question, a refusal among them."""
    try:
        party = RelyingParty(question["issuer"], question["client"])
        verb: Callable[..., Json] = getattr(party, question["verb"])
        return {"result": verb(**question["args"])}
    except OAuthError as error:
        return {"refused": {"by": "plane", "error": error.error, "message": str(error)}}
    except HTTPError as error:
        return {"refused": {"by": "plane", "error": error.response.json()["error"], "message": str(error)}}
    except Exception as error:  # noqa: BLE001 - whatever it is, the test is who is to hear of it.
        return {"refused": {"by": "library", "error": str(error), "message": traceback.format_exc()}}


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
