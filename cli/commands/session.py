"""`authplane session`: login sessions."""

from typing import Annotated

import typer

from authplane.auth.v1.auth_pb2 import EndSessionsRequest, ListSessionsRequest
from authplane.auth.v1.user_admin_pb2 import GetUserRequest
from cli.connection import DEFAULT_AUTH_TARGET, AuthConnection, AuthTarget, auth_service
from cli.failures import WrongUsage
from cli.messages import plain
from cli.output import Column, Output, OutputFormat, field, show_done, show_records
from cli.times import relative
from shared.clock import SystemClock

app = typer.Typer(help="List and end login sessions.", no_args_is_help=True, rich_markup_mode="rich")

_USER_HELP = "User name, e-mail address or `sub`."


@app.command("list")
def list_sessions(
    user: Annotated[str, typer.Argument(metavar="USER", help=_USER_HELP)],
    output: Output = OutputFormat.TABLE,
    auth_target: AuthTarget = DEFAULT_AUTH_TARGET,
) -> None:
    """List the live sessions of a user, newest first."""
    now = SystemClock().now()
    columns = (
        field("session id", "session_id", whole=True),
        Column("logged in", lambda session: relative(session["auth_time"], now)),
        Column("by", lambda session: " ".join(session["amr"])),
        Column("ends", lambda session: relative(session["expires_at"], now)),
    )
    with auth_service(auth_target) as auth:
        answer = auth.sessions.ListSessions(ListSessionsRequest(user_id=_user_id(auth, user)))
    show_records([plain(session) for session in answer.sessions], columns, output)


@app.command()
def end(
    session_id: Annotated[str, typer.Argument(metavar="SESSION_ID", help="As `session list` shows it.")] = "",
    user: Annotated[str, typer.Option("--user", metavar="USER", help=f"End all sessions of one. {_USER_HELP}")] = "",
    output: Output = OutputFormat.TABLE,
    auth_target: AuthTarget = DEFAULT_AUTH_TARGET,
) -> None:
    """End one session, or all of a user, and revoke what was issued from them.

    [bold]authplane session end 9f2c…[/bold]

    [bold]authplane session end --user ada[/bold]
    """
    if bool(session_id) == bool(user):
        raise WrongUsage("name a session id, or --user USER for all sessions of one")
    with auth_service(auth_target) as auth:
        which = {"user_id": _user_id(auth, user)} if user else {"session_id": session_id}
        answer = auth.sessions.EndSessions(EndSessionsRequest(**which))
    show_done(f"sessions ended: {answer.ended}", plain(answer), output)


def _user_id(auth: AuthConnection, user: str) -> str:
    return auth.users.GetUser(GetUserRequest(user=user)).user.user_id
