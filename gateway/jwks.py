"""The key set (RFC 7517) that verifies what authplane signs."""

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from authplane.token.v1.token_pb2 import GetJwksRequest
from gateway.json_response import JsonResponse, object_of
from gateway.kept import keep
from gateway.rpc import Rpc
from gateway.security_headers import PUBLIC

if TYPE_CHECKING:
    from authplane.token.v1.token_pb2_grpc import TokenServiceAsyncStub


class JwksEndpoint:
    """Publishes the keys, also those not yet in use."""

    def __init__(self, tokens: "TokenServiceAsyncStub", rpc: Rpc) -> None:
        self._tokens = tokens
        self._rpc = rpc

    async def get(self, request: Request) -> Response:
        """Answers with the key set."""
        told = await self._rpc(self._tokens.GetJwks, GetJwksRequest(), request)
        keep(request, told.basis if told.HasField("basis") else None)
        return JsonResponse(object_of(told.jwks), headers=PUBLIC)
