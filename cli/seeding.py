"""Seeding over the administration RPCs, whatever store is behind them."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from google.protobuf.json_format import ParseDict

from authplane.auth.v1.user_admin_pb2 import CreateUserRequest
from authplane.token.v1.client_admin_pb2 import Client, CreateClientRequest
from cli.connection import AuthConnection, TokenConnection
from cli.failures import Refused
from cli.messages import struct
from cli.seed_file import Seed, SeedClient, SeedUser
from shared.errors import Reason


@dataclass(frozen=True, slots=True)
class Seeded:
    """What became of one entry.

    Attributes:
        kind: "user" or "client".
        created: False when it was there already, and was left as it is.
        client_secret: One that was made for the client, and is told only now; empty otherwise.
    """

    kind: str
    name: str
    created: bool
    client_secret: str = field(default="", repr=False)


class Seeder:
    """Creates what is not there yet; seeding twice is harmless."""

    def __init__(self, auth: AuthConnection, token: TokenConnection) -> None:
        self._auth = auth
        self._token = token

    def seed(self, seed: Seed) -> Iterator[Seeded]:
        """Creates the entries one by one, while the results are read.

        Raises:
            CommandFailed: The plane refused an entry for another reason than that it exists.
        """
        yield from map(self._user, seed.users)
        yield from map(self._client, seed.clients)

    def _user(self, user: SeedUser) -> Seeded:
        request = CreateUserRequest(
            username=user.username, password=user.password.get_secret_value(), claims=struct(user.claims)
        )
        try:
            self._auth.users.CreateUser(request)
        except Refused as refusal:
            return _left("user", user.username, refusal)
        return Seeded("user", user.username, created=True)

    def _client(self, client: SeedClient) -> Seeded:
        request = CreateClientRequest(client=ParseDict(client.metadata, Client()), client_secret=client.secret)
        try:
            answer = self._token.clients.CreateClient(request)
        except Refused as refusal:
            return _left("client", client.client_id, refusal)
        return Seeded("client", client.client_id, created=True, client_secret=answer.client_secret)


def _left(kind: str, name: str, refusal: Refused) -> Seeded:
    if refusal.reason not in (Reason.USER_EXISTS, Reason.CLIENT_EXISTS):
        raise Refused(f"{kind} {name}: {refusal}", refusal.reason) from refusal
    return Seeded(kind, name, created=False)
