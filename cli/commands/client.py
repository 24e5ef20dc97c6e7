"""`authplane client`: administration of clients."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from google.protobuf.json_format import ParseDict

from authplane.token.v1.client_admin_pb2 import (
    Client,
    CreateClientRequest,
    DisableClientRequest,
    EnableClientRequest,
    GetClientRequest,
    ListClientsRequest,
    RotateClientSecretRequest,
    UpdateClientRequest,
)
from cli.connection import DEFAULT_TOKEN_TARGET, TokenTarget, token_service
from cli.failures import WrongUsage
from cli.flags import with_flags
from cli.messages import plain
from cli.output import Column, Output, OutputFormat, field, show_done, show_record, show_records
from cli.paging import all_pages
from cli.secret_files import read_secret
from cli.seed_file import ClientMetadata
from cli.times import both
from shared.clock import SystemClock

app = typer.Typer(help="Register, show, change and disable clients.", no_args_is_help=True, rich_markup_mode="rich")

ClientId = Annotated[str, typer.Argument(metavar="CLIENT_ID", help="The client's id.")]
JwksFile = Annotated[
    Path | None, typer.Option("--jwks-file", help="JSON file with the client's public keys, for private_key_jwt.")
]

_WITH_FLAGS = tuple(name for name in ClientMetadata.model_fields if name != "jwks")

_LIST = (
    field("client id", "client_id"),
    field("name", "client_name"),
    field("authenticates by", "token_endpoint_auth_method"),
    Column("grants", lambda client: " ".join(client["grant_types"])),
    field("disabled", "disabled"),
)
_SECRET = field("client secret (shown once)", "client_secret")


def _details() -> tuple[Column, ...]:
    now = SystemClock().now()
    return (
        field("client id", "client_id"),
        field("name", "client_name"),
        field("disabled", "disabled"),
        Column("created", lambda client: both(client["created_at"], now)),
        field("authenticates by", "token_endpoint_auth_method"),
        field("redirect uris", "redirect_uris"),
        field("post-logout uris", "post_logout_redirect_uris"),
        field("grants", "grant_types"),
        field("scopes", "scopes"),
        field("id token alg", "id_token_signed_response_alg"),
        field("requires pkce", "require_pkce"),
        field("consent", "consent"),
        field("may introspect", "introspect"),
        field("audiences", "audiences"),
        field("public keys", "jwks"),
    )


@app.command()
@with_flags(ClientMetadata, _WITH_FLAGS)
def create(
    client_id: Annotated[
        str, typer.Argument(metavar="CLIENT_ID", help="1 to 255 visible ASCII characters; never changes.")
    ],
    given: dict[str, Any],
    jwks_file: JwksFile = None,
    client_secret_file: Annotated[
        Path | None,
        typer.Option("--client-secret-file", help="File with the secret; one is made and shown when left out."),
    ] = None,
    output: Output = OutputFormat.TABLE,
    token_target: TokenTarget = DEFAULT_TOKEN_TARGET,
) -> None:
    """Register a client. A secret that is made for it is shown once.

    A web application with a secret:

    [bold]authplane client create shop --redirect-uri https://shop.example/callback
    --grant-type authorization_code --grant-type refresh_token --scope openid --scope email[/bold]

    A public client, such as a native application:

    [bold]authplane client create app --token-endpoint-auth-method none --redirect-uri http://127.0.0.1/callback
    --grant-type authorization_code --scope openid[/bold]

    A machine that acts for itself:

    [bold]authplane client create robot --grant-type client_credentials --scope orders:read[/bold]
    """
    client = _client({"client_id": client_id}, given, jwks_file)
    secret = read_secret(client_secret_file) if client_secret_file else ""
    with token_service(token_target) as token:
        answer = token.clients.CreateClient(CreateClientRequest(client=client, client_secret=secret))
    made = (_SECRET,) if answer.client_secret else ()
    record = plain(answer.client) | {"client_secret": answer.client_secret}
    show_record(record, (*_details(), *made), output)


@app.command("list")
def list_clients(output: Output = OutputFormat.TABLE, token_target: TokenTarget = DEFAULT_TOKEN_TARGET) -> None:
    """List all clients."""
    with token_service(token_target) as token:
        clients = all_pages(lambda page: token.clients.ListClients(ListClientsRequest(page_token=page)), "clients")
        show_records([plain(client) for client in clients], _LIST, output)


@app.command()
def show(
    client_id: ClientId, output: Output = OutputFormat.TABLE, token_target: TokenTarget = DEFAULT_TOKEN_TARGET
) -> None:
    """Show a client."""
    with token_service(token_target) as token:
        answer = token.clients.GetClient(GetClientRequest(client_id=client_id))
    show_record(plain(answer.client), _details(), output)


@app.command()
@with_flags(ClientMetadata, _WITH_FLAGS)
def update(
    client_id: ClientId,
    given: dict[str, Any],
    jwks_file: JwksFile = None,
    output: Output = OutputFormat.TABLE,
    token_target: TokenTarget = DEFAULT_TOKEN_TARGET,
) -> None:
    """Change a client; what is not named stays, and a list is replaced as a whole. The secret stays.

    [bold]authplane client update shop --consent skip[/bold]
    """
    with token_service(token_target) as token:
        current = plain(token.clients.GetClient(GetClientRequest(client_id=client_id)).client)
        changed = _client(current, given, jwks_file)
        answer = token.clients.UpdateClient(UpdateClientRequest(client=changed))
    show_record(plain(answer.client), _details(), output)


@app.command("rotate-secret")
def rotate_secret(
    client_id: ClientId, output: Output = OutputFormat.TABLE, token_target: TokenTarget = DEFAULT_TOKEN_TARGET
) -> None:
    """Give a client a new secret, shown once; the old one is refused from now on."""
    with token_service(token_target) as token:
        answer = token.clients.RotateClientSecret(RotateClientSecretRequest(client_id=client_id))
    show_record(plain(answer), (_SECRET,), output)


@app.command()
def disable(
    client_id: ClientId, output: Output = OutputFormat.TABLE, token_target: TokenTarget = DEFAULT_TOKEN_TARGET
) -> None:
    """Bar a client from everything and revoke all that was issued to it."""
    with token_service(token_target) as token:
        answer = token.clients.DisableClient(DisableClientRequest(client_id=client_id))
    show_done(f"{client_id} is disabled; what was issued to it is revoked", plain(answer), output)


@app.command()
def enable(
    client_id: ClientId, output: Output = OutputFormat.TABLE, token_target: TokenTarget = DEFAULT_TOKEN_TARGET
) -> None:
    """Let a disabled client in again; nothing that was revoked comes back."""
    with token_service(token_target) as token:
        answer = token.clients.EnableClient(EnableClientRequest(client_id=client_id))
    show_done(f"{client_id} is enabled", plain(answer), output)


def _client(before: Mapping[str, Any], given: Mapping[str, Any], jwks_file: Path | None) -> Client:
    return ParseDict({**before, **ClientMetadata.from_flags(given), **_jwks(jwks_file)}, Client())


def _jwks(file: Path | None) -> dict[str, Any]:
    try:
        return {"jwks": json.loads(file.read_text(encoding="utf-8"))} if file else {}
    except (OSError, ValueError) as error:
        raise WrongUsage(f"cannot read {file} as JSON: {error}") from error
