"""The userinfo endpoint (OpenID Connect Core 5.3), a resource protected by bearer tokens (RFC 6750)."""

from typing import TYPE_CHECKING

import grpc
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from authplane.auth.v1.auth_pb2 import GetUserInfoRequest
from gateway.json_response import JsonResponse, object_of
from gateway.kept import keep, keep_refusal
from gateway.parameters import ParameterReader, has_form
from gateway.rpc import Rpc
from shared.errors import InvalidRequest, Reason
from shared.rpc.failure import failure_of

if TYPE_CHECKING:
    from authplane.auth.v1.auth_pb2_grpc import AuthServiceAsyncStub


class UserInfoEndpoint:
    """Tells what an access token entitles its bearer to know about the user."""

    def __init__(self, auth: "AuthServiceAsyncStub", rpc: Rpc, reader: ParameterReader) -> None:
        self._auth = auth
        self._rpc = rpc
        self._reader = reader

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
        question = GetUserInfoRequest(access_token=presented[0], min_store_version=self._rpc.newest_version)
        try:
            told = await self._rpc(self._auth.GetUserInfo, question, request)
        except grpc.RpcError as error:
            if failure_of(error).reason is Reason.INVALID_TOKEN:
                keep_refusal(request, self._rpc.basis_of_refusal())
            raise
        keep(request, told.basis if told.HasField("basis") else None)
        return JsonResponse(object_of(told.claims))

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
