"""TLS at the gateway, for where nothing before it ends it."""

import ssl

from shared.tls import TlsFiles


class HttpsContext:
    """What connections are protected with; new ones use what was read last.

    Raises:
        ValueError: The files are of no use.
    """

    def __init__(self, files: TlsFiles) -> None:
        files.verify()
        self._files = files
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.context.load_cert_chain(files.certificate, files.key)

    def reload(self) -> None:
        """Reads certificate and key again; connections that are open stay as they are.

        Raises:
            ValueError: They are of no use; the ones before stay.
        """
        self._files.verify()
        self.context.load_cert_chain(self._files.certificate, self._files.key)
