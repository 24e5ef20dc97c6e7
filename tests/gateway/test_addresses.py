"""For whom a request is made, with proxies in between and people who make things up."""

import ipaddress

import pytest

from gateway.addresses import ClientAddresses

PROXIES = ("10.0.0.0/8", "fd00::/8")


def address(peer: str, *forwarded: str, trusted: tuple[str, ...] = PROXIES) -> str:
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    networks = [ipaddress.ip_network(network) for network in trusted]
    return ClientAddresses(networks).of({"type": "http", "client": (peer, 1), "headers": headers})


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("203.0.113.5", (), "203.0.113.5"),
        ("10.0.0.1", ("203.0.113.5",), "203.0.113.5"),
        ("10.0.0.1", ("198.51.100.9, 203.0.113.5",), "203.0.113.5"),
        ("10.0.0.1", ("198.51.100.9, 203.0.113.5, 10.2.0.1",), "203.0.113.5"),
        ("10.0.0.1", ("203.0.113.5", "10.2.0.1"), "203.0.113.5"),
        ("10.0.0.1", (" 2001:db8::7 ",), "2001:db8::7"),
        ("fd00::1", ("203.0.113.5",), "203.0.113.5"),
        ("10.0.0.1", ("10.0.0.7",), "10.0.0.7"),
        ("10.0.0.1", ("unknown",), "10.0.0.1"),
        ("10.0.0.1", ("203.0.113.5, ",), "10.0.0.1"),
        ("10.0.0.1", (), "10.0.0.1"),
        ("203.0.113.5", ("198.51.100.9",), "203.0.113.5"),
    ],
)
def test_the_last_address_that_is_no_proxy_s(peer: str, forwarded: tuple[str, ...], expected: str) -> None:
    """Whoever is no proxy writes into the header what it likes, so nothing before it is read."""
    assert address(peer, *forwarded) == expected


def test_without_proxies_the_header_is_ignored() -> None:
    """Which is how it is unless it was set."""
    assert address("10.0.0.1", "203.0.113.5", trusted=()) == "10.0.0.1"
