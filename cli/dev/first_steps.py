"""What to try first on a plane that has just been seeded: command lines that work as they stand."""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from shlex import quote
from urllib.parse import urlencode

from cli.login.code_flow import s256
from cli.seed_file import Seed, SeedClient

_READ_TOKEN = """python3 -c 'import json, sys; print(json.load(sys.stdin)["access_token"])'"""


@dataclass(frozen=True, slots=True)
class Step:
    """Something to try.

    Attributes:
        purpose: What it shows.
        text: A shell command, or a URL.
    """

    purpose: str
    text: str


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the parts of a plane listen."""

    issuer: str
    auth_target: str
    token_target: str


class FirstSteps:
    """Finds the steps for a seed.

    Args:
        program: How the `authplane` command is called from here.
        code_verifier: For the authorization URL; 43 to 128 characters (RFC 7636 section 4.1).
    """

    def __init__(self, addresses: Addresses, seed: Seed, program: str, code_verifier: str) -> None:
        self._issuer = addresses.issuer
        self._addresses = addresses
        self._seed = seed
        self._program = program
        self._code_verifier = code_verifier

    def __iter__(self) -> Iterator[Step]:
        public = self._first(lambda client: client.is_public)
        machine = self._first(lambda client: "client_credentials" in client.grants and client.uses_basic)
        if public:
            yield from self._browser(public)
        if machine:
            yield from self._machine(machine)
        yield Step("health", f"grpcurl -plaintext {self._addresses.auth_target} grpc.health.v1.Health/Check")

    def _browser(self, client: SeedClient) -> Iterator[Step]:
        """The code flow: by `authplane login`, and by hand."""
