"""The token endpoint (RFC 6749 section 3.2): a table of grant types, each one RPC."""

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from authplane.token.v1.token_pb2 import (
    ClientAuthentication,
    ClientCredentialsRequest,
    RedeemCodeRequest,
    RefreshTokenRequest,
    Tokens,
)
from gateway.client_authentication import client_authentication
from gateway.json_response import JsonResponse, without_empty
from gateway.parameters import ParameterReader, Parameters
from gateway.rpc import Rpc
from shared.errors import UnsupportedGrantType

if TYPE_CHECKING:
    from authplane.token.v1.token_pb2_grpc import TokenServiceAsyncStub


class TokenEndpoint:
    """Exchanges a grant for tokens."""

    def __init__(self, tokens: "TokenServiceAsyncStub", rpc: Rpc, reader: ParameterReader) -> None:
        self._tokens = tokens
        self._rpc = rpc
        self._reader = reader
        self._grants = {
            "authorization_code": self._redeem_code,
            "refresh_token": self._refresh_token,
            "client_credentials": self._client_credentials,
        }

    async def post(self, request: Request) -> Response:
        """Answers a token request.

        Raises:
            UnsupportedGrantType: There is no such grant here.
        """
        form = (await self._reader.form(request)).unrepeated()
        client = client_authentication(request, form)
        grant = self._grants.get(form.require("grant_type"))
        if grant is None:
            raise UnsupportedGrantType(f"grant_type must be one of {', '.join(self._grants)}")
        return _token_response(await grant(request, form, client))

    async def _redeem_code(self, request: Request, form: Parameters, client: ClientAuthentication) -> Tokens:
        question = RedeemCodeRequest(
            code=form.require("code"),
            redirect_uri=form.get("redirect_uri"),
            code_verifier=form.get("code_verifier"),
            client=client,
        )
        return (await self._rpc(self._tokens.RedeemCode, question, request)).tokens

    async def _refresh_token(self, request: Request, form: Parameters, client: ClientAuthentication) -> Tokens:
        question = RefreshTokenRequest(
            refresh_token=form.require("refresh_token"), scope=form.get("scope"), client=client
        )
        return (await self._rpc(self._tokens.RefreshToken, question, request)).tokens

    async def _client_credentials(self, request: Request, form: Parameters, client: ClientAuthentication) -> Tokens:
        question = ClientCredentialsRequest(scope=form.get("scope"), client=client)
        return (await self._rpc(self._tokens.ClientCredentials, question, request)).tokens


def _token_response(tokens: Tokens) -> Response:
    """RFC 6749 section 5.1, OpenID Connect Core 3.1.3.3."""
    return JsonResponse(
        without_empty(
            {
                "access_token": tokens.access_token,
                "token_type": tokens.token_type,
                "expires_in": tokens.expires_in,
                "scope": tokens.scope,
                "refresh_token": tokens.refresh_token,
                "id_token": tokens.id_token,
            }
        )
    )
