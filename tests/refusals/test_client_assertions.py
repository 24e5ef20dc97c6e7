"""Clients that authenticate by private_key_jwt, and those that only look like it."""

import base64
import io
import time
import uuid
from collections.abc import Callable, Iterator

import httpx2 as httpx
import pytest
from joserfc.jwk import ECKey, OctKey
from joserfc.jws import JWSRegistry

from cli.seed_file import Seed
from shared.clock import SystemClock
from tests.conftest import make_plane
from tests.refusals.forging import Json, signed, unsigned

KEY = ECKey.generate_key("P-256")
ANOTHER_KEY = ECKey.generate_key("P-256")
TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
SCOPES = {"grant_types": ["client_credentials"], "scopes": ["orders:read"]}


def registered(client_id: str, key: ECKey) -> Json:
    jwks = {"keys": [key.as_dict(private=False)]}
    return {"client_id": client_id, "token_endpoint_auth_method": "private_key_jwt", "jwks": jwks, **SCOPES}


SEED = Seed.model_validate({"clients": [registered("signer", KEY), registered("other", ANOTHER_KEY)]})


class Signer:
    """The client "signer"."""

    def __init__(self, issuer: str, log: io.StringIO) -> None:
        self.issuer = issuer
        self.log = log
        self.http = httpx.Client(base_url=issuer, timeout=10, verify=False)

    def claims(self, **changes: object) -> Json:
        now = int(time.time())
        claims = {"iss": "signer", "sub": "signer", "aud": self.issuer, "exp": now + 60, "jti": uuid.uuid4().hex}
        return {name: value for name, value in {**claims, **changes}.items() if value is not None}

    def assertion(self, **changes: object) -> str:
        return signed({"alg": "ES256"}, self.claims(**changes), KEY)

    def ask(self, assertion: str, **parameters: str) -> httpx.Response:
        form = {"grant_type": "client_credentials", "client_assertion_type": TYPE, "client_assertion": assertion}
        return self.http.post("/auth/token", data={**form, **parameters})


@pytest.fixture(scope="module")
def signer() -> Iterator[Signer]:
    log = io.StringIO()
    with make_plane(SystemClock(), log, SEED, log_level="debug") as plane:
        signer = Signer(plane.issuer, log)
        yield signer
        signer.http.close()


@pytest.mark.parametrize("audience", ["", "/auth/token"])
def test_a_good_assertion_is_taken(signer: Signer, audience: str) -> None:
    """RFC 7523 section 3: `aud` names the issuer or the token endpoint, alone or among others."""
    named = signer.issuer + audience
    assert signer.ask(signer.assertion(aud=named)).status_code == 200
    assert signer.ask(signer.assertion(aud=["https://elsewhere.example", named])).status_code == 200
    assert signer.ask(signer.assertion(), client_id="signer").status_code == 200


Maker = Callable[[Signer], str]
DEEP = base64.urlsafe_b64encode(b"[" * 9000).rstrip(b"=").decode()


def signed_text(payload: bytes) -> str:
    """A payload that no library would write, signed by the client."""
    signing_input = b"eyJhbGciOiJFUzI1NiJ9." + base64.urlsafe_b64encode(payload).rstrip(b"=")
    signature = base64.urlsafe_b64encode(JWSRegistry.algorithms["ES256"].sign(signing_input, KEY)).rstrip(b"=")
    return (signing_input + b"." + signature).decode()


FAULTS: list[tuple[str, Maker]] = [
    ("RFC 7523 3: another issuer", lambda signer: signer.assertion(iss="other")),
    ("RFC 7523 3: another subject", lambda signer: signer.assertion(sub="other")),
    ("RFC 7523 3: an unknown client", lambda signer: signer.assertion(iss="nobody", sub="nobody")),
    ("RFC 7523 3: no subject", lambda signer: signer.assertion(sub=None)),
    ("RFC 7523 3: another audience", lambda signer: signer.assertion(aud="https://elsewhere.example")),
    ("RFC 7523 3: an audience that begins alike", lambda signer: signer.assertion(aud=signer.issuer + "/auth/toke")),
    ("RFC 7523 3: no audience", lambda signer: signer.assertion(aud=None)),
    ("RFC 7523 3: an audience of another type", lambda signer: signer.assertion(aud={"a": 1})),
    ("RFC 7523 3: expired", lambda signer: signer.assertion(exp=int(time.time()) - 1)),
    ("RFC 7523 3: no expiry", lambda signer: signer.assertion(exp=None)),
    ("RFC 7523 3: an expiry of another type", lambda signer: signer.assertion(exp="tomorrow")),
    ("RFC 7523 3: good for a year", lambda signer: signer.assertion(exp=int(time.time()) + 31_536_000)),
    ("RFC 7523 3: not yet", lambda signer: signer.assertion(nbf=int(time.time()) + 600)),
    ("OIDC Core 9: no jti", lambda signer: signer.assertion(jti=None)),
    ("OIDC Core 9: a jti of another type", lambda signer: signer.assertion(jti=["a"])),
    ("RFC 7523 3: another key", lambda signer: signed({"alg": "ES256"}, signer.claims(), ANOTHER_KEY)),
    ("RFC 8725 3.1: alg none", lambda signer: unsigned({}, signer.claims())),
    (
        "RFC 8725 3.10: a key brought along",
        lambda signer: signed(
            {"alg": "ES256", "jwk": ANOTHER_KEY.as_dict(private=False)}, signer.claims(), ANOTHER_KEY
        ),
    ),
    (
        "CVE-2024-37568: HS256 with the public key",
        lambda signer: signed({"alg": "HS256"}, signer.claims(), OctKey.import_key(KEY.as_pem(private=False).hex())),
    ),
    ("CVE-2025-59420: crit", lambda signer: signed({"alg": "ES256", "crit": ["x"], "x": 1}, signer.claims(), KEY)),
    ("CVE-2025-61920: too long", lambda signer: signer.assertion(x="x" * 40_000)),
    ("RFC 7515: no JWT", lambda signer: "garbage"),
    ("RFC 7515: three parts of nothing", lambda signer: ".."),
    ("CVE-2025-61920: claims nested deeply", lambda signer: f"eyJhbGciOiJFUzI1NiJ9.{DEEP}.AAAA"),
    ("CVE-2025-61920: a header nested deeply", lambda signer: f"{DEEP}.e30.AAAA"),
    ("CVE-2025-61920: signed claims nested deeply", lambda signer: signed_text(b'{"sub":"signer","x":' + b"[" * 9000)),
    ("RFC 7519: claims that are no object", lambda signer: "eyJhbGciOiJFUzI1NiJ9.WzFd.AAAA"),
]


@pytest.mark.parametrize(("source", "make"), FAULTS, ids=[row[0] for row in FAULTS])
def test_a_faulty_assertion_is_refused(signer: Signer, source: str, make: Maker) -> None:
    """Rows 11, 15 and 16: invalid_client and nothing about the reason, which is only ever for the client to know."""
    response = signer.ask(make(signer))
    assert (response.status_code, response.json()["error"]) == (401, "invalid_client"), source
    assert response.json() == signer.ask("garbage").json()


def test_an_assertion_is_used_once(signer: Signer) -> None:
    """CVE-2020-5300 and CVE-2020-15222: a replay is refused, at every endpoint."""
    assertion = signer.assertion()
    assert signer.ask(assertion).status_code == 200
    assert signer.ask(assertion).json()["error"] == "invalid_client"
    form = {"client_assertion_type": TYPE, "client_assertion": assertion, "token": "x"}
    assert signer.http.post("/auth/introspect", data=form).status_code == 401
    assert signer.http.post("/auth/revoke", data=form).status_code == 401


def test_one_of_many_at_once_wins(signer: Signer) -> None:
    """CVE-2020-5300: the same assertion over and over, under another serialisation too, is the same `jti`."""
    claims = signer.claims()
    for header in ({"alg": "ES256"}, {"alg": "ES256", "typ": "JWT"}):
        answers = [signer.ask(signed(header, claims, KEY)).status_code for _ in range(3)]
        assert answers == ([200, 401, 401] if header == {"alg": "ES256"} else [401, 401, 401])


@pytest.mark.parametrize(
    ("source", "parameters", "status", "error"),
    [
        ("RFC 7521 4.2: another type", {"client_assertion_type": "urn:x"}, 401, "invalid_client"),
        ("RFC 7521 4.2: no type", {"client_assertion_type": ""}, 400, "invalid_request"),
        ("RFC 7521 4.2: no assertion", {"client_assertion": ""}, 400, "invalid_request"),
        ("RFC 7521 4.2: another client_id", {"client_id": "other"}, 401, "invalid_client"),
        ("RFC 6749 2.3: a secret too", {"client_secret": "x", "client_id": "signer"}, 400, "invalid_request"),
    ],
)
def test_a_request_around_it_is_refused(
    signer: Signer, source: str, parameters: dict[str, str], status: int, error: str
) -> None:
    """Row 11: what contradicts itself is refused, and does not use the assertion up."""
    assertion = signer.assertion()
    response = signer.ask(assertion, **parameters)
    assert (response.status_code, response.json()["error"]) == (status, error), source
    assert signer.ask(assertion).status_code == 200


def test_a_name_alone_is_no_proof(signer: Signer) -> None:
    """RFC 6749 section 2.3: a client with a key is neither a public one, nor one with a secret."""
    form = {"grant_type": "client_credentials", "client_id": "signer"}
    for attempt in (form, {**form, "client_secret": "x"}):
        assert signer.http.post("/auth/token", data=attempt).json()["error"] == "invalid_client"


def test_no_assertion_is_seen_in_the_log(signer: Signer) -> None:
    """Row 30: neither one that was taken, nor one that was refused, not even at the level debug."""
    good, bad = signer.assertion(), signer.assertion(aud="https://elsewhere.example")
    token = signer.ask(good).json()["access_token"]
    assert signer.ask(bad).status_code == 401
    assert signer.ask(good).status_code == 401
    log = signer.log.getvalue()
    assert '"route":"/auth/token"' in log
    assert [secret for secret in (good, bad, token, good.split(".")[2], bad.split(".")[2]) if secret in log] == []
