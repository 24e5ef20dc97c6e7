"""The introspection endpoint (RFC 7662)."""

from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response

from authplane.token.v1.token_pb2 import IntrospectRequest, IntrospectResponse
from gateway.client_authentication import client_authentication
from gateway.json_response import JsonResponse, without_empty
from gateway.kept import keep
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
            min_store_version=self._rpc.newest_version,
        )
        told = await self._rpc(self._tokens.Introspect, question, request)
        keep(request, told.basis if told.HasField("basis") else None, is_no=not told.active)
        return JsonResponse(_members(told))


def _members(told: IntrospectResponse) -> dict[str, Any]:
    """RFC 7662 section 2.2; one audience alone is a text (RFC 7519 section 4.1.3)."""
    if not told.active:
        return {"active": False}
    return without_empty(
        {
            "active": True,
            "scope": told.scope,
            "client_id": told.client_id,
            "username": told.username,
            "token_type": told.token_type,
            "exp": told.exp,
            "iat": told.iat,
            "sub": told.sub,
            "aud": told.aud[0] if len(told.aud) == 1 else list(told.aud),
            "iss": told.iss,
            "jti": told.jti,
            "auth_time": told.auth_time,
        }
    )
