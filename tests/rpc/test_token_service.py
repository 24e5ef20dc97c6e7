"""The token service over a real socket: what every method answers, and how every refusal looks."""

import base64
from collections.abc import Callable, Iterator

import pytest
from google.protobuf.json_format import MessageToDict

from authplane.token.v1 import client_admin_pb2 as client_pb2
from authplane.token.v1 import key_admin_pb2 as key_pb2
from authplane.token.v1 import token_pb2 as pb
from shared.errors import Reason
from shared.store.access import StoreAccess
from tests.rpc.auth_plane import CALLBACK, REQUEST, START, VERIFIER, AuthPlane, auth_plane, failure, told

ISSUER = "https://id.example.com"
SHOP = client_pb2.Client(
    client_id="shop",
    redirect_uris=[CALLBACK],
    grant_types=["authorization_code", "refresh_token", "client_credentials"],
    scopes=["openid", "profile", "orders:read"],
    consent="skip",
)


class Shop:
    """A confidential client with every grant, and its user."""

    def __init__(self, plane: AuthPlane) -> None:
        self.plane, self.tokens = plane, plane.tokens
        created = plane.clients.CreateClient(client_pb2.CreateClientRequest(client=SHOP))
        self.secret = created.client_secret
        self.user_id = plane.create_ada().user_id
        self.session = plane.log_in()

    @property
    def basic(self) -> pb.ClientAuthentication:
        return pb.ClientAuthentication(client_id="shop", client_secret_basic=self.secret)

    def code(self) -> str:
        parameters = REQUEST | {"client_id": "shop"}
        answer = self.plane.authorize(self.session.session_handle, parameters=parameters)
        return answer.response.parameters[0].value

    def redemption(self, code: str = "") -> pb.RedeemCodeRequest:
        return pb.RedeemCodeRequest(
            code=code or self.code(), redirect_uri=CALLBACK, code_verifier=VERIFIER, client=self.basic
        )

    def granted(self) -> pb.Tokens:
        return self.tokens.RedeemCode(self.redemption()).tokens

    def refresh(self, token: str, scope: str = "") -> pb.Tokens:
        request = pb.RefreshTokenRequest(refresh_token=token, scope=scope, client=self.basic)
        return self.tokens.RefreshToken(request).tokens

    def introspect(self, token: str) -> pb.IntrospectResponse:
        return self.tokens.Introspect(pb.IntrospectRequest(token=token))


@pytest.fixture
def shop(service_store: StoreAccess) -> Iterator[Shop]:
    with auth_plane(service_store) as plane:
        yield Shop(plane)


def test_a_code_gives_tokens(shop: Shop) -> None:
    """RFC 6749 section 5.1: every member is set."""
    tokens = shop.granted()
    assert (tokens.token_type, tokens.expires_in, tokens.scope) == ("Bearer", 600, "openid profile")
    assert (tokens.access_token.count("."), tokens.id_token.count("."), tokens.refresh_token[:4]) == (2, 2, "apr_")


def test_a_refresh_token_gives_tokens(shop: Shop) -> None:
    """The scope of the request reaches the token, and the successor works."""
    tokens = shop.refresh(shop.granted().refresh_token, scope="profile")
    assert (tokens.scope, tokens.id_token) == ("profile", "")
    assert shop.refresh(tokens.refresh_token).scope == "openid profile"


def test_a_client_gets_a_token_for_itself(shop: Shop) -> None:
    """RFC 6749 section 4.4.3: an access token only."""
    response = shop.tokens.ClientCredentials(pb.ClientCredentialsRequest(client=shop.basic, scope="orders:read"))
    tokens = response.tokens
    assert tokens == pb.Tokens(
        access_token=tokens.access_token, token_type="Bearer", expires_in=600, scope="orders:read"
    )
    answer = shop.introspect(tokens.access_token)
    assert (answer.sub, answer.username, answer.auth_time) == ("shop", "", 0)


def test_introspection_tells_every_member(shop: Shop) -> None:
    """RFC 7662 section 2.2; and for what is dead only that it is."""
    token = shop.granted().access_token
    answer = shop.introspect(token)
    assert len(base64.urlsafe_b64decode(answer.jti + "==")) == 16
    assert told(answer) == pb.IntrospectResponse(
        active=True,
        scope="openid profile",
        client_id="shop",
        username="ada",
        token_type="Bearer",
        exp=int(START) + 600,
        iat=int(START),
        sub=shop.user_id,
        aud=[ISSUER],
        iss=ISSUER,
        jti=answer.jti,
        auth_time=int(START),
    )
    shop.plane.clock.advance(600)
    assert told(shop.introspect(token)) == pb.IntrospectResponse(active=False)


@pytest.mark.parametrize("hint", ["", "access_token", "refresh_token", "nonsense"])
def test_a_hint_hides_nothing(shop: Shop, hint: str) -> None:
    """Row 12: RFC 7009 and 7662: a wrong or unknown hint changes no answer."""
    tokens = shop.granted()
    for token in (tokens.refresh_token, tokens.access_token):
        request = pb.IntrospectRequest(token=token, token_type_hint=hint, client=shop.basic)
        assert shop.tokens.Introspect(request).active
    for token in (tokens.access_token, tokens.refresh_token):
        shop.tokens.Revoke(pb.RevokeRequest(token=token, token_type_hint=hint, client=shop.basic))
        assert not shop.introspect(token).active


def test_every_way_to_authenticate_arrives(shop: Shop) -> None:
    """Row 26: the secret of one method is none for another; an empty message is a public client without a name."""
    token = shop.granted().access_token
    assert shop.tokens.Introspect(pb.IntrospectRequest(token=token, client=shop.basic)).active
    for client in (
        pb.ClientAuthentication(),
        pb.ClientAuthentication(client_id="shop"),
        pb.ClientAuthentication(client_id="shop", client_secret_post=shop.secret),
        pb.ClientAuthentication(client_id="shop", client_assertion=shop.secret),
        pb.ClientAuthentication(client_id="shop", client_secret_basic=""),
        pb.ClientAuthentication(client_id="shop", client_secret_basic="wrong"),
    ):
        for call in (
            lambda client=client: shop.tokens.Introspect(pb.IntrospectRequest(token=token, client=client)),
            lambda client=client: shop.tokens.BatchIntrospect(pb.BatchIntrospectRequest(tokens=[token], client=client)),
            lambda client=client: shop.tokens.Revoke(pb.RevokeRequest(token=token, client=client)),
            lambda client=client: shop.tokens.ClientCredentials(pb.ClientCredentialsRequest(client=client)),
            lambda client=client: shop.tokens.RedeemCode(pb.RedeemCodeRequest(code="x", client=client)),
            lambda client=client: shop.tokens.RefreshToken(pb.RefreshTokenRequest(refresh_token="x", client=client)),
        ):
            assert failure(call).reason is Reason.INVALID_CLIENT
    assert shop.introspect(token).active


def test_only_questions_may_come_from_inside(shop: Shop) -> None:
    """A token request without a client is refused: nobody inside the plane is a client."""
    for call in (
        lambda: shop.tokens.ClientCredentials(pb.ClientCredentialsRequest()),
        lambda: shop.tokens.RefreshToken(pb.RefreshTokenRequest(refresh_token=shop.granted().refresh_token)),
        lambda: shop.tokens.RedeemCode(pb.RedeemCodeRequest(code=shop.code())),
    ):
        assert failure(call).reason is Reason.INVALID_CLIENT


Refusal = Callable[[Shop], object]


def _replayed(shop: Shop) -> object:
    request = shop.redemption()
    shop.tokens.RedeemCode(request)
    return shop.tokens.RedeemCode(request)


def _reused(shop: Shop) -> object:
    token = shop.granted().refresh_token
    shop.refresh(token)
    shop.plane.clock.advance(11)
    return shop.refresh(token)


def _foreign(shop: Shop) -> object:
    web = pb.ClientAuthentication(client_id="web")
    return shop.tokens.Revoke(pb.RevokeRequest(token=shop.granted().access_token, client=web))


REFUSALS: list[tuple[str, Reason, str, Refusal]] = [
    ("FAILED_PRECONDITION", Reason.INVALID_GRANT, "invalid_grant", lambda shop: shop.refresh("x")),
    ("FAILED_PRECONDITION", Reason.CODE_ALREADY_USED, "invalid_grant", _replayed),
    ("FAILED_PRECONDITION", Reason.REFRESH_TOKEN_REUSED, "invalid_grant", _reused),
    (
        "INVALID_ARGUMENT",
        Reason.INVALID_SCOPE,
        "invalid_scope",
        lambda shop: shop.refresh(shop.granted().refresh_token, "admin"),
    ),
    (
        "PERMISSION_DENIED",
        Reason.UNAUTHORIZED_CLIENT,
        "unauthorized_client",
        lambda shop: shop.tokens.RefreshToken(
            pb.RefreshTokenRequest(refresh_token="x", client=pb.ClientAuthentication(client_id="web"))
        ),
    ),
    ("PERMISSION_DENIED", Reason.UNAUTHORIZED_CLIENT, "unauthorized_client", _foreign),
    ("INVALID_ARGUMENT", Reason.INVALID_REQUEST, "invalid_request", lambda shop: shop.introspect("")),
    (
        "INVALID_ARGUMENT",
        Reason.INVALID_REQUEST,
        "invalid_request",
        lambda shop: shop.tokens.BatchIntrospect(pb.BatchIntrospectRequest()),
    ),
    (
        "INVALID_ARGUMENT",
        Reason.INVALID_REQUEST,
        "invalid_request",
        lambda shop: shop.tokens.Revoke(pb.RevokeRequest()),
    ),
    (
        "UNAUTHENTICATED",
        Reason.INVALID_CLIENT,
        "invalid_client",
        lambda shop: shop.tokens.ClientCredentials(pb.ClientCredentialsRequest()),
    ),
]


@pytest.mark.parametrize(("code", "reason", "oauth_error", "refused"), REFUSALS)
def test_every_refusal_says_what_it_is(
    shop: Shop, code: str, reason: Reason, oauth_error: str, refused: Refusal
) -> None:
    """Row 11: the status, the reason and the OAuth error that the proto file promises."""
    refusal = failure(lambda: refused(shop))
    assert (refusal.code.name, refusal.reason, refusal.oauth_error) == (code, reason, oauth_error)


def test_the_key_set_follows_a_rotation(shop: Shop) -> None:
    """Row 15: both keys at first, the new ones too at once, and the withdrawn one no more."""
    before = MessageToDict(shop.tokens.GetJwks(pb.GetJwksRequest()).jwks)
    assert sorted(key["alg"] for key in before["keys"]) == ["ES256", "RS256"]
    assert not any("d" in key for key in before["keys"])
    (waiting,) = shop.plane.keys.RotateKeys(key_pb2.RotateKeysRequest(algs=["ES256"])).keys
    assert (waiting.signing, waiting.activates_at, waiting.retires_at) == (False, START + 300, 0)
    token = shop.granted().access_token
    (new,) = shop.plane.keys.RotateKeys(key_pb2.RotateKeysRequest(algs=["ES256"], immediately=True)).keys
    assert (new.signing, new.alg, new.created_at, new.activates_at) == (True, "ES256", START, START)
    after = MessageToDict(shop.tokens.GetJwks(pb.GetJwksRequest()).jwks)
    rsa = next(key["kid"] for key in before["keys"] if key["alg"] == "RS256")
    assert {key["kid"] for key in after["keys"]} == {rsa, new.kid}
    listed = {key.kid: key for key in shop.plane.keys.ListKeys(key_pb2.ListKeysRequest()).keys}
    assert {kid for kid, key in listed.items() if key.signing} == {rsa, new.kid}
    assert not shop.introspect(token).active
    assert shop.introspect(shop.granted().access_token).active
    refused = failure(lambda: shop.plane.keys.RotateKeys(key_pb2.RotateKeysRequest(algs=["none"])))
    assert refused.reason is Reason.INVALID_REQUEST
