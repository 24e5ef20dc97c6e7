"""What is asked: each question as a message or as a whole HTTP request."""

import base64
import hashlib
from collections.abc import Iterable
from urllib.parse import urlencode

from authplane.auth.v1.auth_pb2 import AuthorizeRequest, LoginRequest
from authplane.token.v1.token_pb2 import (
    ClientAuthentication,
    ClientCredentialsRequest,
    RedeemCodeRequest,
    RefreshTokenRequest,
)
from load.bench.clients import HttpRequest
from load.population import MACHINE_SCOPE, SCOPE, Population

CODE = r"(apc_[A-Za-z0-9_-]{56})"
"""How an authorization code looks, wherever it stands."""
REFRESH_TOKEN = r"(apr_[A-Za-z0-9_-]{56})"
"""Likewise a refresh token."""
ACCESS_TOKEN = r"(eyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)"
"""Likewise an access token, which comes before the ID token."""
_VERIFIER = "a-verifier-of-at-least-forty-three-characters"
_FORM = {"content-type": "application/x-www-form-urlencoded"}


class Questions:
    """Of one client and its users.

    Attributes:
        client: The client's proof of who it is.
    """

    def __init__(self, people: Population) -> None:
        self._people = people
        basic = base64.b64encode(f"{people.client_id}:{people.client_secret}".encode()).decode()
        self._form = {**_FORM, "authorization": f"Basic {basic}"}
        self.client = ClientAuthentication(client_id=people.client_id, client_secret_basic=people.client_secret)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(_VERIFIER.encode()).digest()).decode().rstrip("=")
        self._parameters = {
            "response_type": "code",
            "client_id": people.client_id,
            "redirect_uri": people.redirect_uri,
            "scope": SCOPE,
            "state": "a-state",
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }

    def authorize_rpc(self) -> list[str]:
        """For a code, by each of the sessions."""
        return _hex(self.authorize_message(each).SerializeToString() for each in self._people.session_handles)

    def authorize_message(self, session_handle: str) -> AuthorizeRequest:
        """For a code, by one of them."""
        return AuthorizeRequest(parameters=self._parameters, session_handle=session_handle)

    def authorize(self) -> list[str]:
        """Likewise by a browser that is logged in."""
        path = f"/auth/authorize?{urlencode(self._parameters)}"
        return _hex(
            HttpRequest("GET", path, {"cookie": f"authplane_session={handle}"}).raw()
            for handle in self._people.session_handles
        )

    def redeem_rpc(self, codes: Iterable[str]) -> list[str]:
        """For tokens, each with a code."""
        return _hex(self.redeem_message(code).SerializeToString() for code in codes)

    def redeem_message(self, code: str) -> RedeemCodeRequest:
        """For tokens, with a code."""
        return RedeemCodeRequest(
            client=self.client, code=code, redirect_uri=self._people.redirect_uri, code_verifier=_VERIFIER
        )

    def redeem(self, codes: Iterable[str]) -> list[str]:
        """Likewise over HTTP."""
        fixed = {
            "grant_type": "authorization_code",
            "redirect_uri": self._people.redirect_uri,
            "code_verifier": _VERIFIER,
        }
        return _hex(self._token({**fixed, "code": code}).raw() for code in codes)

    def refresh_rpc(self, tokens: Iterable[str]) -> list[str]:
        """For tokens, each with a refresh token."""
        return _hex(self.refresh_message(token).SerializeToString() for token in tokens)

    def refresh_message(self, token: str) -> RefreshTokenRequest:
        """For tokens, with a refresh token."""
        return RefreshTokenRequest(refresh_token=token, client=self.client)

    def refresh(self, tokens: Iterable[str]) -> list[str]:
        """Likewise over HTTP."""
        return _hex(self._token({"grant_type": "refresh_token", "refresh_token": token}).raw() for token in tokens)

    def client_credentials(self) -> HttpRequest:
        """For a token of the client's own."""
        return self._token({"grant_type": "client_credentials", "scope": MACHINE_SCOPE})

    def client_credentials_message(self) -> ClientCredentialsRequest:
        """Likewise as a message."""
        return ClientCredentialsRequest(scope=MACHINE_SCOPE, client=self.client)

    def introspect(self, token: str) -> HttpRequest:
        """About a token."""
        return HttpRequest("POST", "/auth/introspect", self._form, urlencode({"token": token}))

    def userinfo(self, token: str) -> HttpRequest:
        """About the user of a token."""
        return HttpRequest("GET", "/auth/userinfo", {"authorization": f"Bearer {token}"})

    def login_rpc(self) -> list[str]:
        """With a password that is right."""
        return _hex([self.login_message().SerializeToString()])

    def login_message(self) -> LoginRequest:
        """Likewise."""
        return LoginRequest(username=self._people.username, password=self._people.password)

    def _token(self, form: dict[str, str]) -> HttpRequest:
        return HttpRequest("POST", "/auth/token", self._form, urlencode(form))


def _hex(questions: Iterable[bytes]) -> list[str]:
    return [question.hex() for question in questions]
