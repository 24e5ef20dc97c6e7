"""How gRPC servers and channels are protected: by TLS when there are certificates, in plain text otherwise."""

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import grpc

from shared.tls import TlsFiles


class Protection(Protocol):
    """How a server listens."""

    def bind(self, server: grpc.Server, address: str) -> int:
        """Has the server listen there; gives the port.

        Raises:
            RuntimeError: It cannot.
        """

    def reload(self) -> None:
        """Reads certificates again; connections that are open stay as they are.

        Raises:
            ValueError: They are of no use; the ones before stay.
        """


class PlainText:
    """Nothing is encrypted: for loopback, or where something else protects the way."""

    def bind(self, server: grpc.Server, address: str) -> int:
        return server.add_insecure_port(address)

    def reload(self) -> None:
        """There is nothing to read."""


class Tls:
    """TLS, with certificates that can be replaced while the server runs.

    `_lock` guards the configuration that new connections are to be told of: they ask on gRPC's threads.

    Raises:
        ValueError: The files are of no use.
    """

    def __init__(self, files: TlsFiles) -> None:
        self._files = files
        self._lock = threading.Lock()
        self._present = self._read()
        self._changed: grpc.ServerCertificateConfiguration | None = None

    def bind(self, server: grpc.Server, address: str) -> int:
        credentials = grpc.dynamic_ssl_server_credentials(
            self._present,
            self._fetch,  # type: ignore[arg-type]  # None says that nothing has changed, which the stub does not know.
            require_client_authentication=self._files.client_ca is not None,
        )
        return server.add_secure_port(address, credentials)

    def reload(self) -> None:
        configuration = self._read()
        with self._lock:
            self._changed = configuration

    def _read(self) -> grpc.ServerCertificateConfiguration:
        self._files.verify()
        authorities = self._files.client_ca.read_bytes() if self._files.client_ca else None
        pair = self._files.key.read_bytes(), self._files.certificate.read_bytes()
        return grpc.ssl_server_certificate_configuration([pair], authorities)

    def _fetch(self) -> grpc.ServerCertificateConfiguration | None:
        with self._lock:
            changed, self._changed = self._changed, None
        return changed


@dataclass(frozen=True, slots=True)
class CallerTls:
    """PEM files of whoever calls.

    Attributes:
        ca: Of those whose servers are believed; none means plain text.
        certificate, key: What is shown to servers that ask for it.
    """

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None

    def credentials(self) -> grpc.ChannelCredentials | None:
        """For a channel; none for plain text.

        Raises:
            OSError: A file cannot be read.
        """
        if self.ca is None:
            return None
        key, certificate = (path.read_bytes() if path else None for path in (self.key, self.certificate))
        return grpc.ssl_channel_credentials(self.ca.read_bytes(), key, certificate)
