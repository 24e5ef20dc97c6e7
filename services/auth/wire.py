"""Messages of `authplane.auth.v1` to plain values and back."""

from collections.abc import Mapping, Sequence
from typing import Any

from google.protobuf.json_format import MessageToDict
from google.protobuf.struct_pb2 import Struct

from authplane.auth.v1 import auth_pb2, user_admin_pb2
from services.auth.authorization_response import AuthorizationResponse, ResponseMode
from services.auth.authorize import AuthorizationAttempt
from services.auth.interaction import ConsentDecision, Interaction, InteractionKind
from services.auth.logout import LogoutAttempt, LogoutOutcome
from shared.cache.recording import Basis
from shared.errors import InvalidRequest
from shared.records import Session, User
from shared.rpc.basis import basis_message

_CONSENT_DECISIONS: Mapping[int, ConsentDecision] = {
    auth_pb2.CONSENT_DECISION_GRANTED: ConsentDecision.GRANTED,
    auth_pb2.CONSENT_DECISION_DENIED: ConsentDecision.DENIED,
}

_RESPONSE_MODES = {
    ResponseMode.QUERY: auth_pb2.RESPONSE_MODE_QUERY,
    ResponseMode.FORM_POST: auth_pb2.RESPONSE_MODE_FORM_POST,
}

_INTERACTION_KINDS = {
    InteractionKind.LOGIN: auth_pb2.INTERACTION_KIND_LOGIN,
    InteractionKind.CONSENT: auth_pb2.INTERACTION_KIND_CONSENT,
}


def session_message(session: Session) -> auth_pb2.Session:
    return auth_pb2.Session(
        session_id=session.session_id,
        user_id=session.user_id,
        auth_time=session.auth_time,
        acr=session.acr,
        amr=session.amr,
        created_at=session.created_at,
        expires_at=session.expires_at,
    )


def validation_response(session: Session | None, basis: Basis | None) -> auth_pb2.ValidateSessionResponse:
    message = session_message(session) if session else None
    return auth_pb2.ValidateSessionResponse(active=session is not None, session=message, basis=basis_message(basis))


def user_message(user: User) -> user_admin_pb2.User:
    message = user_admin_pb2.User(
        user_id=user.user_id,
        username=user.username,
        disabled=user.disabled,
        created_at=user.created_at,
        updated_at=user.updated_at,
    )
    message.claims.update(dict(user.claims))
    return message


def claims(message: Struct) -> dict[str, Any]:
    """The JSON values in a message.

    Raises:
        InvalidRequest: There is a number among them that JSON does not have.
    """
    try:
        return MessageToDict(message)
    except ValueError as error:
        raise InvalidRequest("claims must be JSON values") from error


def authorization_attempt(request: auth_pb2.AuthorizeRequest) -> AuthorizationAttempt:
    return AuthorizationAttempt(
        parameters=request.parameters,
        repeated=tuple(request.repeated_parameters),
        session_handle=request.session_handle,
        interaction_requested_at=request.interaction_requested_at,
        consent_decision=_CONSENT_DECISIONS.get(request.consent_decision, ConsentDecision.NOT_ASKED),
    )


def authorize_response(answer: AuthorizationResponse | Interaction) -> auth_pb2.AuthorizeResponse:
    match answer:
        case AuthorizationResponse():
            return auth_pb2.AuthorizeResponse(response=_response_message(answer))
        case Interaction():
            return auth_pb2.AuthorizeResponse(interaction=_interaction_message(answer))


def _response_message(response: AuthorizationResponse) -> auth_pb2.AuthorizationResponse:
    return auth_pb2.AuthorizationResponse(
        redirect_uri=response.redirect_uri,
        response_mode=_RESPONSE_MODES[response.response_mode],
        parameters=[auth_pb2.ResponseParameter(name=name, value=value) for name, value in response.parameters],
    )


def _interaction_message(interaction: Interaction) -> auth_pb2.Interaction:
    return auth_pb2.Interaction(
        kind=_INTERACTION_KINDS[interaction.kind],
        requested_at=interaction.requested_at,
        client_name=interaction.client_name,
        scopes=interaction.scopes,
        login_hint=interaction.login_hint,
        username=interaction.username,
        redirect_uri=interaction.redirect_uri,
    )


def logout_attempt(request: auth_pb2.LogoutRequest) -> LogoutAttempt:
    return LogoutAttempt(
        session_handle=request.session_handle,
        id_token_hint=request.id_token_hint,
        client_id=request.client_id,
        post_logout_redirect_uri=request.post_logout_redirect_uri,
        state=request.state,
        confirmed=request.confirmed,
    )


def logout_response(outcome: LogoutOutcome, store_version: int, invalidated: Sequence[str]) -> auth_pb2.LogoutResponse:
    return auth_pb2.LogoutResponse(
        logged_out=outcome.logged_out,
        redirect_uri=outcome.redirect_uri,
        client_name=outcome.client_name,
        store_version=store_version if outcome.logged_out else 0,
        invalidated=invalidated,
    )
