"""The key set (RFC 7517) that verifies what authplane signs."""

from typing import TYPE_CHECKING

import orjson
from starlette.requests import Request
from starlette.responses import Response

from authplane.token.v1.token_pb2 import GetJwksRequest
from gateway.json_response import object_of
from gateway.kept import answer
from gateway.rpc import Rpc
from gateway.security_headers import PUBLIC
from shared.cache.aio import Answer, AsyncCache

if TYPE_CHECKING:
    from authplane.token.v1.token_pb2_grpc import TokenServiceAsyncStub


class JwksEndpoint:
    """Publishes the keys, also those not yet in use."""

    def __init__(self, tokens: "TokenServiceAsyncStub", rpc: Rpc, kept: AsyncCache[bytes]) -> None:
        self._tokens = tokens
        self._rpc = rpc
        self._kept = kept

    async def get(self, request: Request) -> Response:
        """Answers with the key set."""

        async def ask() -> Answer[bytes]:
            told = await self._rpc(self._tokens.GetJwks, GetJwksRequest(), request)
            body = orjson.dumps(object_of(told.jwks))
            return answer(body, told.basis if told.HasField("basis") else None, size=len(body))

        body = await self._kept.get_or_ask("", ask)
        return Response(body, media_type="application/json", headers=PUBLIC)
