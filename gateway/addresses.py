"""From which address a request comes, when proxies stand before the gateway."""

import ipaddress
from collections.abc import Sequence

from starlette.types import Scope

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_FORWARDED_FOR = b"x-forwarded-for"


class ClientAddresses:
    """Reads `X-Forwarded-For` as far as it was written by proxies that are trusted.

    Args:
        trusted: Networks of the proxies; none means that the header is ignored.
    """

    def __init__(self, trusted: Sequence[Network]) -> None:
        self._trusted = trusted

    def of(self, scope: Scope) -> str:
        """The last address on the way here that is no trusted proxy's; the peer's own if it is none."""
        peer = scope["client"][0] if scope.get("client") else ""
        address = peer
        for hop in (peer, *reversed(_forwarded(scope))):
            if not _is_address(hop):
                break
            address = hop
            if not self._is_trusted(hop):
                break
        return address

    def _is_trusted(self, address: str) -> bool:
        parsed = ipaddress.ip_address(address)
        return any(parsed in network for network in self._trusted)


def _forwarded(scope: Scope) -> list[str]:
    values = [value.decode("latin-1") for name, value in scope["headers"] if name == _FORWARDED_FOR]
    return [hop.strip() for hop in ",".join(values).split(",")] if values else []


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
