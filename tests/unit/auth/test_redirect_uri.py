"""Redirect URIs: what is registered is accepted, and nothing that merely looks like it."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.auth.redirect_uri import verified_redirect_uri
from shared.errors import RedirectUriMismatch
from tests.unit.auth.world import client

WEB = "https://app.example.com/callback"
LOOPBACK = "http://127.0.0.1/callback"
LOOPBACK6 = "http://[::1]:8000/callback"
NAMED = "http://localhost:3000/callback"
NATIVE = "com.example.app:/callback"
QUERY = "https://app.example.com/callback?tenant=1"
REGISTERED = client(redirect_uris=(WEB, LOOPBACK, LOOPBACK6, NAMED, NATIVE, QUERY))

REFUSED = {
    "RFC 9700 4.1.1: no patterns; prefix and suffix matching (CVE-2023-6291)": [
        "https://app.example.com/callback/",
        "https://app.example.com/callback/more",
        "https://app.example.com/callback2",
        "https://app.example.com/callbac",
        "https://app.example.com/",
        "https://app.example.com",
        "https://app.example.com//callback",
        "https://app.example.com/callback;jsessionid=1",
        "https://app.example.com/callback.html",
        "https://app.example.com/*",
        "https://*.example.com/callback",
        "*",
        "https://app.example.com/callback,https://evil.example/",
        "https://app.example.com/callback https://evil.example/",
        "com.example.app:/callback/more",
        "com.example.app://callback",
        "com.example.app:/",
        "com.example.app.evil:/callback",
    ],
    "path traversal (CVE-2024-1132)": [
        "https://app.example.com/callback/../evil",
        "https://app.example.com/callback/..",
        "https://app.example.com/./callback",
        "https://app.example.com/x/../callback",
        "https://app.example.com/callback/%2e%2e/evil",
        "https://app.example.com/callback/%2E%2E%2Fevil",
        "https://app.example.com/callback/..%2fevil",
        "https://app.example.com/callback/..;/evil",
        "https://app.example.com/callback\\..\\evil",
        "https://app.example.com\\callback",
        "https:\\\\app.example.com\\callback",
        "https:/\\app.example.com/callback",
    ],
    "percent-encoding, once and twice (CVE-2022-3782)": [
        "https://app.example.com/%63allback",
        "https://app.example.com/callbac%6B",
        "https://app.example.com/callbac%256B",
        "https://app.example.com%2fcallback",
        "https://app.example.com/callback%2f",
        "https://app.example.com/callback%252f%252e%252e%252fevil",
        "https://app.example.com/callback%00",
        "https://app.example.com/callback%23",
        "https://app.example.com/callback%3f",
        "https://app.example.com/callback%20",
        "https://app.example.com/callback%0d%0aLocation:%20https://evil.example",
        "https%3A%2F%2Fapp.example.com%2Fcallback",
    ],
    "user information and other tricks with the authority (CVE-2024-8883)": [
        "https://user@app.example.com/callback",
        "https://app.example.com@evil.example/callback",
        "https://app.example.com:pass@evil.example/callback",
        "https://app.example.com%40evil.example/callback",
        "https://evil.example/app.example.com/callback",
        "https://evil.example/https://app.example.com/callback",
        "https://evil.example?https://app.example.com/callback",
        "https://evil.example#https://app.example.com/callback",
        "https://evil.example\\@app.example.com/callback",
        "https://app.example.com.evil.example/callback",
        "https://app.example.com./callback",
        "https://app.example.com.:443/callback",
        "https://evilapp.example.com/callback",
        "https://evil-app.example.com/callback",
        "https://example.com/callback",
        "https://app.example.org/callback",
        "https://аpp.example.com/callback",  # noqa: RUF001 - a Cyrillic letter is the point.
        "https://app。example.com/callback",
        "https://app.example.com:443/callback",
        "https://app.example.com:8443/callback",
        "https://app.example.com:/callback",
        "//app.example.com/callback",
        "///app.example.com/callback",
        "/callback",
        "callback",
        "app.example.com/callback",
    ],
    "case (CVE-2020-15233)": [
        "HTTPS://app.example.com/callback",
        "https://APP.example.com/callback",
        "https://app.example.com/Callback",
        "https://app.example.com/CALLBACK",
        "Com.Example.App:/callback",
        "HTTP://127.0.0.1/callback",
        "HTTP://LOCALHOST:3000/callback",
    ],
    "another scheme": [
        "http://app.example.com/callback",
        "javascript:alert(1)",
        "javascript://app.example.com/callback%0aalert(1)",
        "data:text/html,<script>alert(1)</script>",
        "file:///callback",
        "ftp://app.example.com/callback",
        "view-source:https://app.example.com/callback",
        "blob:https://app.example.com/callback",
        "https:app.example.com/callback",
        "https:/app.example.com/callback",
        "https:///app.example.com/callback",
    ],
    "RFC 6749 3.1.2: fragments": [
        "https://app.example.com/callback#",
        "https://app.example.com/callback#token",
        "http://127.0.0.1/callback#",
        "http://127.0.0.1:5000/callback#code",
        "com.example.app:/callback#",
    ],
    "RFC 9700 4.1.3: the query is compared too": [
        "https://app.example.com/callback?",
        "https://app.example.com/callback?x=1",
        "https://app.example.com/callback?tenant=2",
        "https://app.example.com/callback?tenant=1&tenant=2",
        "https://app.example.com/callback?tenant=1&redirect=https://evil.example",
        "https://app.example.com/callback?TENANT=1",
        "http://127.0.0.1/callback?x=1",
        "http://127.0.0.1:5000/callback?",
    ],
    "blanks and control characters": [
        " https://app.example.com/callback",
        "https://app.example.com/callback ",
        "https://app.example.com/callback\t",
        "https://app.example.com/callback\n",
        "http://127.0.0.1/callback\n",
        "http://127.0.0.1:5000\n/callback",
        "https://app.example.com/call\nback",
        "https://app.example.com/callback\x00",
        "https://app.example.com/callback\u200b",
        "\ufeffhttps://app.example.com/callback",
    ],
    "RFC 8252 7.3: only the port of a loopback address may vary (CVE-2020-15234)": [
        "http://127.0.0.1.evil.example/callback",
        "http://127.0.0.1:5000.evil.example/callback",
        "http://127.0.0.1:5000@evil.example/callback",
        "http://127.0.0.1@evil.example/callback",
        "http://user@127.0.0.1:5000/callback",
        "http://evil.example/127.0.0.1/callback",
        "http://127.0.0.1:/callback",
        "http://127.0.0.1:0/callback",
        "http://127.0.0.1:65536/callback",
        "http://127.0.0.1:99999/callback",
        "http://127.0.0.1:123456/callback",
        "http://127.0.0.1:05000/callback",
        "http://127.0.0.1:-1/callback",
        "http://127.0.0.1:+80/callback",
        "http://127.0.0.1:80 /callback",
        "http://127.0.0.1:8a/callback",
        "http://127.0.0.1:\u0665000/callback",
        "http://127.0.0.1:5000:6000/callback",
        "http://127.0.0.1:5000callback",
        "http://127.0.0.1:5000/callback/",
        "http://127.0.0.1:5000/other",
        "http://127.0.0.1:5000//callback",
        "http://127.0.0.1:5000\\callback",
        "http://127.0.0.1:5000",
        "https://127.0.0.1:5000/callback",
        "http://127.0.0.2:5000/callback",
        "http://127.1:5000/callback",
        "http://2130706433:5000/callback",
        "http://0x7f000001:5000/callback",
        "http://0177.0.0.1:5000/callback",
        "http://127.0.0.01:5000/callback",
        "http://127.0.0.1.:5000/callback",
        "http://0.0.0.0:5000/callback",
        "http://127a0b0c1:5000/callback",
        "http://[::1]/other",
        "http://[0:0:0:0:0:0:0:1]:8000/callback",
        "http://[::01]:8000/callback",
        "http://[::ffff:127.0.0.1]:8000/callback",
        "http://[::1%25lo]:8000/callback",
        "http://::1:8000/callback",
        "http://[::1]evil.example:8000/callback",
        "http://[::1].evil.example/callback",
        "http://[::2]:8000/callback",
    ],
    "RFC 8252 8.3: localhost is a name, not an address": [
        "http://localhost/callback",
        "http://localhost:5000/callback",
        "http://localhost:3000.evil.example/callback",
        "http://localhost.evil.example:3000/callback",
        "http://localhost:30000/callback",
        "http://127.0.0.1.localhost:3000/callback",
    ],
}

ACCEPTED = [
    WEB,
    NAMED,
    NATIVE,
    QUERY,
    LOOPBACK,
    LOOPBACK6,
    "http://127.0.0.1:1/callback",
    "http://127.0.0.1:5000/callback",
    "http://127.0.0.1:65535/callback",
    "http://[::1]/callback",
    "http://[::1]:49152/callback",
]


@pytest.mark.parametrize("uri", [uri for uris in REFUSED.values() for uri in uris], ids=ascii)
def test_a_redirect_uri_that_is_not_registered_is_refused(uri: str) -> None:
    """Row 1: nothing but the registered strings is accepted, however similar."""
    with pytest.raises(RedirectUriMismatch):
        verified_redirect_uri({"redirect_uri": uri}, REGISTERED)


@pytest.mark.parametrize("uri", ACCEPTED)
def test_a_registered_redirect_uri_is_used_as_it_was_sent(uri: str) -> None:
    """Row 1: an exact match is accepted, and any port of a loopback address (RFC 8252 section 7.3)."""
    assert verified_redirect_uri({"redirect_uri": uri}, REGISTERED) == uri


@pytest.mark.parametrize(
    ("registered", "uri"),
    [
        (f"{WEB}#fragment", f"{WEB}#fragment"),
        ("http://127.0.0.1.example.com/callback", "http://127.0.0.1:80.example.com/callback"),
    ],
)
def test_a_bad_registration_opens_nothing(registered: str, uri: str) -> None:
    """Row 1: even where it was registered, a fragment is refused, and a host that begins like a loopback address."""
    with pytest.raises(RedirectUriMismatch):
        verified_redirect_uri({"redirect_uri": uri}, client(redirect_uris=(registered,)))


def test_the_corpus_is_large_enough() -> None:
    """The corpus has more than a hundred different variants, none of them registered."""
    variants = {uri for uris in REFUSED.values() for uri in uris}
    assert len(variants) > 100
    assert variants.isdisjoint(ACCEPTED)


@given(st.integers(0, len(WEB)), st.integers(0, 2), st.text(max_size=3))
def test_no_alteration_of_a_registered_uri_is_accepted(position: int, dropped: int, inserted: str) -> None:
    """Row 1: whatever is dropped from or inserted into the registered URI, only the URI itself is accepted."""
    altered = WEB[:position] + inserted + WEB[position + dropped :]
    assume(altered not in ("", WEB))
    with pytest.raises(RedirectUriMismatch):
        verified_redirect_uri({"redirect_uri": altered}, client(redirect_uris=(WEB,)))


def test_the_only_registered_uri_may_be_left_out() -> None:
    """Without a redirect_uri the only registered one is used (RFC 6749 section 3.1.2.3)."""
    assert verified_redirect_uri({"scope": "orders:read"}, client(redirect_uris=(WEB,))) == WEB


@pytest.mark.parametrize(
    ("scope", "registered"),
    [("openid", (WEB,)), ("profile openid", (WEB,)), ("orders:read", (WEB, NATIVE)), ("orders:read", ())],
)
def test_a_redirect_uri_must_be_named(scope: str, registered: tuple[str, ...]) -> None:
    """It may not be left out of an OpenID Connect request (Core 3.1.2.1), nor where there is a choice or none."""
    with pytest.raises(RedirectUriMismatch):
        verified_redirect_uri({"scope": scope}, client(redirect_uris=registered))
