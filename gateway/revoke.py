"""The revocation endpoint (RFC 7009)."""

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from authplane.token.v1.token_pb2 import RevokeRequest
from gateway.client_authentication import client_authentication
from gateway.parameters import ParameterReader
from gateway.rpc import Rpc

if TYPE_CHECKING:
    from authplane.token.v1.token_pb2_grpc import TokenServiceAsyncStub


class RevocationEndpoint:
    """Revokes a token for the client that it was issued to."""

    def __init__(self, tokens: "TokenServiceAsyncStub", rpc: Rpc, reader: ParameterReader) -> None:
        self._tokens = tokens
        self._rpc = rpc
        self._reader = reader

    async def post(self, request: Request) -> Response:
        """Answers a revocation request: 200 and nothing else once the token is revoked or was none, and 503 when that
        is not certain (RFC 7009 sections 2.2 and 2.2.1).
        """
        form = (await self._reader.form(request)).unrepeated()
        question = RevokeRequest(
            token=form.require("token"),
            token_type_hint=form.get("token_type_hint"),
            client=client_authentication(request, form),
        )
        await self._rpc(self._tokens.Revoke, question, request)
        return Response()
