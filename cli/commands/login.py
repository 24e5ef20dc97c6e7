"""`authplane login`: the code flow from the terminal."""

import webbrowser
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cli.claims import claim_columns
from cli.failures import CommandFailed
from cli.jwt import read_jwt
from cli.login.code_flow import Bindings, CodeFlow, Json, LoginClient, discover
from cli.login.id_token import IdTokenVerifier
from cli.login.redirect import RedirectListener
from cli.output import Output, OutputFormat, Section, show_sections, talk
from cli.secret_files import read_secret
from shared.clock import SystemClock

app = typer.Typer(add_completion=False, rich_markup_mode="rich")


class TokenName(StrEnum):
    """The tokens of a token response."""

    ACCESS_TOKEN = "access_token"
    ID_TOKEN = "id_token"
    REFRESH_TOKEN = "refresh_token"


@app.command()
def login(
    client: Annotated[str, typer.Option(help="Client id; its redirect URI must be http://127.0.0.1/callback.")] = "spa",
    issuer: Annotated[str, typer.Option(envvar="AUTHPLANE_ISSUER", help="Where to log in.")] = "http://127.0.0.1:8080",
    scope: Annotated[str, typer.Option(help="What to ask for, separated by spaces.")] = "openid profile",
    client_secret_file: Annotated[
        Path | None, typer.Option("--client-secret-file", help="File with the secret of a confidential client.")
    ] = None,
    prompt_secret: Annotated[
        bool, typer.Option("--prompt-secret", help="Ask for the secret of a confidential client.")
    ] = False,
    open_browser: Annotated[
        bool, typer.Option("--open/--no-open", help="Open the browser, or only print the URL.")
    ] = True,
    refresh: Annotated[bool, typer.Option("--refresh", help="Refresh once, and show the new tokens too.")] = False,
    userinfo: Annotated[bool, typer.Option("--userinfo", help="Show what userinfo says of the user.")] = False,
    print_token: Annotated[
        TokenName | None,
        typer.Option("--print", metavar="TOKEN", help="Print only this: access_token, id_token or refresh_token."),
    ] = None,
    timeout: Annotated[int, typer.Option(help="Seconds to wait for the browser.", min=1)] = 300,
    output: Output = OutputFormat.TABLE,
) -> None:
    """Log in through the browser and show what the tokens say.

    Runs the authorization code flow with PKCE as any client would, and checks all that comes back.
    What is shown has no signatures and opens nothing.

    [bold]authplane login --refresh --userinfo[/bold]

    [bold]authplane login --client web --prompt-secret --scope "openid email"[/bold]

    [bold]authplane login --print access_token | authplane token introspect[/bold]
    """
    secret = read_secret(client_secret_file) if client_secret_file else _prompted(prompt_secret)
    metadata, bindings = discover(issuer), Bindings()
    with RedirectListener(bindings.state) as listener:
        flow = CodeFlow(metadata, LoginClient(client, secret, scope), bindings, listener.redirect_uri)
        _send_user_to(flow.authorization_url(), open_browser)
        tokens = flow.redeem(listener.wait(timeout))
    verifier = IdTokenVerifier(issuer, client, flow.jwks())
    shown = {"login": _decoded(tokens, verifier, {"nonce": bindings.nonce})}
    if refresh:
        tokens = flow.refresh(_required(tokens, TokenName.REFRESH_TOKEN))
        shown["refresh"] = _decoded(tokens, verifier, {"sub": shown["login"]["access_token"]["claims"]["sub"]})
    if userinfo:
        shown["userinfo"] = flow.userinfo(_required(tokens, TokenName.ACCESS_TOKEN))
    if print_token:
        typer.echo(_required(tokens, print_token))
    else:
        show_sections(shown, list(_sections(shown)), output)


def _prompted(wanted: bool) -> str:
    return str(typer.prompt("Client secret", hide_input=True, err=True)) if wanted else ""


def _send_user_to(url: str, open_browser: bool) -> None:
    talk(f"Log in here:\n\n  {url}\n")
    if open_browser and not webbrowser.open(url):
        talk("No browser could be opened; open the URL yourself.")


def _required(tokens: Json, name: TokenName) -> str:
    if name not in tokens:
        raise CommandFailed(f"no {name} was issued; the client's grant types and the --scope decide that")
    return str(tokens[name])


def _decoded(tokens: Json, verifier: IdTokenVerifier, expected: Json) -> Json:
    """A token response in clear text, its ID token verified."""
    access_token = tokens[TokenName.ACCESS_TOKEN]
    shown = {name: value for name, value in tokens.items() if name not in list(TokenName)}
    if TokenName.ID_TOKEN in tokens:
        jwt = verifier.verify(tokens[TokenName.ID_TOKEN], access_token, expected, SystemClock().now())
        shown["id_token"] = {"header": jwt.header, "claims": jwt.claims}
    jwt = read_jwt(access_token)
    shown["access_token"] = {"header": jwt.header, "claims": jwt.claims}
    return shown | {"refresh_token": "(issued)" if TokenName.REFRESH_TOKEN in tokens else "(none)"}


def _sections(shown: Json) -> Iterator[Section]:
    for step in ("login", "refresh"):
        for title, name in (("ID token", "id_token"), ("access token", "access_token")):
            if name in shown.get(step, ()):
                claims = shown[step][name]["claims"]
                yield Section(f"{title}, {step}", claims, claim_columns(claims))
    if "userinfo" in shown:
        yield Section("userinfo", shown["userinfo"], claim_columns(shown["userinfo"]))
