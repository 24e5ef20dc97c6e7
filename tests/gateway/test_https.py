"""HTTPS at the gateway, with a certificate that changes."""

import ssl
from pathlib import Path

import httpx2 as httpx
import pytest

from gateway.https import Https
from gateway.settings import GatewaySettings
from shared.tls import TlsFiles
from tests.certificates import Authority
from tests.gateway.conftest import SECRET, run_gateway


def test_it_answers_over_tls_alone(tmp_path: Path) -> None:
    """A client that trusts the authority is answered; plain HTTP is not."""
    authority = Authority(tmp_path, "authority")
    signed = authority.sign("gateway")
    for gateway in run_gateway(tls_certificate=signed.certificate, tls_key=signed.key):
        trusting = ssl.create_default_context(cafile=str(authority.file))
        with httpx.Client(base_url=f"https://127.0.0.1:{gateway.port}", verify=trusting) as http:
            assert http.get("/.well-known/openid-configuration").status_code == 200
        with gateway.browser() as plain, pytest.raises(httpx.TransportError):
            plain.get("/.well-known/openid-configuration")


def test_a_new_certificate_is_used_once_it_is_told(tmp_path: Path) -> None:
    """And nonsense never."""
    authority = Authority(tmp_path, "authority")
    signed = authority.sign("gateway")
    https = Https(TlsFiles(signed.certificate, signed.key))
    authority.sign("gateway")
    https.reload()
    signed.key.write_text("nonsense")
    with pytest.raises(ValueError, match="not a certificate"):
        https.reload()


def test_a_certificate_needs_its_key(tmp_path: Path) -> None:
    """Said before anything is opened."""
    signed = Authority(tmp_path, "authority").sign("gateway")
    settings = {"secret": SECRET, "tls_certificate": signed.certificate}
    with pytest.raises(ValueError, match="belong together"):
        GatewaySettings.model_validate(settings).verify()
