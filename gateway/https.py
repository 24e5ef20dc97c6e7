"""TLS at the gateway, for where nothing before it ends it."""

import ssl
from typing import Protocol

from shared.tls import TlsFiles


class Protection(Protocol):
    """What connections are protected with.

    Attributes:
        context: As the HTTP server takes it; none for plain HTTP.
    """

    context: ssl.SSLContext | None

    def reload(self) -> None:
        """Reads anew what it is made of.

        Raises:
            ValueError: It is of no use; what was there before stays.
        """


class Unprotected(Protection):
    """Plain HTTP."""

    context = None

    def reload(self) -> None:
        """There is nothing to read."""


class Https(Protection):
    """TLS; new connections use what was read last, and those that are open stay as they are.

    Raises:
        ValueError: The files are of no use.
    """

    def __init__(self, files: TlsFiles) -> None:
        self._files = files
        self.context: ssl.SSLContext = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.reload()

    def reload(self) -> None:
        self._files.verify()
        self.context.load_cert_chain(self._files.certificate, self._files.key)


def protection_of(files: TlsFiles | None) -> Protection:
    """What these files give; plain HTTP if there are none."""
    return Https(files) if files else Unprotected()
