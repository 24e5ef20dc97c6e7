"""Messages of `authplane.token.v1` to plain values and back."""

from google.protobuf.json_format import MessageToDict

from authplane.token.v1 import client_admin_pb2, key_admin_pb2, token_pb2
from services.token.authenticate_client import INTERNAL_SERVICE, PresentedClient
from services.token.introspect import Introspection
from services.token.issue import Tokens
from shared.cache.log import News
from shared.records import Client, SigningKey
from shared.rpc.basis import basis_message, invalidation_message, position_message


def presented_client(
    request: token_pb2.RedeemCodeRequest | token_pb2.RefreshTokenRequest | token_pb2.ClientCredentialsRequest,
    address: str,
) -> PresentedClient:
    """What a client presented at the token endpoint; nothing at all is a public client without a name."""
    return _presented(request.client, address)


def presented_caller(
    request: token_pb2.IntrospectRequest | token_pb2.BatchIntrospectRequest | token_pb2.RevokeRequest, address: str
) -> PresentedClient:
    """What a caller presented; a request without `client` comes from inside the plane."""
    if not request.HasField("client"):
        return PresentedClient("", INTERNAL_SERVICE, "")
    return _presented(request.client, address)


def _presented(client: token_pb2.ClientAuthentication, address: str) -> PresentedClient:
    match client.WhichOneof("method"):
        case "client_secret_basic":
            return PresentedClient(client.client_id, "client_secret_basic", client.client_secret_basic, address)
        case "client_secret_post":
            return PresentedClient(client.client_id, "client_secret_post", client.client_secret_post, address)
        case "client_assertion":
            return PresentedClient(client.client_id, "private_key_jwt", client.client_assertion, address)
        case _:
            return PresentedClient(client.client_id, "none", "", address)


def tokens_message(tokens: Tokens) -> token_pb2.Tokens:
    return token_pb2.Tokens(
        access_token=tokens.access_token,
        token_type="Bearer",
        expires_in=tokens.expires_in,
        scope=" ".join(tokens.scopes),
        refresh_token=tokens.refresh_token,
        id_token=tokens.id_token,
    )


def introspection_message(answer: Introspection) -> token_pb2.IntrospectResponse:
    return token_pb2.IntrospectResponse(
        active=answer.active,
        scope=" ".join(answer.scopes),
        client_id=answer.client_id,
        username=answer.username,
        token_type=answer.token_type,
        exp=answer.expires_at,
        iat=answer.issued_at,
        sub=answer.sub,
        aud=answer.audience,
        iss=answer.issuer,
        jti=answer.jti,
        auth_time=answer.auth_time,
        basis=basis_message(answer.basis),
    )


def sync_response(news: News) -> token_pb2.SyncInvalidationsResponse:
    return token_pb2.SyncInvalidationsResponse(
        restart=news.restart,
        invalidations=map(invalidation_message, news.invalidations),
        position=position_message(news.position),
        complete=news.complete,
        age=news.age,
    )


def client_record(message: client_admin_pb2.Client) -> Client:
    """The settings in a message, with the documented defaults for what it leaves out."""
    method = message.token_endpoint_auth_method or "client_secret_basic"
    return Client(
        client_id=message.client_id,
        client_name=message.client_name or message.client_id,
        token_endpoint_auth_method=method,
        secret_hash="",
        jwks=MessageToDict(message.jwks),
        redirect_uris=tuple(message.redirect_uris),
        post_logout_redirect_uris=tuple(message.post_logout_redirect_uris),
        grant_types=tuple(message.grant_types),
        scopes=tuple(message.scopes),
        id_token_signed_response_alg=message.id_token_signed_response_alg or "RS256",
        require_pkce=message.require_pkce if message.HasField("require_pkce") else True,
        consent=message.consent or "ask",
        introspect=message.introspect or "own",
        audiences=tuple(message.audiences),
        disabled=False,
        epoch=0,
        created_at=0.0,
    )


def client_message(client: Client) -> client_admin_pb2.Client:
    message = client_admin_pb2.Client(
        client_id=client.client_id,
        client_name=client.client_name,
        token_endpoint_auth_method=client.token_endpoint_auth_method,
        redirect_uris=client.redirect_uris,
        post_logout_redirect_uris=client.post_logout_redirect_uris,
        grant_types=client.grant_types,
        scopes=client.scopes,
        id_token_signed_response_alg=client.id_token_signed_response_alg,
        require_pkce=client.require_pkce,
        consent=client.consent,
        introspect=client.introspect,
        audiences=client.audiences,
        disabled=client.disabled,
        created_at=client.created_at,
    )
    message.jwks.update(dict(client.jwks))
    return message


def key_message(key: SigningKey, signing_kids: frozenset[str]) -> key_admin_pb2.SigningKey:
    return key_admin_pb2.SigningKey(
        kid=key.kid,
        alg=key.alg,
        created_at=key.created_at,
        activates_at=key.activates_at,
        retires_at=0 if key.retires_at == float("inf") else key.retires_at,
        signing=key.kid in signing_kids,
    )
