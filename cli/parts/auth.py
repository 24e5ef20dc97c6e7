"""The auth service in this process."""

from functools import partial

from cli.parts.service import serve_service
from services.auth.app import auth_server

start = partial(serve_service, "auth", auth_server)
