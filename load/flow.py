"""The requests that browsers and a relying party make of the gateway, each succeeding only with the right answer."""

import base64
import hashlib
import json
import secrets
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from itertools import cycle
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import aiohttp

from load.open_loop import Failed
from load.plane import Plane
from load.population import SCOPE, Population

_TIMEOUT_SECONDS = 10
_CONNECTIONS = 200
_REMEMBERED_TOKENS = 1000


@dataclass(frozen=True)
class _Answer:
    status: int
    location: str
    text: str


class Flow:
    """Codes, access tokens and refresh tokens in circulation: what one request yields, a later one uses.

    A code and a refresh token are taken by the request that uses them, so that none is used twice. Nothing here waits
    for another request: when there is none to take, the request has failed.
    """

    def __init__(self, plane: Plane, population: Population) -> None:
        self._population = population
        self._sessions = cycle(population.session_handles)
        # The oldest first: one that lay at the bottom of a stack would expire there in a long run.
        self._codes: deque[tuple[str, str]] = deque()
        self._refresh_tokens: list[str] = []
        self.access_tokens: deque[str] = deque(maxlen=_REMEMBERED_TOKENS)
        basic = aiohttp.encode_basic_auth(population.client_id, population.client_secret)
        self._authentication = {"authorization": basic}
        self._http = aiohttp.ClientSession(
            f"{plane.issuer}/auth/",
            connector=aiohttp.TCPConnector(limit=_CONNECTIONS),
            timeout=aiohttp.ClientTimeout(_TIMEOUT_SECONDS),
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.close()

    async def prime(self, count: int) -> None:
        """Puts so many codes, refresh tokens and access tokens into circulation."""
        for _ in range(count):
            await self.authorize()
            await self.redeem()
        for _ in range(count):
            await self.authorize()

    async def authorize(self) -> None:
        """GET /auth/authorize by a browser that is logged in: a code."""
        verifier = secrets.token_urlsafe(32)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        answer = await self._send(
            "GET",
            "authorize",
            params={
                "response_type": "code",
                "client_id": self._population.client_id,
                "redirect_uri": self._population.redirect_uri,
                "scope": SCOPE,
                "state": secrets.token_urlsafe(8),
                "nonce": secrets.token_urlsafe(8),
                "code_challenge": challenge,
                "code_challenge_method": "S256",
            },
            headers={"cookie": f"authplane_session={next(self._sessions)}"},
        )
        code = parse_qs(urlsplit(answer.location).query).get("code")
        if not code:
            raise Failed(f"{answer.status} without a code")
        self._codes.append((code[0], verifier))

    async def redeem(self) -> None:
        """POST /auth/token with a code."""
        if not self._codes:
            raise Failed("no code left")
        code, verifier = self._codes.popleft()
        await self._token(
            grant_type="authorization_code",
            code=code,
            code_verifier=verifier,
            redirect_uri=self._population.redirect_uri,
        )

    async def refresh(self) -> None:
        """POST /auth/token with a refresh token."""
        if not self._refresh_tokens:
            raise Failed("no refresh token left")
        await self._token(grant_type="refresh_token", refresh_token=self._refresh_tokens.pop())

    async def userinfo(self) -> None:
        """GET /auth/userinfo with an access token."""
        self.access_tokens.rotate()
        headers = {"authorization": f"Bearer {self.access_tokens[0]}"}
        if "sub" not in _members(await self._send("GET", "userinfo", headers=headers)):
            raise Failed("userinfo without sub")

    async def introspect(self) -> None:
        """POST /auth/introspect of an access token."""
        self.access_tokens.rotate()
        form = {"token": self.access_tokens[0]}
        if not _members(await self._send("POST", "introspect", data=form, headers=self._authentication)).get("active"):
            raise Failed("introspection of a live token says no")

    async def _token(self, **form: str) -> None:
        tokens = _members(await self._send("POST", "token", data=form, headers=self._authentication))
        self.access_tokens.append(tokens["access_token"])
        self._refresh_tokens.append(tokens["refresh_token"])

    async def _send(self, method: str, path: str, **request: Any) -> _Answer:
        try:
            async with self._http.request(method, path, allow_redirects=False, **request) as response:
                return _Answer(response.status, response.headers.get("location", ""), await response.text())
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Failed(type(error).__name__) from error


def _members(answer: _Answer) -> Mapping[str, str]:
    if answer.status != HTTPStatus.OK:
        raise Failed(f"{answer.status} {answer.text[:80]}")
    members: Mapping[str, str] = json.loads(answer.text)
    return members
