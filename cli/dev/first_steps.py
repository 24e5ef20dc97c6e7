"""What to try first on a plane that was just seeded: URLs and shell commands that work as they stand."""

from collections.abc import Iterator
from dataclasses import dataclass
from shlex import quote
from urllib.parse import urlencode

from cli.login.code_flow import s256
from cli.seed_file import Seed, SeedClient

_ACCESS_TOKEN = """python3 -c 'import json, sys; print(json.load(sys.stdin)["access_token"])'"""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the parts of a plane are found."""

    issuer: str
    auth_target: str
    token_target: str


@dataclass(frozen=True, slots=True)
class Step:
    """Something to try: what it shows, and a shell command or a URL."""

    purpose: str
    line: str


def first_steps(plane: Addresses, seed: Seed, program: str, code_verifier: str) -> Iterator[Step]:
    """The steps that the clients of the seed allow.

    Args:
        program: How the `authplane` command is called from here.
        code_verifier: For the authorization URL; at least 43 characters (RFC 7636 section 4.1).
    """
    by_kind = {client.kind: client for client in reversed(seed.clients)}
    if "public" in by_kind:
        yield from _code_flow(plane, by_kind["public"], program, code_verifier)
    if "machine" in by_kind and by_kind["machine"].secret:
        yield from _client_credentials(plane, by_kind["machine"])
    yield Step("health over gRPC", f"grpcurl -plaintext {plane.auth_target} grpc.health.v1.Health/Check")


def _code_flow(plane: Addresses, client: SeedClient, program: str, code_verifier: str) -> Iterator[Step]:
    scopes = [scope for scope in client.scopes or () if scope in ("openid", "profile", "email")]
    login = f"{program} login --client {quote(client.client_id)} --issuer {plane.issuer}"
    userinfo = f"{plane.issuer}/auth/userinfo"
    yield Step("log in through the browser and see the tokens", f"{login} --refresh --userinfo")
    yield Step("userinfo", f'curl -sS -H "Authorization: Bearer $({login} --print access_token)" {userinfo}')
    redirect_uri = (client.redirect_uris or ("",))[0]
    parameters = {
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": redirect_uri,
        "scope": " ".join(scopes),
        "code_challenge": s256(code_verifier),
        "code_challenge_method": "S256",
    }
    yield Step("the same by hand: open this", f"{plane.issuer}/auth/authorize?{urlencode(parameters)}")
    yield Step(
        "then redeem the code that the address bar ends with",
        f"curl -sS -d grant_type=authorization_code -d client_id={quote(client.client_id)} "
        f"-d redirect_uri={quote(redirect_uri)} -d code_verifier={code_verifier} -d code=$CODE "
        f"{plane.issuer}/auth/token",
    )


def _client_credentials(plane: Addresses, client: SeedClient) -> Iterator[Step]:
    user = quote(f"{client.client_id}:{client.secret}")
    token = f"curl -sS -u {user} -d grant_type=client_credentials {plane.issuer}/auth/token"
    yield Step("client credentials", token)
    yield Step("keep the access token", f"TOKEN=$({token} | {_ACCESS_TOKEN})")
    yield Step("introspection over HTTP", f"curl -sS -u {user} -d token=$TOKEN {plane.issuer}/auth/introspect")
    yield Step(
        "introspection over gRPC",
        f"""grpcurl -plaintext -d '{{"token": "'$TOKEN'"}}' {plane.token_target} """
        "authplane.token.v1.TokenService/Introspect",
    )
