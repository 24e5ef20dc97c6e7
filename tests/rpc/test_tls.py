"""gRPC over TLS: who is believed, who is let in, and certificates that change."""

import ssl
from pathlib import Path

import grpc
import pytest

from authplane.token.v1 import token_pb2, token_pb2_grpc
from shared.rpc.channel import sync_channel
from shared.rpc.tls import CallerTls
from shared.settings import CommonSettings
from tests.certificates import Authority
from tests.rpc.scripted import Running, serving

ACTIVE = token_pb2.IntrospectResponse(active=True)


def answer(request: object, context: object) -> token_pb2.IntrospectResponse:
    return ACTIVE


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "authority")


def ask(running: Running, caller: CallerTls, number: int = 0) -> grpc.StatusCode | None:
    """What a caller gets; none when it is answered."""
    target = f"127.0.0.1:{running.server.port}"
    with sync_channel(target, number, caller.credentials()) as channel:
        try:
            token_pb2_grpc.TokenServiceStub(channel).Introspect(token_pb2.IntrospectRequest(), timeout=5)
        except grpc.RpcError as error:
            return error.code()
    return None


def serial(running: Running, authority: Authority) -> str:
    """Of the certificate that a new connection is shown."""
    return ssl.get_server_certificate(("127.0.0.1", running.server.port), ca_certs=str(authority.file), timeout=5)


def test_only_a_server_that_the_authority_vouches_for_is_believed(tmp_path: Path, authority: Authority) -> None:
    """And plain text is no way in."""
    signed, other = authority.sign("server"), Authority(tmp_path, "other")
    with serving(answer, rpc_tls_certificate=signed.certificate, rpc_tls_key=signed.key) as running:
        assert ask(running, CallerTls(authority.file)) is None
        assert ask(running, CallerTls(other.file), 1) is grpc.StatusCode.UNAVAILABLE
        assert ask(running, CallerTls(), 2) is grpc.StatusCode.UNAVAILABLE


def test_only_callers_whom_the_authority_vouches_for_get_in(tmp_path: Path, authority: Authority) -> None:
    """Row 27: without a certificate, and with one of somebody else, nobody is heard."""
    server, client, other = authority.sign("server"), authority.sign("client"), Authority(tmp_path, "other")
    stranger = other.sign("stranger")
    settings = {"rpc_tls_certificate": server.certificate, "rpc_tls_key": server.key}
    with serving(answer, **settings, rpc_tls_client_ca=authority.file) as running:
        assert ask(running, CallerTls(authority.file, client.certificate, client.key)) is None
        assert ask(running, CallerTls(authority.file), 1) is grpc.StatusCode.UNAVAILABLE
        assert ask(running, CallerTls(authority.file, stranger.certificate, stranger.key), 2) is not None


def test_a_new_certificate_is_shown_to_new_connections(authority: Authority) -> None:
    """Once it is told to look, and not when what is there is of no use."""
    signed = authority.sign("server")
    with serving(answer, rpc_tls_certificate=signed.certificate, rpc_tls_key=signed.key) as running:
        before = serial(running, authority)
        authority.sign("server")
        assert serial(running, authority) == before
        running.reload()
        renewed = serial(running, authority)
        assert renewed != before
        signed.certificate.write_text("nonsense")
        with pytest.raises(ValueError, match="not a certificate"):
            running.reload()
        assert serial(running, authority) == renewed
        assert ask(running, CallerTls(authority.file)) is None


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"rpc_tls_key": None}, "belong together"),
        ({"rpc_tls_certificate": None, "rpc_tls_key": None, "rpc_tls_client_ca": "x"}, "needs rpc_tls_certificate"),
        ({"rpc_tls_key": "/nowhere"}, "not a certificate and its key"),
        ({"rpc_tls_client_ca": "/nowhere"}, "not a certificate and its key"),
    ],
)
def test_files_that_cannot_work_are_refused(authority: Authority, wrong: dict[str, object], told: str) -> None:
    """Before anything is opened; the key of another certificate too."""
    signed, another = authority.sign("server"), authority.sign("another")
    good = {"secret": "s" * 32, "rpc_tls_certificate": signed.certificate, "rpc_tls_key": signed.key}
    CommonSettings.model_validate(good).verify()
    with pytest.raises(ValueError, match=told):
        CommonSettings.model_validate({**good, **wrong}).verify()
    with pytest.raises(ValueError, match="not a certificate"):
        CommonSettings.model_validate({**good, "rpc_tls_key": another.key}).verify()
