"""Certificates and keys in files, which may change while they are in use."""

import ssl
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files of a server.

    Attributes:
        certificate: Its chain, its own first.
        client_ca: Of those whose clients are let in; none lets everybody in.
    """

    certificate: Path
    key: Path
    client_ca: Path | None = None

    def verify(self) -> None:
        """Looks at all of them.

        Raises:
            ValueError: One cannot be read or is none, or the key is not the certificate's; the message names them.
        """
        try:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.certificate, self.key)
            if self.client_ca is not None:
                context.load_verify_locations(self.client_ca)
        except OSError as error:  # What OpenSSL has to say is one too.
            names = ", ".join(str(path) for path in (self.certificate, self.key, self.client_ca) if path)
            raise ValueError(f"{names}: not a certificate and its key: {error.strerror or error}") from error
