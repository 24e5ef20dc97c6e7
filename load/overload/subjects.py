"""What the calls are about, made beforehand."""

import base64
import hashlib
import secrets
from collections import deque
from dataclasses import dataclass

import grpc

from authplane.auth.v1.auth_pb2 import AuthorizeRequest
from authplane.auth.v1.auth_pb2_grpc import AuthServiceStub
from authplane.auth.v1.user_admin_pb2 import CreateUserRequest
from authplane.auth.v1.user_admin_pb2_grpc import UserAdminServiceStub
from authplane.token.v1.token_pb2 import ClientAuthentication, RedeemCodeRequest
from authplane.token.v1.token_pb2_grpc import TokenServiceStub
from load.plane import Plane
from load.population import SCOPE, Population

_SECONDS = 10
_PASSWORD = "correct horse battery"


@dataclass
class Subjects:
    """Who logs in, and tokens in circulation.

    Attributes:
        refresh_tokens: The live one of each family.
    """

    username: str
    password: str
    client_id: str
    client_secret: str
    access_tokens: list[str]
    refresh_tokens: deque[str]


def subjects(plane: Plane, people: Population, families: int) -> Subjects:
    """Makes them; all families belong to a few sessions."""
    with grpc.insecure_channel(plane.auth_target) as auth, grpc.insecure_channel(plane.token_target) as token:
        username = f"overload-{secrets.token_hex(4)}"
        UserAdminServiceStub(auth).CreateUser(CreateUserRequest(username=username, password=_PASSWORD))
        made = Subjects(username, _PASSWORD, people.client_id, people.client_secret, [], deque())
        for number in range(families):
            handle = people.session_handles[number % len(people.session_handles)]
            _add_family(made, people, AuthServiceStub(auth), TokenServiceStub(token), handle)
    return made


def _add_family(
    made: Subjects, people: Population, auth: AuthServiceStub, tokens: TokenServiceStub, session_handle: str
) -> None:
    verifier = secrets.token_urlsafe(32)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
    parameters = {
        "response_type": "code",
        "client_id": people.client_id,
        "redirect_uri": people.redirect_uri,
        "scope": SCOPE,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    request = AuthorizeRequest(parameters=parameters, session_handle=session_handle)
    answer = auth.Authorize(request, timeout=_SECONDS)
    redemption = RedeemCodeRequest(
        client=ClientAuthentication(client_id=people.client_id, client_secret_basic=people.client_secret),
        code=next(each.value for each in answer.response.parameters if each.name == "code"),
        redirect_uri=people.redirect_uri,
        code_verifier=verifier,
    )
    given = tokens.RedeemCode(redemption, timeout=_SECONDS).tokens
    made.access_tokens.append(given.access_token)
    made.refresh_tokens.append(given.refresh_token)
