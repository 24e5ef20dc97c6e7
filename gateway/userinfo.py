"""The userinfo endpoint (OpenID Connect Core 5.3), a resource protected by bearer tokens (RFC 6750)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import grpc
import orjson
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from authplane.auth.v1.auth_pb2 import GetUserInfoRequest
from gateway.json_response import object_of
from gateway.kept import answer, key_of
from gateway.parameters import ParameterReader, has_form
from gateway.rpc import Rpc
from shared.cache.aio import Answer, AsyncCache
from shared.errors import InvalidRequest, InvalidToken, Reason
from shared.rpc.failure import failure_of

if TYPE_CHECKING:
    from authplane.auth.v1.auth_pb2_grpc import AuthServiceAsyncStub


@dataclass(frozen=True, slots=True)
class Told:
    """What there is to know.

    Attributes:
        body: The claims as JSON.
        refusal: Why the token is not good; empty when it is.
    """

    body: bytes = b""
    refusal: str = ""


class UserInfoEndpoint:
    """Tells what an access token entitles its bearer to know about the user."""

    def __init__(self, auth: "AuthServiceAsyncStub", rpc: Rpc, reader: ParameterReader, kept: AsyncCache[Told]) -> None:
        self._auth = auth
        self._rpc = rpc
        self._reader = reader
        self._kept = kept

    async def get(self, request: Request) -> Response:
        """Answers a request with the token in the Authorization header (RFC 6750 section 2.1)."""
        return await self._answer(request, self._in_header(request))

    async def post(self, request: Request) -> Response:
        """Answers a request with the token in the Authorization header or in the body (RFC 6750 section 2.2)."""
        form = (await self._reader.form(request)).unrepeated() if has_form(request) else None
        return await self._answer(request, self._in_header(request), form.get("access_token") if form else "")

    async def _answer(self, request: Request, *tokens: str) -> Response:
        presented = [token for token in tokens if token]
        if len(presented) > 1:
            raise InvalidRequest("the access token may be presented in one way only")
        if not presented:
            raise HTTPException(401)
        question = GetUserInfoRequest(access_token=presented[0])
        told = await self._kept.get_or_ask(key_of(question), lambda: self._ask(question, request))
        if told.refusal:
            raise InvalidToken(told.refusal)
        return Response(told.body, media_type="application/json")

    async def _ask(self, question: GetUserInfoRequest, request: Request) -> Answer[Told]:
        question.min_store_version = self._rpc.newest_version
        try:
            claims = await self._rpc(self._auth.GetUserInfo, question, request)
        except grpc.RpcError as error:
            failure = failure_of(error)
            if failure.reason is not Reason.INVALID_TOKEN:
                raise
            return self._rpc.refused(Told(refusal=failure.message))
        body = orjson.dumps(object_of(claims.claims))
        return answer(Told(body), claims.basis if claims.HasField("basis") else None, size=len(body))

    def _in_header(self, request: Request) -> str:
        if self._reader.query(request).unrepeated().get("access_token"):
            raise InvalidRequest("an access token does not belong in a URL")
        headers = request.headers.getlist("authorization")
        if len(headers) > 1:
            raise InvalidRequest("there is more than one Authorization header")
        scheme, _, token = "".join(headers).partition(" ")
        # Another scheme counts as no attempt at all (RFC 6750 section 3.1).
        if scheme.lower() != "bearer":
            return ""
        if not token.strip():
            raise InvalidRequest("the Authorization header holds no token")
        return token.strip()
