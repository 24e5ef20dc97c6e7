"""The introspection endpoint (RFC 7662)."""

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from authplane.token.v1.token_pb2 import IntrospectRequest, IntrospectResponse
from gateway.client_authentication import client_authentication
from gateway.json_response import JsonResponse, without_empty
from gateway.parameters import ParameterReader
from gateway.rpc import Rpc

if TYPE_CHECKING:
    from authplane.token.v1.token_pb2_grpc import TokenServiceAsyncStub


class IntrospectionEndpoint:
    """Tells a protected resource about a token."""

    def __init__(self, tokens: "TokenServiceAsyncStub", rpc: Rpc, reader: ParameterReader) -> None:
        self._tokens = tokens
        self._rpc = rpc
        self._reader = reader

    async def post(self, request: Request) -> Response:
        """Answers an introspection request. The service refuses a caller that did not authenticate."""
        form = (await self._reader.form(request)).unrepeated()
        question = IntrospectRequest(
            token=form.require("token"),
            token_type_hint=form.get("token_type_hint"),
            client=client_authentication(request, form),
        )
        return _introspection_response(await self._rpc(self._tokens.Introspect, question, request))


def _introspection_response(answer: IntrospectResponse) -> Response:
    """RFC 7662 section 2.2; one audience alone is a text (RFC 7519 section 4.1.3)."""
    if not answer.active:
        return JsonResponse({"active": False})
    return JsonResponse(
        without_empty(
            {
                "active": True,
                "scope": answer.scope,
                "client_id": answer.client_id,
                "username": answer.username,
                "token_type": answer.token_type,
                "exp": answer.exp,
                "iat": answer.iat,
                "sub": answer.sub,
                "aud": answer.aud[0] if len(answer.aud) == 1 else list(answer.aud),
                "iss": answer.iss,
                "jti": answer.jti,
                "auth_time": answer.auth_time,
            }
        )
    )
