"""Administration of clients over a real socket."""

from collections.abc import Iterator

import pytest
from joserfc.jwk import ECKey

from authplane.token.v1 import client_admin_pb2 as pb
from authplane.token.v1 import token_pb2
from shared.errors import Reason
from shared.store.access import StoreAccess
from tests.rpc.auth_plane import START, AuthPlane, auth_plane, failure, struct


@pytest.fixture
def plane(service_store: StoreAccess) -> Iterator[AuthPlane]:
    with auth_plane(service_store) as plane:
        yield plane


MACHINE = pb.Client(client_id="machine", grant_types=["client_credentials"], scopes=["orders:read"])


def get(plane: AuthPlane, client_id: str) -> pb.Client:
    return plane.clients.GetClient(pb.GetClientRequest(client_id=client_id)).client


def token(plane: AuthPlane, secret: str, client_id: str = "machine") -> str:
    client = token_pb2.ClientAuthentication(client_id=client_id, client_secret_basic=secret)
    request = token_pb2.ClientCredentialsRequest(client=client)
    return plane.tokens.ClientCredentials(request).tokens.access_token


def is_active(plane: AuthPlane, access_token: str) -> bool:
    return plane.tokens.Introspect(token_pb2.IntrospectRequest(token=access_token)).active


def test_what_is_left_out_has_its_documented_default(plane: AuthPlane) -> None:
    """Each default of client_admin.proto; the secret is made, told once and works."""
    created = plane.clients.CreateClient(pb.CreateClientRequest(client=MACHINE))
    assert created.client == pb.Client(
        client_id="machine",
        client_name="machine",
        token_endpoint_auth_method="client_secret_basic",
        grant_types=["client_credentials"],
        scopes=["orders:read"],
        id_token_signed_response_alg="RS256",
        require_pkce=True,
        consent="ask",
        introspect="own",
        disabled=False,
        created_at=START,
    )
    assert created.client == get(plane, "machine")
    assert len(created.client_secret) == 43
    assert is_active(plane, token(plane, created.client_secret))
    assert created.client_secret not in str(plane.log.entries)


def test_every_setting_is_kept(plane: AuthPlane) -> None:
    """What goes in comes out; `disabled` and `created_at` are the plane's own."""
    key = ECKey.generate_key("P-256").as_dict(private=False)
    given = pb.Client(
        client_id="everything",
        client_name="Every Thing",
        token_endpoint_auth_method="private_key_jwt",
        jwks=struct(keys=[key]),
        redirect_uris=["https://app.example.com/a", "https://app.example.com/b"],
        post_logout_redirect_uris=["https://app.example.com/bye"],
        grant_types=["authorization_code", "refresh_token", "client_credentials"],
        scopes=["openid", "email"],
        id_token_signed_response_alg="ES256",
        require_pkce=False,
        consent="skip",
        introspect="any",
        audiences=["api", "other"],
        disabled=True,
        created_at=1,
    )
    created = plane.clients.CreateClient(pb.CreateClientRequest(client=given))
    expected = pb.Client()
    expected.CopyFrom(given)
    expected.disabled, expected.created_at = False, START
    assert (created.client, created.client_secret) == (expected, "")
    assert get(plane, "everything") == expected


def test_a_secret_may_be_brought_along(plane: AuthPlane) -> None:
    """It is not told again; one that is too short, or for a public client, is refused."""
    secret = "a secret of at least 32 characters"
    created = plane.clients.CreateClient(pb.CreateClientRequest(client=MACHINE, client_secret=secret))
    assert created.client_secret == ""
    assert is_active(plane, token(plane, secret))
    short = pb.CreateClientRequest(client=MACHINE, client_secret="x")
    assert failure(lambda: plane.clients.CreateClient(short)).reason is Reason.INVALID_REQUEST
    public = pb.Client(client_id="app", token_endpoint_auth_method="none", grant_types=["authorization_code"])
    public.redirect_uris.append("https://app.example.com/callback")
    needless = pb.CreateClientRequest(client=public, client_secret=secret)
    assert failure(lambda: plane.clients.CreateClient(needless)).reason is Reason.INVALID_REQUEST


def test_an_update_replaces_all_settings(plane: AuthPlane) -> None:
    """Also by their defaults; the secret still works."""
    secret = plane.clients.CreateClient(pb.CreateClientRequest(client=MACHINE)).client_secret
    changed = pb.Client()
    changed.CopyFrom(MACHINE)
    changed.client_name, changed.introspect = "Press", "any"
    updated = plane.clients.UpdateClient(pb.UpdateClientRequest(client=changed)).client
    assert (updated.client_name, updated.introspect, updated.created_at) == ("Press", "any", START)
    assert plane.clients.UpdateClient(pb.UpdateClientRequest(client=MACHINE)).client.client_name == "machine"
    assert is_active(plane, token(plane, secret))


def test_a_new_secret_replaces_the_old_one(plane: AuthPlane) -> None:
    """At once; tokens that were issued before live on."""
    old = plane.clients.CreateClient(pb.CreateClientRequest(client=MACHINE)).client_secret
    access_token = token(plane, old)
    new = plane.clients.RotateClientSecret(pb.RotateClientSecretRequest(client_id="machine")).client_secret
    assert new != old
    assert failure(lambda: token(plane, old)).reason is Reason.INVALID_CLIENT
    assert is_active(plane, token(plane, new))
    assert is_active(plane, access_token)


def test_disabling_ends_and_enabling_brings_nothing_back(plane: AuthPlane) -> None:
    """The client's tokens are dead for good; new ones of the same second live."""
    secret = plane.clients.CreateClient(pb.CreateClientRequest(client=MACHINE)).client_secret
    before = token(plane, secret)
    plane.clients.DisableClient(pb.DisableClientRequest(client_id="machine"))
    assert get(plane, "machine").disabled
    assert not is_active(plane, before)
    assert failure(lambda: token(plane, secret)).reason is Reason.INVALID_CLIENT
    plane.clients.EnableClient(pb.EnableClientRequest(client_id="machine"))
    assert not get(plane, "machine").disabled
    assert [is_active(plane, before), is_active(plane, token(plane, secret))] == [False, True]


def test_clients_are_listed_by_pages(plane: AuthPlane) -> None:
    """AIP-158: in order, and empty is the token of the last page."""
    for client_id in ("b", "a", "c"):
        client = pb.Client(client_id=client_id, grant_types=["client_credentials"], scopes=["x"])
        plane.clients.CreateClient(pb.CreateClientRequest(client=client))
    first = plane.clients.ListClients(pb.ListClientsRequest(page_size=3))
    assert [client.client_id for client in first.clients] == ["a", "b", "c"]
    second = plane.clients.ListClients(pb.ListClientsRequest(page_size=3, page_token=first.next_page_token))
    assert ([client.client_id for client in second.clients], second.next_page_token) == (["web"], "")
    assert len(plane.clients.ListClients(pb.ListClientsRequest()).clients) == 4
    refusal = failure(lambda: plane.clients.ListClients(pb.ListClientsRequest(page_size=-1)))
    assert refusal.reason is Reason.INVALID_REQUEST


def test_what_does_not_exist_is_not_found(plane: AuthPlane) -> None:
    """And what exists is not made twice."""
    unknown = pb.Client(client_id="unknown", grant_types=["client_credentials"])
    for call in (
        lambda: plane.clients.GetClient(pb.GetClientRequest(client_id="unknown")),
        lambda: plane.clients.UpdateClient(pb.UpdateClientRequest(client=unknown)),
        lambda: plane.clients.RotateClientSecret(pb.RotateClientSecretRequest(client_id="unknown")),
        lambda: plane.clients.DisableClient(pb.DisableClientRequest(client_id="unknown")),
        lambda: plane.clients.EnableClient(pb.EnableClientRequest(client_id="unknown")),
    ):
        refusal = failure(call)
        assert (refusal.code.name, refusal.reason) == ("NOT_FOUND", Reason.CLIENT_NOT_FOUND)
    plane.clients.CreateClient(pb.CreateClientRequest(client=MACHINE))
    taken = failure(lambda: plane.clients.CreateClient(pb.CreateClientRequest(client=MACHINE)))
    assert (taken.code.name, taken.reason) == ("ALREADY_EXISTS", Reason.CLIENT_EXISTS)


def test_a_client_without_a_secret_gets_none(plane: AuthPlane) -> None:
    """Neither by rotation nor by a change of its method."""
    rotation = pb.RotateClientSecretRequest(client_id="web")
    assert failure(lambda: plane.clients.RotateClientSecret(rotation)).reason is Reason.INVALID_REQUEST
    changed = get(plane, "web")
    changed.token_endpoint_auth_method = "client_secret_basic"
    update = pb.UpdateClientRequest(client=changed)
    assert failure(lambda: plane.clients.UpdateClient(update)).reason is Reason.INVALID_REQUEST
    assert get(plane, "web").token_endpoint_auth_method == "none"
