"""`authplane token`: what a token says, and the end of it."""

import sys
from typing import Annotated

import typer

from authplane.token.v1.token_pb2 import GetJwksRequest, IntrospectRequest, RevokeRequest
from cli.claims import claim_columns
from cli.connection import DEFAULT_TOKEN_TARGET, TokenTarget, token_service
from cli.failures import WrongUsage
from cli.jwt import read_jwt, verify_jwt
from cli.messages import plain
from cli.output import Output, OutputFormat, field, show_done, show_record
from shared.handles import HandleKind

app = typer.Typer(help="Introspect, revoke and read tokens.", no_args_is_help=True, rich_markup_mode="rich")

Token = Annotated[
    str, typer.Argument(metavar="TOKEN", help="Left out, it is read from standard input.", show_default=False)
]

_HANDLES = {
    HandleKind.SESSION: "session handle: the value of the browser's session cookie",
    HandleKind.CODE: "authorization code: to be redeemed once at the token endpoint",
    HandleKind.REFRESH_TOKEN: "refresh token: to be rotated at the token endpoint",
}


@app.command()
def introspect(
    token: Token = "", output: Output = OutputFormat.TABLE, token_target: TokenTarget = DEFAULT_TOKEN_TARGET
) -> None:
    """Ask the plane whether a token is active and what it allows (RFC 7662).

    [bold]authplane login --print access_token | authplane token introspect[/bold]
    """
    with token_service(token_target) as service:
        answer = service.tokens.Introspect(IntrospectRequest(token=_given(token)))
    # An inactive token has no other member (RFC 7662 section 2.2).
    claims = {name: value for name, value in plain(answer).items() if value or name == "active"}
    show_record(claims, claim_columns(claims), output)


@app.command()
def revoke(
    token: Token = "", output: Output = OutputFormat.TABLE, token_target: TokenTarget = DEFAULT_TOKEN_TARGET
) -> None:
    """Revoke a refresh token with all that was issued with it, or a single access token (RFC 7009)."""
    with token_service(token_target) as service:
        answer = service.tokens.Revoke(RevokeRequest(token=_given(token)))
    show_done("the token is revoked, or was not valid to begin with", plain(answer), output)


@app.command()
def inspect(
    token: Token = "",
    verify: Annotated[bool, typer.Option("--verify", help="Verify the signature with the plane's keys.")] = False,
    output: Output = OutputFormat.TABLE,
    token_target: TokenTarget = DEFAULT_TOKEN_TARGET,
) -> None:
    """Show what a token says. Without [bold]--verify[/bold] nobody is asked, and nothing it says is proven.

    [bold]authplane login --print id_token | authplane token inspect --verify[/bold]
    """
    text = _given(token)
    handle = next((words for kind, words in _HANDLES.items() if text.startswith(f"{kind}_")), None)
    if handle:
        show_record({"kind": handle, "opaque": True}, (field("kind", "kind"), field("opaque", "opaque")), output)
        return
    if verify:
        with token_service(token_target) as service:
            jwks = plain(service.tokens.GetJwks(GetJwksRequest()))["jwks"]
        jwt, signature = verify_jwt(text, jwks), "verified"
    else:
        jwt, signature = read_jwt(text), "not verified"
    record = {"header": jwt.header, "claims": jwt.claims, "signature": signature}
    columns = (*claim_columns(jwt.header, "header"), *claim_columns(jwt.claims, "claims"))
    show_record(record, (*columns, field("signature", "signature")), output)


def _given(token: str) -> str:
    text = token or ("" if sys.stdin.isatty() else sys.stdin.readline().strip())
    if not text:
        raise WrongUsage("name a token, or write one to standard input")
    return text
