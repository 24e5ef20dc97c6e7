"""`authplane user`: administration of users."""

from typing import Annotated, Any

import typer

from authplane.auth.v1.user_admin_pb2 import (
    CreateUserRequest,
    DisableUserRequest,
    EnableUserRequest,
    GetUserRequest,
    ListUsersRequest,
    SetPasswordRequest,
    UpdateUserRequest,
)
from cli.claims import ClaimValues, parse_claims
from cli.connection import DEFAULT_AUTH_TARGET, AuthTarget, auth_service
from cli.flags import with_flags
from cli.messages import plain, struct
from cli.output import Column, Output, OutputFormat, field, show_done, show_record, show_records, words
from cli.paging import all_pages
from cli.passwords import PasswordFile, PasswordStdin, new_password
from cli.seed_file import UserClaims
from cli.times import both
from shared.clock import SystemClock

app = typer.Typer(help="Create, show, change and disable users.", no_args_is_help=True, rich_markup_mode="rich")

_WITH_FLAGS = ("email", "email_verified", "name", "given_name", "family_name")
"""Claims that are often given; the others come by --claim."""

User = Annotated[str, typer.Argument(metavar="USER", help="User name, e-mail address or `sub`.")]

_LIST = (
    field("username", "username"),
    Column("e-mail", lambda user: user["claims"].get("email")),
    Column("name", lambda user: user["claims"].get("name")),
    field("disabled", "disabled"),
    field("sub", "user_id", whole=True),
)


def _details() -> tuple[Column, ...]:
    now = SystemClock().now()
    return (
        field("username", "username"),
        field("sub", "user_id"),
        field("disabled", "disabled"),
        Column("created", lambda user: both(user["created_at"], now)),
        Column("updated", lambda user: both(user["updated_at"], now)),
        Column("claims", lambda user: [f"{name}: {words(value)}" for name, value in sorted(user["claims"].items())]),
    )


@app.command()
@with_flags(UserClaims, _WITH_FLAGS)
def create(
    username: Annotated[str, typer.Argument(metavar="USERNAME", help="Login name; unique in any case.")],
    given: dict[str, Any],
    claim: ClaimValues = None,
    password_stdin: PasswordStdin = False,
    password_file: PasswordFile = None,
    output: Output = OutputFormat.TABLE,
    auth_target: AuthTarget = DEFAULT_AUTH_TARGET,
) -> None:
    """Create a user. The password is asked for, unless it comes from a file or standard input.

    [bold]authplane user create grace --email grace@example.com --name "Grace Hopper"[/bold]

    [bold]authplane user create grace --password-file grace.txt --claim locale=en-US[/bold]

    [bold]authplane user create grace --claim 'address={"country": "US"}'[/bold]
    """
    password = new_password(password_stdin, password_file)
    claims = struct(UserClaims.from_flags(given) | parse_claims(claim))
    with auth_service(auth_target) as auth:
        request = CreateUserRequest(username=username, password=password, claims=claims)
        show_record(plain(auth.users.CreateUser(request).user), _details(), output)


@app.command("list")
def list_users(output: Output = OutputFormat.TABLE, auth_target: AuthTarget = DEFAULT_AUTH_TARGET) -> None:
    """List all users."""
    with auth_service(auth_target) as auth:
        users = all_pages(lambda token: auth.users.ListUsers(ListUsersRequest(page_token=token)), "users")
        show_records([plain(user) for user in users], _LIST, output)


@app.command()
def show(user: User, output: Output = OutputFormat.TABLE, auth_target: AuthTarget = DEFAULT_AUTH_TARGET) -> None:
    """Show a user with all claims."""
    with auth_service(auth_target) as auth:
        show_record(plain(auth.users.GetUser(GetUserRequest(user=user)).user), _details(), output)


@app.command()
@with_flags(UserClaims, _WITH_FLAGS)
def update(
    user: User,
    given: dict[str, Any],
    claim: ClaimValues = None,
    remove: Annotated[
        list[str] | None, typer.Option("--remove", metavar="NAME", help="Remove a claim. May come repeatedly.")
    ] = None,
    output: Output = OutputFormat.TABLE,
    auth_target: AuthTarget = DEFAULT_AUTH_TARGET,
) -> None:
    """Change or remove claims of a user; those that are not named stay.

    [bold]authplane user update ada --email-verified false --remove phone_number[/bold]
    """
    with auth_service(auth_target) as auth:
        current = plain(auth.users.GetUser(GetUserRequest(user=user)).user)["claims"]
        claims = {name: value for name, value in current.items() if name not in (remove or ())}
        request = UpdateUserRequest(
            user=user, claims=struct(claims | UserClaims.from_flags(given) | parse_claims(claim))
        )
        show_record(plain(auth.users.UpdateUser(request).user), _details(), output)


@app.command("set-password")
def set_password(
    user: User,
    password_stdin: PasswordStdin = False,
    password_file: PasswordFile = None,
    output: Output = OutputFormat.TABLE,
    auth_target: AuthTarget = DEFAULT_AUTH_TARGET,
) -> None:
    """Set a new password. It ends all sessions of the user and revokes what was issued from them.

    [bold]authplane user set-password ada --password-stdin < new-password.txt[/bold]
    """
    password = new_password(password_stdin, password_file)
    with auth_service(auth_target) as auth:
        answer = auth.users.SetPassword(SetPasswordRequest(user=user, password=password))
    show_done(f"new password set for {user}; sessions ended: {answer.sessions_ended}", plain(answer), output)


@app.command()
def disable(user: User, output: Output = OutputFormat.TABLE, auth_target: AuthTarget = DEFAULT_AUTH_TARGET) -> None:
    """Bar a user from logging in, end all sessions and revoke what was issued from them."""
    with auth_service(auth_target) as auth:
        answer = auth.users.DisableUser(DisableUserRequest(user=user))
    show_done(f"{user} is disabled; sessions ended: {answer.sessions_ended}", plain(answer), output)


@app.command()
def enable(user: User, output: Output = OutputFormat.TABLE, auth_target: AuthTarget = DEFAULT_AUTH_TARGET) -> None:
    """Let a disabled user log in again; nothing that was revoked comes back."""
    with auth_service(auth_target) as auth:
        answer = auth.users.EnableUser(EnableUserRequest(user=user))
    show_done(f"{user} is enabled", plain(answer), output)
