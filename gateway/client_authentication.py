"""What a client presents to prove who it is, read from a request (RFC 6749 section 2.3, OpenID Connect Core 9)."""

from base64 import b64decode
from urllib.parse import unquote_plus

from starlette.requests import Request

from authplane.token.v1.token_pb2 import ClientAuthentication
from gateway.parameters import Parameters
from shared.errors import InvalidClient, InvalidRequest

JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def client_authentication(request: Request, form: Parameters) -> ClientAuthentication:
    """Reads the one method that the client uses. Without any proof, the message names a public client, or nobody.

    The message is never left out, because a request without one comes from an internal caller.

    Raises:
        InvalidRequest: More than one method is used, or the parts of one contradict each other.
        InvalidClient: The Authorization header or the type of the assertion is not understood.
    """
    methods = [method for method in (_basic(request), _post(form), _assertion(form)) if method is not None]
    if len(methods) > 1:
        raise InvalidRequest("only one method of client authentication may be used")
    authentication = methods[0] if methods else ClientAuthentication(client_id=form.get("client_id"))
    if form.get("client_id") not in ("", authentication.client_id):
        raise InvalidRequest("client_id differs from the one in the Authorization header")
    return authentication


def _basic(request: Request) -> ClientAuthentication | None:
    headers = request.headers.getlist("authorization")
    if not headers:
        return None
    if len(headers) > 1:
        raise InvalidRequest("there is more than one Authorization header")
    scheme, _, credentials = headers[0].partition(" ")
    if scheme.lower() != "basic":
        raise InvalidClient("the Authorization header must be of the scheme Basic")
    try:
        client_id, colon, secret = b64decode(credentials.strip(), validate=True).decode().partition(":")
        # Both parts are form-encoded before they are joined (RFC 6749 section 2.3.1).
        client_id, secret = unquote_plus(client_id, errors="strict"), unquote_plus(secret, errors="strict")
    except ValueError as error:
        raise InvalidClient("the Authorization header is malformed") from error
    if not colon or "\0" in client_id + secret:
        raise InvalidClient("the Authorization header is malformed")
    return ClientAuthentication(client_id=client_id, client_secret_basic=secret)


def _post(form: Parameters) -> ClientAuthentication | None:
    if not form.get("client_secret"):
        return None
    return ClientAuthentication(client_id=form.get("client_id"), client_secret_post=form.get("client_secret"))


def _assertion(form: Parameters) -> ClientAuthentication | None:
    assertion, type = form.get("client_assertion"), form.get("client_assertion_type")
    if not assertion and not type:
        return None
    if not assertion or not type:
        raise InvalidRequest("client_assertion and client_assertion_type belong together")
    if type != JWT_BEARER:
        raise InvalidClient(f"client_assertion_type must be {JWT_BEARER}")
    return ClientAuthentication(client_id=form.get("client_id"), client_assertion=assertion)
