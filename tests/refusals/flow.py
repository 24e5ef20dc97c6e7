"""What the clients of the test seed do over HTTP, each step with what the test wants to be wrong about it."""

import base64
import hashlib
from typing import Any
from urllib.parse import urlencode

import httpx2 as httpx

from cli.dev.plane import DevPlane
from tests.user_agent import UserAgent, query_of

VERIFIER = "a-verifier-of-at-least-forty-three-characters"
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
SECRETS = {
    "web": "web-secret-at-least-32-characters-long",
    "machine": "machine-secret-at-least-32-characters",
    "api": "api-secret-at-least-32-characters-long",
    "for-api": "for-api-secret-at-least-32-characters",
    "plain": "plain-secret-at-least-32-characters-long",
}
CALLBACK = "http://127.0.0.1:9999/callback"
AUTHORIZATION = {
    "client_id": "web",
    "response_type": "code",
    "redirect_uri": CALLBACK,
    "scope": "openid profile offline_access",
    "state": "the state",
    "nonce": "the nonce",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}

Changes = dict[str, str | None]
"""Parameters to be set, or with None to be left out."""


def changed(parameters: dict[str, str], changes: Changes) -> dict[str, str]:
    """The parameters with the changes made."""
    return {name: value for name, value in {**parameters, **changes}.items() if value is not None}


def of(client_id: str) -> tuple[str, str]:
    """A client's credentials for HTTP Basic."""
    return client_id, SECRETS[client_id]


class Flow:
    """One browser and one back channel."""

    def __init__(self, plane: DevPlane) -> None:
        self.issuer = plane.issuer
        self.agent = UserAgent(plane.issuer)
        self.http = httpx.Client(base_url=plane.issuer, timeout=10, verify=False)

    def close(self) -> None:
        self.agent.close()
        self.http.close()

    def authorization_url(self, **changes: str | None) -> str:
        return f"{self.issuer}/auth/authorize?{urlencode(changed(AUTHORIZATION, changes))}"

    def code(self, **changes: str | None) -> str:
        return query_of(self.agent.authorize(self.authorization_url(**changes)))["code"]

    def token(self, auth: tuple[str, str] | None = None, **parameters: str | None) -> httpx.Response:
        return self.http.post("/auth/token", data=changed({}, parameters), auth=auth or httpx.USE_CLIENT_DEFAULT)

    def redeem(self, code: str, auth: tuple[str, str] | None = None, **changes: str | None) -> httpx.Response:
        request = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACK,
            "code_verifier": VERIFIER,
        }
        return self.token(auth or of("web"), **changed(request, changes))

    def tokens(self) -> dict[str, Any]:
        response = self.redeem(self.code())
        assert response.status_code == 200, response.text
        return dict(response.json())

    def refresh(self, token: str, auth: tuple[str, str] | None = None, **changes: str | None) -> httpx.Response:
        return self.token(auth or of("web"), grant_type="refresh_token", refresh_token=token, **changes)

    def machine_token(self, client_id: str = "machine") -> str:
        return str(self.token(of(client_id), grant_type="client_credentials").json()["access_token"])

    def introspect(self, token: str, client_id: str = "machine") -> dict[str, Any]:
        response = self.http.post("/auth/introspect", data={"token": token}, auth=of(client_id))
        assert response.status_code == 200, response.text
        return dict(response.json())

    def revoke(self, token: str, client_id: str = "web") -> httpx.Response:
        return self.http.post("/auth/revoke", data={"token": token}, auth=of(client_id))

    def userinfo(self, token: str) -> httpx.Response:
        return self.http.get("/auth/userinfo", headers={"authorization": f"Bearer {token}"})
